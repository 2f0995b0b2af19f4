import { processWide } from "../../util/process-wide.ts";
import { STEP_TIMEOUTS, type StepTimeouts } from "../steps/step.ts";

export interface WorkerOptions extends StepTimeouts {
  /** Between two looks at what there is to do. */
  tickMs: number;
}

/** Steps of so many deployments run at the same time: installing is what a host notices. */
const MAX_CONCURRENT_RUNS = 4;

export interface Run {
  done: Promise<void>;
  abort: AbortController;
  /** Resolves when it is known that the deployment's machine serves whatever the run does: nobody needs to wait for it. */
  serving: PromiseWithResolvers<void>;
  /** The deployment was changed meanwhile, so that there is more to do. */
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
  /** Ends what listens to machines and to other instances. */
  unsubscribe: () => void;
  /** When what nobody needs any more is deleted next, on the monotonic clock. */
  cleanUpAtMs: number;
  /** Said once for each time that the database is away. */
  hasLoggedOutage: boolean;
}

/** What this process is doing for its deployments. */
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

/** Resolves when this process does not run the deployment's steps (any more). One that makes a second machine is not waited for. */
export async function waitUntilIdle(deploymentId: string): Promise<void> {
  const run = workerState().runs.get(deploymentId);
  if (run) await Promise.race([run.done, run.serving.promise]);
}
