import { db } from "../db/client.ts";
import { Prisma } from "../db/generated/client.ts";
import { isDatabaseUnavailable } from "../db/unavailable.ts";
import { AppError } from "../errors/app-error.ts";
import { localRuntime, runtimeNamed } from "../runtime/index.ts";
import type { MachineRef } from "../runtime/runtime.ts";
import { notifyDeploymentChange } from "./events.ts";
import { acquireLease, type Lease, RENEW_MS, releaseLease, releaseLeasesOfTheDead, renewLease } from "./lease.ts";
import { observeMachines } from "./monitor.ts";
import { storableJson } from "./redact.ts";
import { type Run, type RunnerOptions, runner } from "./runner-state.ts";
import { forgetOpened } from "./spec-cache.ts";
import { runSteps } from "./steps/run.ts";
import { RunState, Superseded } from "./steps/run-state.ts";

/**
 * Sets going what keeps deployments as their owners want them: steps that were interrupted, machines that should run,
 * deletions that were begun. Called once in a process; it never throws, and goes on when the database comes back.
 */
export async function startRunner(options: Partial<RunnerOptions> = {}): Promise<void> {
  const state = runner();
  if (state.started) return;
  state.started = true;
  state.options = { ...state.options, ...options };
  state.unsubscribe = localRuntime().onUnexpectedExit((id) => void survive(() => observeMachines(id)));
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
  await localRuntime().close();
}

/** Sees to a deployment after a change, without being waited for. Steps that run for what it was before are given up. */
export function kick(deploymentId: string): void {
  const run = runner().runs.get(deploymentId);
  if (run) {
    run.again = true;
    run.abort.abort(new Superseded("the deployment was changed"));
  } else {
    void advanceDeployment(deploymentId);
  }
}

/**
 * Brings a deployment to the state that its owner wants, as far as that can be done now: runs its steps, stops it, or removes
 * it. Resolves when there is nothing more to do here, also when another process is at it. It never throws: a failure is
 * kept with the deployment, and what the database's absence interrupts is taken up again.
 */
function advanceDeployment(deploymentId: string): Promise<void> {
  const { runs, stopping } = runner();
  const running = runs.get(deploymentId);
  if (running) return running.done;
  if (stopping) return Promise.resolve();
  const run: Run = { done: Promise.resolve(), abort: new AbortController(), again: false };
  runs.set(deploymentId, run);
  run.done = survive(() => advance(deploymentId, run)).finally(() => {
    runs.delete(deploymentId);
    if (run.again) kick(deploymentId);
  });
  return run.done;
}

async function advance(deploymentId: string, run: Run): Promise<void> {
  for (;;) {
    run.again = false;
    run.abort = new AbortController();
    if (runner().stopping) return;
    const lease = await acquireLease(deploymentId);
    if (!lease) return;
    await withLease(lease, run, async () => {
      const state = await RunState.load(lease);
      if (state) await bringAbout(state, run.abort.signal);
    });
    if (!run.again) return;
  }
}

async function withLease(lease: Lease, run: Run, work: () => Promise<void>): Promise<void> {
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
    if (!(error instanceof Superseded)) throw error;
  } finally {
    clearInterval(renewing);
    await releaseLease(lease).catch(() => {});
  }
}

async function bringAbout(state: RunState, signal: AbortSignal): Promise<void> {
  const { row } = state;
  const machine = row.machine as MachineRef | null;
  if (row.desired === "deleted") {
    await keepingErrors(state, () => runtimeNamed(row.runtime).destroy(row.id, machine));
    await db().deployment.deleteMany({ where: { id: row.id, desired: "deleted" } });
    forgetOpened(row.id);
    notifyDeploymentChange(row.id);
  } else if (row.desired === "stopped") {
    if (machine) await keepingErrors(state, () => runtimeNamed(row.runtime).stop(machine));
    await state.save({ status: "stopped", error: Prisma.DbNull });
  } else if (row.status === "pending" || row.status === "deploying") {
    await inSlot(signal, () => runSteps(state, runner().options, signal));
  }
}

/** What a runtime refuses to do is kept with the deployment, where its owner sees it, and tried again with the next tick. */
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
    for (const { id } of await thoseWithSomethingToDo()) void advanceDeployment(id);
    await observeMachines();
    state.saidUnavailable = false;
  });
  if (state.stopping) return;
  state.timer = setTimeout(() => void tick(), state.options.tickMs);
}

function thoseWithSomethingToDo(): Promise<{ id: string }[]> {
  return db().$queryRaw<{ id: string }[]>`
    select id::text from deployments
    where (lease_until is null or lease_until < now()) and (
      desired = 'deleted' or (desired = 'stopped' and status <> 'stopped')
      or (desired = 'running' and status in ('pending', 'deploying')))
    order by created_at limit 100`;
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
