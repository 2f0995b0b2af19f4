import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { env } from "../../env/env.ts";
import { processWide } from "../../util/process-wide.ts";

/** Life of a lease that is not renewed. After it another host takes over what a killed process left. */
const LEASE_DURATION_MS = 30_000;
export const RENEW_INTERVAL_MS = 10_000;

/** The right to run one deployment's steps. Expiry is by the database's clock, so hosts' clocks may differ. */
export interface Lease {
  deploymentId: string;
  holder: string;
  /** The deployment's generation when the lease was acquired. */
  generation: number;
}

/** Unique id of this process: host and data folder, process id, random bytes. */
function processId(): string {
  return processWide("deployments.boot", () => `${dataFolderId()}:${process.pid}:${randomBytes(6).toString("hex")}`);
}

function dataFolderId(): string {
  const dataDir = resolve(/* turbopackIgnore: true */ process.cwd(), env().CATWALK_DATA_DIR);
  return createHash("sha256").update(`${hostname()}\n${dataDir}`).digest("hex").slice(0, 12);
}

/** Acquires the lease of a deployment. Returns null when another run holds it or the deployment does not exist. */
export async function acquireLease(deploymentId: string): Promise<Lease | null> {
  const holder = `${processId()}/${randomBytes(4).toString("hex")}`;
  const rows = await db().$queryRaw<{ generation: number }[]>`
    update deployments set lease_owner = ${holder}, lease_until = now() + ${LEASE_DURATION_MS} * interval '1 millisecond'
    where id = ${deploymentId}::uuid and (lease_owner is null or lease_until < now())
    returning generation`;
  const [row] = rows;
  return row ? { deploymentId, holder, generation: row.generation } : null;
}

/** Renews a lease. Returns false when another run holds it now, or the deployment's generation was raised. */
export async function renewLease(lease: Lease): Promise<boolean> {
  const rows = await db().$queryRaw<{ generation: number }[]>`
    update deployments set lease_until = now() + ${LEASE_DURATION_MS} * interval '1 millisecond'
    where id = ${lease.deploymentId}::uuid and lease_owner = ${lease.holder}
    returning generation`;
  return rows[0]?.generation === lease.generation;
}

/**
 * Releases a lease.
 *
 * @param pauseMs how long no process may acquire it, in milliseconds, so that a failure is not retried at once
 */
export async function releaseLease(lease: Lease, pauseMs = 0): Promise<void> {
  const until = pauseMs > 0 ? Prisma.sql`now() + ${pauseMs} * interval '1 millisecond'` : Prisma.sql`null`;
  await db().$executeRaw`
    update deployments set lease_owner = null, lease_until = ${until}
    where id = ${lease.deploymentId}::uuid and lease_owner = ${lease.holder}`;
}

/** Releases the leases of dead processes of this host and data folder, without waiting until they expire. */
export async function releaseDeadLeases(): Promise<void> {
  const rows = await db().$queryRaw<{ lease_owner: string }[]>`
    select distinct lease_owner from deployments where starts_with(lease_owner, ${`${dataFolderId()}:`})`;
  for (const { lease_owner: holder } of rows) {
    const pid = Number(holder.split(":")[1]);
    const own = holder.startsWith(processId());
    if (own || (pid !== process.pid && isAlive(pid))) continue;
    await db().$executeRaw`update deployments set lease_owner = null, lease_until = null where lease_owner = ${holder}`;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
