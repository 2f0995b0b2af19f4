import { background } from "./background.ts";
import { logErrors } from "./log-errors.ts";
import { reconcile } from "./reconcile.ts";
import { Superseded } from "./run-state.ts";
import { type Run, workerState } from "./worker-state.ts";

export interface ReconcileOptions {
  /** How long the run may take, in milliseconds; the next run resumes it. Null for as long as it takes. */
  budgetMs?: number | null;
}

/** Schedules a reconcile and returns. Aborts a run of an older generation. */
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

/**
 * Reconciles a deployment, or joins the run that this process has for it. Resolves when this process has nothing more to do:
 * also when another process holds the lease, or when the budget is exceeded. It never rejects: a failure is saved with the
 * deployment, and a later run resumes what a database outage interrupts.
 */
export function reconcileDeployment(deploymentId: string, { budgetMs = null }: ReconcileOptions = {}): Promise<void> {
  const { runs, isStopping } = workerState();
  const current = runs.get(deploymentId);
  if (current) return current.done;
  if (isStopping) return Promise.resolve();
  const run: Run = {
    done: Promise.resolve(),
    abort: new AbortController(),
    serving: Promise.withResolvers(),
    isRescheduled: false,
  };
  runs.set(deploymentId, run);
  const deadline = performance.now() + (budgetMs ?? Number.POSITIVE_INFINITY);
  run.done = logErrors(() => reconcile(deploymentId, run, deadline)).finally(() => {
    runs.delete(deploymentId);
    if (run.isRescheduled) scheduleReconcile(deploymentId);
  });
  return run.done;
}
