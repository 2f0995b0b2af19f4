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
 * How long a machine whose place was taken stays at least: other instances of Catwalk learn of the new one within seconds, or with the
 * next call a minute later at most.
 */
const MIN_STAY_MS = 2 * 60_000;
/** And at most, for calls that are on it. */
const MAX_STAY_MS = 10 * 60_000;
/** So long before its time is over a machine may go when no call is on it. */
export const IDLE_RETIRE_BEFORE_MS = MAX_STAY_MS - MIN_STAY_MS;
const STATUS_TIMEOUT_MS = 5_000;

/** The columns that give a machine's place to another. The one before stays for a while. */
export function toTakeoverColumns(before: MachineRef, machine: MachineRef) {
  return { machine, secondaryMachine: before, secondaryUntil: new Date(Date.now() + MAX_STAY_MS) };
}

/**
 * Removes the second machine, if there is one of which nothing is to become and no call is on it any more. What the platform refuses to
 * remove is tried again some minutes later, so that the deployment is looked at meanwhile.
 */
export async function retireSecondaryMachine(state: RunState): Promise<void> {
  if (!(await isSecondaryDue(state))) return;
  try {
    await removeSecondaryMachine(state);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(
      `A machine that ${state.row.id} does not use any more could not be removed; it is tried again:`,
      error,
    );
    await state.save({ secondaryUntil: new Date(Date.now() + MAX_STAY_MS) });
  }
}

async function isSecondaryDue(state: RunState): Promise<boolean> {
  const { row } = state;
  if (row.secondaryMachine === null || parseRunningChange(row.change)) return false;
  if (row.secondaryUntil === null || row.desired === "stopped") return true;
  // By the database's clock, as whoever looks for something to do.
  const [{ rest_ms: restMs } = { rest_ms: 0 }] = await db().$queryRaw<{ rest_ms: number }[]>`
    select (extract(epoch from spare_until - now()) * 1000)::float8 as rest_ms from deployments where id = ${row.id}::uuid`;
  return restMs <= 0 || (restMs <= IDLE_RETIRE_BEFORE_MS && !(await hasCallsInFlight(state)));
}

/** Whether calls are on the second machine. One that does not answer, as one that was stopped, has none. */
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

/** Removes the second machine, if there is one, with all that was made for it. Throws as a runtime's `destroy`. */
export async function removeSecondaryMachine(state: RunState): Promise<void> {
  const { row } = state;
  if (row.secondaryMachine === null) return;
  const runtime = getRuntime(row.runtime);
  const spare = row.secondaryMachine as MachineRef;
  // A machine that is told to stop lets its calls end first. One that was only begun cannot be.
  await runtime.stop(spare).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
  await runtime.destroy(row.id, spare);
  await state.save({ secondaryMachine: Prisma.DbNull, secondaryUntil: null });
}
