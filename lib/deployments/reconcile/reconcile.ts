import { deleteUnusedAnalyses } from "../../analysis/store.ts";
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getLocalRuntime, getRuntime } from "../../runtime/runtimes.ts";
import { notifyDeploymentChange } from "../events.ts";
import { parseRunningChange } from "../machine/machine-change.ts";
import { forgetCachedSpec } from "../machine/spec-cache.ts";
import { probeMachines } from "../probes/monitor.ts";
import { onRestart } from "../probes/restarts.ts";
import { storableJson } from "../redact.ts";
import { runMove } from "../steps/move.ts";
import { runSteps } from "../steps/run.ts";
import { IDLE_RETIRE_BEFORE_MS, retireSecondaryMachine } from "../steps/secondary-machine.ts";
import { background } from "./background.ts";
import { startChangeFeed } from "./change-feed.ts";
import { acquireLease, type Lease, RENEW_INTERVAL_MS, releaseDeadLeases, releaseLease, renewLease } from "./lease.ts";
import { BudgetExceeded, RunState, Superseded } from "./run-state.ts";
import { type Run, type WorkerOptions, workerState } from "./worker-state.ts";

/** After a stop or a removal that failed it is tried again; every instance that asked a platform at each tick would be too much. */
const RETRY_MS = 15_000;
const CLEAN_UP_INTERVAL_MS = 60 * 60_000;

/**
 * Sets going what keeps deployments as their owners want them: steps that were interrupted, machines that should run,
 * deletions that were begun. Called once in a process that lives long; it never throws, and goes on when the database comes back.
 */
export async function startWorker(options: Partial<WorkerOptions> = {}): Promise<void> {
  const state = workerState();
  if (state.isStarted) return;
  state.isStarted = true;
  state.options = { ...state.options, ...options };
  onRestart(() => probeMachines());
  const unsubscribe = getLocalRuntime().onUnexpectedExit((id) => void logErrors(() => probeMachines(id)));
  const endFeed = startChangeFeed();
  state.unsubscribe = () => {
    unsubscribe();
    endFeed();
  };
  await logErrors(releaseDeadLeases);
  await tick();
}

/** Ends all that `startRunner` set going, and stops this process's machines. What was interrupted goes on at the next start. */
export async function stopWorker(): Promise<void> {
  const state = workerState();
  state.isStopping = true;
  if (state.timer) clearTimeout(state.timer);
  state.unsubscribe();
  for (const run of state.runs.values()) run.abort.abort(new Superseded("Catwalk is stopping"));
  await Promise.allSettled([...state.runs.values()].map((run) => run.done));
  await getLocalRuntime().close();
}

/** Sees to a deployment after a change, without being waited for. Steps that run for what it was before are given up. */
export function scheduleReconcile(deploymentId: string): void {
  const run = workerState().runs.get(deploymentId);
  if (run) {
    run.isRescheduled = true;
    run.abort.abort(new Superseded("the deployment was changed"));
  } else {
    const { budgetMs } = background();
    background().run(() => reconcileDeployment(deploymentId, { budgetMs }));
  }
}

export interface ReconcileOptions {
  /** How long it may take, but for what cannot be interrupted; the next who advances it goes on. Null for as long as it takes. */
  budgetMs?: number | null;
}

/**
 * Brings a deployment to the state that its owner wants, as far as that can be done now: runs its steps, stops it, or removes
 * it. Resolves when there is nothing more to do here, also when another process is at it or the time is up. It never throws: a
 * failure is kept with the deployment, and what the database's absence interrupts is taken up again.
 */
export function reconcileDeployment(deploymentId: string, { budgetMs = null }: ReconcileOptions = {}): Promise<void> {
  const { runs, isStopping: stopping } = workerState();
  const running = runs.get(deploymentId);
  if (running) return running.done;
  if (stopping) return Promise.resolve();
  const run: Run = {
    done: Promise.resolve(),
    abort: new AbortController(),
    serving: Promise.withResolvers(),
    isRescheduled: false,
  };
  runs.set(deploymentId, run);
  const deadline = performance.now() + (budgetMs ?? Number.POSITIVE_INFINITY);
  run.done = logErrors(() => reconcileUntilSettled(deploymentId, run, deadline)).finally(() => {
    runs.delete(deploymentId);
    if (run.isRescheduled) scheduleReconcile(deploymentId);
  });
  return run.done;
}

async function reconcileUntilSettled(deploymentId: string, run: Run, deadline: number): Promise<void> {
  for (;;) {
    run.isRescheduled = false;
    run.abort = new AbortController();
    const restMs = deadline - performance.now();
    if (workerState().isStopping || restMs <= 0) return;
    const lease = await acquireLease(deploymentId);
    if (!lease) return;
    const { abort } = run;
    const timer = Number.isFinite(restMs)
      ? setTimeout(() => abort.abort(new BudgetExceeded("the time is up")), restMs)
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
  const lost = (reason: string) => run.abort.abort(new Superseded(reason));
  const renewing = setInterval(() => {
    renewLease(lease).then(
      (held) => {
        if (!held) lost("another process has taken over");
      },
      // Without the database nobody else can take it either; the next time tells.
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
  if (row.desired === "deleted") {
    await savingErrors(state, async () => {
      const spare = row.spareMachine as MachineRef | null;
      const runtime = getRuntime(row.runtime);
      const removals = [machine, ...(spare === null ? [] : [spare])].map((one) => runtime.destroy(row.id, one));
      // One that cannot be removed does not keep the other.
      await Promise.allSettled(removals);
      await Promise.all(removals);
    });
    await db().deployment.deleteMany({ where: { id: row.id, desired: "deleted" } });
    forgetCachedSpec(row.id);
    return notifyDeploymentChange(row.id);
  }
  if (row.desired === "stopped" && row.status !== "stopped") {
    if (machine) await savingErrors(state, () => getRuntime(row.runtime).stop(machine));
    await state.save({ status: "stopped", error: Prisma.DbNull });
  } else if (row.status === "pending" || row.status === "deploying") {
    await withSlot(signal, () => runSteps(state, workerState().options, signal));
  } else if (change?.kind === "move") {
    run.serving.resolve();
    await withSlot(signal, () => runMove(state, change, workerState().options, signal));
  }
  if (state.row.spareMachine === null) return;
  run.serving.resolve();
  await retireSecondaryMachine(state);
}

/** What a runtime refuses to do is kept with the deployment, where its owner sees it, and tried again after a while. */
async function savingErrors(state: RunState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError)
      await state.save({ error: storableJson(error.toBody()) as unknown as Prisma.InputJsonValue });
    throw error;
  }
}

async function tick(): Promise<void> {
  const state = workerState();
  await logErrors(async () => {
    for (const id of await findPending()) void reconcileDeployment(id);
    await probeMachines();
    await cleanUp();
    state.hasLoggedOutage = false;
  });
  if (state.isStopping) return;
  state.timer = setTimeout(() => void tick(), state.options.tickMs);
}

/** The deployments that nobody is at and that are not as their owners want them, the oldest first; of these alone when `among` is given. */
async function findPending(among?: string[]): Promise<string[]> {
  const some = among ? Prisma.sql`and id = any(${among}::uuid[])` : Prisma.empty;
  const rows = await db().$queryRaw<{ id: string }[]>`
    select id::text from deployments
    where (lease_until is null or lease_until < now()) and (
      desired = 'deleted' or (desired = 'stopped' and status <> 'stopped')
      or (desired = 'running' and (status in ('pending', 'deploying') or change->>'state' = 'running'))
      or (spare_machine is not null
        and (spare_until is null or spare_until < now() + ${IDLE_RETIRE_BEFORE_MS} * interval '1 millisecond'))) ${some}
    order by created_at limit 100`;
  return rows.map((row) => row.id);
}

/**
 * Somebody looks at these deployments. Where no process outlives a request that is the occasion to do what is to be done for them,
 * after the answer; elsewhere it is done anyway.
 */
export function reconcileAfterResponse(ids: string[]): void {
  const { isPassive, budgetMs, run } = background();
  if (!isPassive || ids.length === 0) return;
  run(() =>
    logErrors(async () => {
      const busy = await findPending(ids);
      await Promise.all(busy.map((id) => reconcileDeployment(id, { budgetMs })));
      if (busy.length === 0) await probeMachines(ids.length === 1 ? ids[0] : undefined);
    }),
  );
}

/**
 * Does what a timer does elsewhere, once: advances every deployment that has something to be done, then looks at the machines whose time it
 * is, and deletes what nobody needs any more. For a platform where no process outlives a request.
 *
 * @param budgetMs how long it may take, but for what cannot be interrupted
 * @returns how many deployments had something to be done
 * @throws what says that the database is away
 */
export async function reconcilePending(budgetMs: number): Promise<number> {
  const deadline = performance.now() + budgetMs;
  const ids = await findPending();
  await Promise.all(ids.map((id) => reconcileDeployment(id, { budgetMs: deadline - performance.now() })));
  if (performance.now() < deadline) await probeMachines();
  await cleanUp();
  return ids.length;
}

async function cleanUp(): Promise<void> {
  const state = workerState();
  if (performance.now() < state.cleanUpAtMs) return;
  await deleteUnusedAnalyses();
  state.cleanUpAtMs = performance.now() + CLEAN_UP_INTERVAL_MS;
}

/** Nothing that fails here has anybody to tell but the log; the database's absence is told once. */
async function logErrors(work: () => Promise<void>): Promise<void> {
  const state = workerState();
  try {
    await work();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) {
      console.error("Seeing to the deployments failed:", error);
    } else if (!state.hasLoggedOutage) {
      state.hasLoggedOutage = true;
      console.error("The database is away; deployments are seen to again when it is back.");
    }
  }
}

/** Waits for one of the few places where steps run, unless the deployment is changed before there is one. */
async function withSlot(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const state = workerState();
  while (state.freeSlots === 0) {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      state.slotWaiters.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  signal.throwIfAborted();
  state.freeSlots--;
  try {
    await work();
  } finally {
    state.freeSlots++;
    // All of them look: one that has given up meanwhile would take the turn of another.
    for (const wake of state.slotWaiters.splice(0)) wake();
  }
}
