import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { notifyDeploymentChange } from "../events.ts";
import { background } from "../reconcile/background.ts";
import { storableJson } from "../redact.ts";
import { claimProbes } from "./claim.ts";
import { probeLocalMachine } from "./local.ts";
import { probePlatformMachine } from "./platform.ts";
import { forgetRestartsExcept } from "./restarts.ts";
import type { MonitoredRow, ProbeResult } from "./types.ts";

/**
 * Probes the machines of complete deployments that should run, updates their status, and restarts exited ones with backoff. It
 * probes machines of this host at each call. Those of a platform are probed when due, by one instance for all.
 *
 * @param only the id of the only deployment to probe; all of them when absent
 */
export async function probeMachines(only?: string): Promise<void> {
  // Where no process outlives a request there are no machines of this host.
  const [own, claimed] = await Promise.all([background().isPassive ? [] : findLocalIds(only), claimProbes(only)]);
  if (only === undefined) forgetRestartsExcept([...own, ...claimed]);
  const ids = [...own, ...claimed];
  if (ids.length === 0) return;
  const rows = await db().deployment.findMany({
    where: { id: { in: ids }, desired: "running" },
    include: { credentials: true },
    omit: { tools: true, lists: true, handshake: true },
  });
  await Promise.all(rows.map((row) => probeMachine(row)));
}

async function findLocalIds(only: string | undefined): Promise<string[]> {
  const one = only === undefined ? Prisma.empty : Prisma.sql`and d.id = ${only}::uuid`;
  const rows = await db().$queryRaw<{ id: string }[]>`
    select d.id::text from deployments d
    where d.runtime = 'local' and d.desired = 'running' and d.status in ('live', 'sleeping', 'failing')
      and not exists (select 1 from deployment_steps s where s.deployment_id = d.id and s.status <> 'done') ${one}`;
  return rows.map((row) => row.id);
}

async function probeMachine(row: MonitoredRow): Promise<void> {
  const seen = await (row.runtime === "local" ? probeLocalMachine : probePlatformMachine)(row);
  if (!seen) return;
  const error = seen.error && storableJson(seen.error);
  if (seen.status === row.status && readErrorCode(row.error) === readErrorCode(error)) return;
  await saveProbeResult(row, { ...seen, error });
}

async function saveProbeResult(row: MonitoredRow, { status, error }: ProbeResult): Promise<void> {
  const { count } = await db().deployment.updateMany({
    // A change since the probe began is newer than its result.
    where: { id: row.id, generation: row.generation, desired: "running", status: row.status },
    data: { status, error: error === null ? Prisma.DbNull : (error as unknown as Prisma.InputJsonValue) },
  });
  if (count > 0) notifyDeploymentChange(row.id);
}

function readErrorCode(value: unknown): unknown {
  return typeof value === "object" && value !== null && "code" in value ? value.code : null;
}
