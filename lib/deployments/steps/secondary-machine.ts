import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { parseRunningChange } from "../machine/machine-change.ts";
import { openCachedSpec } from "../machine/spec-cache.ts";
import type { RunState } from "../reconcile/run-state.ts";

/**
 * Shortest time that a replaced machine stays. Other instances of Catwalk learn of the new one within seconds, or with their next
 * call a minute later at most.
 */
const MIN_STAY_MS = 2 * 60_000;
/** Longest time that a replaced machine stays for its calls in flight. */
const MAX_STAY_MS = 10 * 60_000;
/** Time before the end of its stay from which an idle machine may be removed. */
export const IDLE_RETIRE_BEFORE_MS = MAX_STAY_MS - MIN_STAY_MS;
const STATUS_TIMEOUT_MS = 5_000;

/** Returns the columns with which another machine takes over. The one before becomes the secondary machine. */
export function toTakeoverColumns(before: MachineRef, machine: MachineRef) {
  return { machine, secondaryMachine: before, secondaryUntil: new Date(Date.now() + MAX_STAY_MS) };
}

/**
 * Removes the secondary machine when its stay is over and no call is in flight on it. A removal that the platform refuses is
 * retried some minutes later, so that probes of the deployment go on meanwhile.
 */
export async function retireSecondaryMachine(state: RunState): Promise<void> {
  if (!(await isSecondaryDue(state))) return;
  try {
    await removeSecondaryMachine(state);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`The replaced machine of ${state.row.id} could not be removed and is tried again:`, error);
    await state.save({ secondaryUntil: new Date(Date.now() + MAX_STAY_MS) });
  }
}

async function isSecondaryDue(state: RunState): Promise<boolean> {
  const { row } = state;
  if (row.secondaryMachine === null || parseRunningChange(row.change)) return false;
  if (row.secondaryUntil === null || row.desired === "stopped") return true;
  // By the database's clock, as in findPending.
  const [{ rest_ms: restMs } = { rest_ms: 0 }] = await db().$queryRaw<{ rest_ms: number }[]>`
    select (extract(epoch from spare_until - now()) * 1000)::float8 as rest_ms from deployments where id = ${row.id}::uuid`;
  return restMs <= 0 || (restMs <= IDLE_RETIRE_BEFORE_MS && !(await hasCallsInFlight(state)));
}

/** Returns whether calls are in flight on the secondary machine. One that does not answer has none. */
async function hasCallsInFlight({ row }: RunState): Promise<boolean> {
  const runtime = getRuntime(row.runtime);
  const endpoint = await runtime.endpoint(row.secondaryMachine as MachineRef).catch(() => null);
  if (!endpoint) return false;
  try {
    const { hostToken } = openCachedSpec(row, runtime.homePath(row.id)).machine;
    return (await fetchHostStatus(endpoint, hostToken, STATUS_TIMEOUT_MS)).callsInFlight > 0;
  } catch {
    return false;
  }
}

/** Removes the secondary machine, if there is one, and its app. Throws as a runtime's `destroy`. */
export async function removeSecondaryMachine(state: RunState): Promise<void> {
  const { row } = state;
  if (row.secondaryMachine === null) return;
  const runtime = getRuntime(row.runtime);
  const spare = row.secondaryMachine as MachineRef;
  // Stopping drains its calls. A machine that was only reserved cannot be stopped.
  await runtime.stop(spare).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
  await runtime.destroy(row.id, spare);
  await state.save({ secondaryMachine: Prisma.DbNull, secondaryUntil: null });
}
