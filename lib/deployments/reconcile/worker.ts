// The worker of a long-lived process. It owns the timer, the subscriptions and their end. `schedule.ts` decides which run goes
// first, `reconcile.ts` what a run does, `lease.ts` which process may do it.
import { getLocalRuntime } from "../../runtime/runtimes.ts";
import { probeMachines } from "../probes/monitor.ts";
import { onRestart } from "../probes/restarts.ts";
import { startChangeFeed } from "./change-feed.ts";
import { cleanUp } from "./clean-up.ts";
import { releaseDeadLeases } from "./lease.ts";
import { logErrors } from "./log-errors.ts";
import { findPending } from "./pending.ts";
import { Superseded } from "./run-state.ts";
import { reconcileDeployment } from "./schedule.ts";
import { type WorkerOptions, workerState } from "./worker-state.ts";

/**
 * Starts the worker: it resumes interrupted steps and deletions, probes machines and restarts those that exited. A second call
 * does nothing. It never throws; after a database outage it goes on by itself.
 */
export async function startWorker(options: Partial<WorkerOptions> = {}): Promise<void> {
  const state = workerState();
  if (state.isStarted) return;
  state.isStarted = true;
  state.options = { ...state.options, ...options };
  onRestart(() => probeMachines());
  const unsubscribe = getLocalRuntime().onUnexpectedExit((id) => void logErrors(() => probeMachines(id)));
  const stopChangeFeed = startChangeFeed();
  state.unsubscribe = () => {
    unsubscribe();
    stopChangeFeed();
  };
  await logErrors(releaseDeadLeases);
  await tick();
}

/** Stops the worker and this process's machines. The next start resumes interrupted runs. */
export async function stopWorker(): Promise<void> {
  const state = workerState();
  state.isStopping = true;
  if (state.timer) clearTimeout(state.timer);
  state.unsubscribe();
  for (const run of state.runs.values()) run.abort.abort(new Superseded("Catwalk is stopping"));
  await Promise.allSettled([...state.runs.values()].map((run) => run.done));
  await getLocalRuntime().close();
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
