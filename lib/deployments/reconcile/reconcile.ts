import { deleteUnusedAnalyses } from "../../analysis/store.ts";
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getLocalRuntime, getRuntime } from "../../runtime/runtimes.ts";
import { notifyDeploymentChange } from "../events.ts";
import { runningChange } from "../machine/machine-change.ts";
import { forgetOpened } from "../machine/spec-cache.ts";
import { observeMachines } from "../probes/monitor.ts";
import { afterRestarts } from "../probes/restarts.ts";
import { storableJson } from "../redact.ts";
import { runMove } from "../steps/move.ts";
import { runSteps } from "../steps/run.ts";
import { letGoOfSpare, MAY_GO_BEFORE_MS } from "../steps/secondary-machine.ts";
import { background } from "./background.ts";
import { startChangeFeed } from "./change-feed.ts";
import { acquireLease, type Lease, RENEW_MS, releaseLease, releaseLeasesOfTheDead, renewLease } from "./lease.ts";
import { OutOfTime, RunState, Superseded } from "./run-state.ts";
import { type Run, type RunnerOptions, runner } from "./worker-state.ts";

/** After a stop or a removal that failed it is tried again; every instance that asked a platform at each tick would be too much. */
const RETRY_MS = 15_000;
const TIDY_EVERY_MS = 60 * 60_000;

/**
 * Sets going what keeps deployments as their owners want them: steps that were interrupted, machines that should run,
 * deletions that were begun. Called once in a process that lives long; it never throws, and goes on when the database comes back.
 */
export async function startRunner(options: Partial<RunnerOptions> = {}): Promise<void> {
  const state = runner();
  if (state.started) return;
  state.started = true;
  state.options = { ...state.options, ...options };
  afterRestarts(() => observeMachines());
  const unsubscribe = getLocalRuntime().onUnexpectedExit((id) => void survive(() => observeMachines(id)));
  const endFeed = startChangeFeed();
  state.unsubscribe = () => {
    unsubscribe();
    endFeed();
  };
  await survive(releaseLeasesOfTheDead);
  await tick();
}

/** Ends all that `startRunner` set going, and stops this process's machines. What was interrupted goes on at the next start. */
export async function stopRunner(): Promise<void> {
  const state = runner();
  state.stopping = true;
  if (state.timer) clearTimeout(state.timer);
  state.unsubscribe();
  for (const run of state.runs.values()) run.abort.abort(new Superseded("Catwalk is stopping"));
  await Promise.allSettled([...state.runs.values()].map((run) => run.done));
  await getLocalRuntime().close();
}

/** Sees to a deployment after a change, without being waited for. Steps that run for what it was before are given up. */
export function kick(deploymentId: string): void {
  const run = runner().runs.get(deploymentId);
  if (run) {
    run.again = true;
    run.abort.abort(new Superseded("the deployment was changed"));
  } else {
    const { budgetMs } = background();
    background().run(() => advanceDeployment(deploymentId, { budgetMs }));
  }
}

export interface AdvanceOptions {
  /** How long it may take, but for what cannot be interrupted; the next who advances it goes on. Null for as long as it takes. */
  budgetMs?: number | null;
}

/**
 * Brings a deployment to the state that its owner wants, as far as that can be done now: runs its steps, stops it, or removes
 * it. Resolves when there is nothing more to do here, also when another process is at it or the time is up. It never throws: a
 * failure is kept with the deployment, and what the database's absence interrupts is taken up again.
 */
export function advanceDeployment(deploymentId: string, { budgetMs = null }: AdvanceOptions = {}): Promise<void> {
  const { runs, stopping } = runner();
  const running = runs.get(deploymentId);
  if (running) return running.done;
  if (stopping) return Promise.resolve();
  const run: Run = {
    done: Promise.resolve(),
    abort: new AbortController(),
    serving: Promise.withResolvers(),
    again: false,
  };
  runs.set(deploymentId, run);
  const deadline = performance.now() + (budgetMs ?? Number.POSITIVE_INFINITY);
  run.done = survive(() => advance(deploymentId, run, deadline)).finally(() => {
    runs.delete(deploymentId);
    if (run.again) kick(deploymentId);
  });
  return run.done;
}

async function advance(deploymentId: string, run: Run, deadline: number): Promise<void> {
  for (;;) {
    run.again = false;
    run.abort = new AbortController();
    const restMs = deadline - performance.now();
    if (runner().stopping || restMs <= 0) return;
    const lease = await acquireLease(deploymentId);
    if (!lease) return;
    const { abort } = run;
    const timer = Number.isFinite(restMs)
      ? setTimeout(() => abort.abort(new OutOfTime("the time is up")), restMs)
      : undefined;
    try {
      await withLease(lease, run, async () => {
        const state = await RunState.load(lease);
        if (state) await bringAbout(state, run);
      });
    } finally {
      clearTimeout(timer);
    }
    if (!run.again) return;
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
  }, RENEW_MS);
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

async function bringAbout(state: RunState, run: Run): Promise<void> {
  const { row } = state;
  const { signal } = run.abort;
  const machine = row.machine as MachineRef | null;
  const change = runningChange(row.change);
  if (row.desired === "deleted") {
    await keepingErrors(state, async () => {
      const spare = row.spareMachine as MachineRef | null;
      const runtime = getRuntime(row.runtime);
      const removals = [machine, ...(spare === null ? [] : [spare])].map((one) => runtime.destroy(row.id, one));
      // One that cannot be removed does not keep the other.
      await Promise.allSettled(removals);
      await Promise.all(removals);
    });
    await db().deployment.deleteMany({ where: { id: row.id, desired: "deleted" } });
    forgetOpened(row.id);
    return notifyDeploymentChange(row.id);
  }
  if (row.desired === "stopped" && row.status !== "stopped") {
    if (machine) await keepingErrors(state, () => getRuntime(row.runtime).stop(machine));
    await state.save({ status: "stopped", error: Prisma.DbNull });
  } else if (row.status === "pending" || row.status === "deploying") {
    await inSlot(signal, () => runSteps(state, runner().options, signal));
  } else if (change?.kind === "move") {
    run.serving.resolve();
    await inSlot(signal, () => runMove(state, change, runner().options, signal));
  }
  if (state.row.spareMachine === null) return;
  run.serving.resolve();
  await letGoOfSpare(state);
}

/** What a runtime refuses to do is kept with the deployment, where its owner sees it, and tried again after a while. */
async function keepingErrors(state: RunState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError)
      await state.save({ error: storableJson(error.toBody()) as unknown as Prisma.InputJsonValue });
    throw error;
  }
}

async function tick(): Promise<void> {
  const state = runner();
  await survive(async () => {
    for (const id of await thoseWithSomethingToDo()) void advanceDeployment(id);
    await observeMachines();
    await tidy();
    state.saidUnavailable = false;
  });
  if (state.stopping) return;
  state.timer = setTimeout(() => void tick(), state.options.tickMs);
}

/** The deployments that nobody is at and that are not as their owners want them, the oldest first; of these alone when `among` is given. */
async function thoseWithSomethingToDo(among?: string[]): Promise<string[]> {
  const some = among ? Prisma.sql`and id = any(${among}::uuid[])` : Prisma.empty;
  const rows = await db().$queryRaw<{ id: string }[]>`
    select id::text from deployments
    where (lease_until is null or lease_until < now()) and (
      desired = 'deleted' or (desired = 'stopped' and status <> 'stopped')
      or (desired = 'running' and (status in ('pending', 'deploying') or change->>'state' = 'running'))
      or (spare_machine is not null
        and (spare_until is null or spare_until < now() + ${MAY_GO_BEFORE_MS} * interval '1 millisecond'))) ${some}
    order by created_at limit 100`;
  return rows.map((row) => row.id);
}

/**
 * Somebody looks at these deployments. Where no process outlives a request that is the occasion to do what is to be done for them,
 * after the answer; elsewhere it is done anyway.
 */
export function attend(ids: string[]): void {
  const { isPassive, budgetMs, run } = background();
  if (!isPassive || ids.length === 0) return;
  run(() =>
    survive(async () => {
      const busy = await thoseWithSomethingToDo(ids);
      await Promise.all(busy.map((id) => advanceDeployment(id, { budgetMs })));
      if (busy.length === 0) await observeMachines(ids.length === 1 ? ids[0] : undefined);
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
export async function advanceAll(budgetMs: number): Promise<number> {
  const deadline = performance.now() + budgetMs;
  const ids = await thoseWithSomethingToDo();
  await Promise.all(ids.map((id) => advanceDeployment(id, { budgetMs: deadline - performance.now() })));
  if (performance.now() < deadline) await observeMachines();
  await tidy();
  return ids.length;
}

async function tidy(): Promise<void> {
  const state = runner();
  if (performance.now() < state.tidyAtMs) return;
  await deleteUnusedAnalyses();
  state.tidyAtMs = performance.now() + TIDY_EVERY_MS;
}

/** Nothing that fails here has anybody to tell but the log; the database's absence is told once. */
async function survive(work: () => Promise<void>): Promise<void> {
  const state = runner();
  try {
    await work();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) {
      console.error("Seeing to the deployments failed:", error);
    } else if (!state.saidUnavailable) {
      state.saidUnavailable = true;
      console.error("The database is away; deployments are seen to again when it is back.");
    }
  }
}

/** Waits for one of the few places where steps run, unless the deployment is changed before there is one. */
async function inSlot(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const state = runner();
  while (state.free === 0) {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      state.waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  signal.throwIfAborted();
  state.free--;
  try {
    await work();
  } finally {
    state.free++;
    // All of them look: one that has given up meanwhile would take the turn of another.
    for (const wake of state.waiting.splice(0)) wake();
  }
}
