import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { probeMachines } from "../probes/monitor.ts";
import { IDLE_RETIRE_BEFORE_MS } from "../steps/secondary-machine.ts";
import { background } from "./background.ts";
import { cleanUp } from "./clean-up.ts";
import { logErrors } from "./log-errors.ts";
import { reconcileDeployment } from "./schedule.ts";

/**
 * Returns the ids of deployments that drift from their desired state and that no process reconciles, the oldest first, 100 at
 * most.
 *
 * @param among the only ids to consider; all deployments when absent
 */
export async function findPending(among?: string[]): Promise<string[]> {
  const amongFilter = among ? Prisma.sql`and id = any(${among}::uuid[])` : Prisma.empty;
  const rows = await db().$queryRaw<{ id: string }[]>`
    select id::text from deployments
    where (lease_until is null or lease_until < now()) and (
      desired = 'deleted' or (desired = 'stopped' and status <> 'stopped')
      or (desired = 'running' and (status in ('pending', 'deploying') or change->>'state' = 'running'))
      or (spare_machine is not null
        and (spare_until is null or spare_until < now() + ${IDLE_RETIRE_BEFORE_MS} * interval '1 millisecond'))) ${amongFilter}
    order by created_at limit 100`;
  return rows.map((row) => row.id);
}

/**
 * Does once what the worker does at each tick: reconciles every pending deployment, probes the machines that are due, and
 * deletes what has outlived its use. For a platform where no process outlives a request.
 *
 * @param budgetMs how long it may take, in milliseconds; a call to a platform that has begun is finished first
 * @returns the number of deployments that were pending
 * @throws the database's error when it is unavailable
 */
export async function reconcilePending(budgetMs: number): Promise<number> {
  const deadline = performance.now() + budgetMs;
  const ids = await findPending();
  await Promise.all(ids.map((id) => reconcileDeployment(id, { budgetMs: deadline - performance.now() })));
  if (performance.now() < deadline) await probeMachines();
  await cleanUp();
  return ids.length;
}

/**
 * Reconciles these deployments after the response that shows them, where no process outlives a request. On a long-lived server
 * it does nothing, since the worker does it.
 */
export function reconcileAfterResponse(ids: string[]): void {
  const { isPassive, budgetMs, run } = background();
  if (!isPassive || ids.length === 0) return;
  run(() =>
    logErrors(async () => {
      const pending = await findPending(ids);
      await Promise.all(pending.map((id) => reconcileDeployment(id, { budgetMs })));
      if (pending.length === 0) await probeMachines(ids.length === 1 ? ids[0] : undefined);
    }),
  );
}
