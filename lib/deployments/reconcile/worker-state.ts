import { processWide } from "../../util/process-wide.ts";
import { STEP_TIMEOUTS, type StepTimeouts } from "../steps/step.ts";

export interface WorkerOptions extends StepTimeouts {
  /** Time between two ticks of the worker. */
  tickMs: number;
}

/** Deployments whose steps may run at once. Installing is what loads a host. */
const MAX_CONCURRENT_RUNS = 4;

export interface Run {
  done: Promise<void>;
  abort: AbortController;
  /** Resolves when the deployment's machine serves during the run, so that calls need not wait for its end. */
  serving: PromiseWithResolvers<void>;
  /** The deployment was changed during the run, which then starts over. */
  isRescheduled: boolean;
}

interface WorkerState {
  options: WorkerOptions;
  runs: Map<string, Run>;
  freeSlots: number;
  slotWaiters: (() => void)[];
  timer: NodeJS.Timeout | null;
  isStarted: boolean;
  isStopping: boolean;
  /** Stops the subscriptions to machines and to other instances. */
  unsubscribe: () => void;
  /** When the next clean-up is due, on the monotonic clock in milliseconds. */
  cleanUpAtMs: number;
  /** True if the current database outage has been logged. */
  hasLoggedOutage: boolean;
}

/** The state of this process's worker. */
export const workerState = () =>
  processWide<WorkerState>("deployments.runner", () => ({
    options: { ...STEP_TIMEOUTS, tickMs: 5_000 },
    runs: new Map(),
    freeSlots: MAX_CONCURRENT_RUNS,
    slotWaiters: [],
    timer: null,
    isStarted: false,
    isStopping: false,
    unsubscribe: () => {},
    cleanUpAtMs: 0,
    hasLoggedOutage: false,
  }));

/**
 * Resolves when this process runs no steps of the deployment. It does not wait for a run that creates a secondary
 * machine.
 */
export async function waitUntilIdle(deploymentId: string): Promise<void> {
  const run = workerState().runs.get(deploymentId);
  if (run) await Promise.race([run.done, run.serving.promise]);
}
