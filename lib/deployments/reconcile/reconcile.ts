// Brings one deployment to its desired state, under its lease. It owns the order of what a run does and what happens to an
// error. The steps themselves are in `../steps`, who may run in `lease.ts`, guarded writes in `run-state.ts`.
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { notifyDeploymentChange } from "../events.ts";
import { parseRunningChange } from "../machine/machine-change.ts";
import { forgetCachedSpec } from "../machine/spec-cache.ts";
import { storableJson } from "../redact.ts";
import { runMove } from "../steps/move.ts";
import { runSteps } from "../steps/run.ts";
import { retireSecondaryMachine } from "../steps/secondary-machine.ts";
import { acquireLease, type Lease, RENEW_INTERVAL_MS, releaseLease, renewLease } from "./lease.ts";
import { withSlot } from "./run-slots.ts";
import { BudgetExceeded, RunState, Superseded } from "./run-state.ts";
import { type Run, workerState } from "./worker-state.ts";

/** Pause after a stop or a removal that failed. Without it every instance would ask the platform at each tick. */
const RETRY_MS = 15_000;

/**
 * Runs a deployment's steps, stops it or removes it, until it is in its desired state, another process holds its lease, or the
 * deadline has passed.
 *
 * @param deadline on the monotonic clock, in milliseconds
 * @throws what is not saved with the deployment: defects, and the database's error when it is unavailable
 */
export async function reconcile(deploymentId: string, run: Run, deadline: number): Promise<void> {
  for (;;) {
    run.isRescheduled = false;
    run.abort = new AbortController();
    const restMs = deadline - performance.now();
    if (workerState().isStopping || restMs <= 0) return;
    const lease = await acquireLease(deploymentId);
    if (!lease) return;
    const { abort } = run;
    const timer = Number.isFinite(restMs)
      ? setTimeout(() => abort.abort(new BudgetExceeded("the budget is exceeded")), restMs)
      : undefined;
    try {
      await withLease(lease, run, async () => {
        const state = await RunState.load(lease);
        if (state) await applyDesiredState(state, run);
      });
    } finally {
      clearTimeout(timer);
    }
    if (!run.isRescheduled) return;
  }
}

async function withLease(lease: Lease, run: Run, work: () => Promise<void>): Promise<void> {
  let pauseMs = 0;
  const renewing = setInterval(() => {
    renewLease(lease).then(
      (isHeld) => {
        if (!isHeld) run.abort.abort(new Superseded("another process has taken over"));
      },
      // During a database outage no other process can acquire it either; the next renewal decides.
      () => {},
    );
  }, RENEW_INTERVAL_MS);
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError) pauseMs = RETRY_MS;
    if (!(error instanceof Superseded)) throw error;
  } finally {
    clearInterval(renewing);
    await releaseLease(lease, pauseMs).catch(() => {});
  }
}

async function applyDesiredState(state: RunState, run: Run): Promise<void> {
  const { row } = state;
  const { signal } = run.abort;
  const machine = row.machine as MachineRef | null;
  const change = parseRunningChange(row.change);
  if (row.desired === "deleted") return await remove(state);
  if (row.desired === "stopped" && row.status !== "stopped") {
    if (machine) await savingErrors(state, () => getRuntime(row.runtime).stop(machine));
    await state.save({ status: "stopped", error: Prisma.DbNull });
  } else if (row.status === "pending" || row.status === "deploying") {
    await withSlot(signal, () => runSteps(state, workerState().options, signal));
  } else if (change?.kind === "move") {
    run.serving.resolve();
    await withSlot(signal, () => runMove(state, change, workerState().options, signal));
  }
  if (state.row.secondaryMachine === null) return;
  run.serving.resolve();
  await retireSecondaryMachine(state);
}

async function remove(state: RunState): Promise<void> {
  const { row } = state;
  await savingErrors(state, async () => {
    const runtime = getRuntime(row.runtime);
    const secondary = row.secondaryMachine as MachineRef | null;
    const machines = [row.machine as MachineRef | null, ...(secondary === null ? [] : [secondary])];
    const removals = machines.map((machine) => runtime.destroy(row.id, machine));
    // Wait for both, so that one failed removal does not interrupt the other.
    await Promise.allSettled(removals);
    await Promise.all(removals);
  });
  await db().deployment.deleteMany({ where: { id: row.id, desired: "deleted" } });
  forgetCachedSpec(row.id);
  notifyDeploymentChange(row.id);
}

/** Saves an AppError of the runtime with the deployment, where its owner sees it, and rethrows it. */
async function savingErrors(state: RunState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError)
      await state.save({ error: storableJson(error.toBody()) as unknown as Prisma.InputJsonValue });
    throw error;
  }
}
