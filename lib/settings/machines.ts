import { requireAdmin, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { formatRegion } from "../runtime/fly/regions.ts";
import { resolveRuntimeName } from "./chosen-runtime.ts";
import { type FlyOverview, loadFlyOverview } from "./fly.ts";

/** The runtime of servers and its settings, without the token. */
export interface MachinesView {
  fly: FlyOverview;
  /** The number of deployments by runtime. */
  deployments: { local: number; fly: number };
  /** The number of deployments at Fly by their organization's slug. */
  organizations: Record<string, number>;
  /** False where no process outlives a request, so that no server can run on this host. */
  canRunHere: boolean;
}

/** @throws AppError `forbidden` */
export async function viewMachines(user: SessionUser): Promise<MachinesView> {
  requireAdmin(user);
  const [fly, deployments, organizations] = await Promise.all([
    loadFlyOverview(),
    countByRuntime(),
    countByOrganization(),
  ]);
  return { fly, deployments, organizations, canRunHere: !env().onVercel };
}

async function countByRuntime(): Promise<{ local: number; fly: number }> {
  const rows = await db().$queryRaw<{ runtime: string; count: number }[]>`
    select runtime, count(*)::int as count from deployments group by runtime`;
  const count = (runtime: string) => rows.find((row) => row.runtime === runtime)?.count ?? 0;
  return { local: count("local"), fly: count("fly") };
}

/** Counts deployments by the organization in their machine's reference. Leaves out those without a machine. */
async function countByOrganization(): Promise<Record<string, number>> {
  const rows = await db().$queryRaw<{ org: string; count: number }[]>`
    select machine->>'org' as org, count(*)::int as count from deployments
    where runtime = 'fly' and machine->>'org' <> '' group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ org, count }) => [org, count]));
}

/** Returns the region of machines whose deployment chooses none, such as "Virginia (iad)". */
export async function loadDefaultRegionLabel(): Promise<string> {
  return formatRegion((await loadFlyOverview()).region.value);
}

/** Returns the same while new servers run on Fly, else null. */
export async function loadOfferedRegionLabel(): Promise<string | null> {
  return (await resolveRuntimeName()) === "fly" ? loadDefaultRegionLabel() : null;
}
