import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { runtimeNamed } from "../../runtime/index.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { runningChange } from "../machine-change.ts";
import type { RunState } from "./run-state.ts";

/**
 * How long a machine whose place was taken stays: other instances of Catwalk learn of the new one within seconds, or with the next call a
 * minute later at most, and calls that are on it may end.
 */
const RETIREMENT_MS = 2 * 60_000;

/** The columns that give a machine's place to another. The one before stays for a while. */
export function takeover(before: MachineRef, machine: MachineRef) {
  return { machine, spareMachine: before, spareUntil: new Date(Date.now() + RETIREMENT_MS) };
}

/** Whether a second machine is there that nothing is to become of, and its time is over. */
export async function isSpareDue({ row }: RunState): Promise<boolean> {
  if (row.spareMachine === null || runningChange(row.change)) return false;
  if (row.spareUntil === null) return true;
  // By the database's clock, as whoever looks for something to do.
  const due = await db().$queryRaw<unknown[]>`
    select 1 from deployments where id = ${row.id}::uuid and (spare_until is null or spare_until < now())`;
  return due.length > 0;
}

/** Removes the second machine, if there is one, with all that was made for it. Throws as a runtime's `destroy`. */
export async function removeSpare(state: RunState): Promise<void> {
  const { row } = state;
  if (row.spareMachine === null) return;
  const runtime = runtimeNamed(row.runtime);
  const spare = row.spareMachine as MachineRef;
  // A machine that is told to stop lets its calls end first. One that was only begun cannot be.
  await runtime.stop(spare).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
  await runtime.destroy(row.id, spare);
  await state.save({ spareMachine: Prisma.DbNull, spareUntil: null });
}
