import { processWide } from "../../util/process-wide.ts";
import { type StepTimeouts, stepTimeouts } from "../steps/step.ts";

export interface RunnerOptions extends StepTimeouts {
  /** Between two looks at what there is to do. */
  tickMs: number;
}

/** Steps of so many deployments run at the same time: installing is what a host notices. */
const MAX_RUNS = 4;

export interface Run {
  done: Promise<void>;
  abort: AbortController;
  /** Resolves when it is known that the deployment's machine serves whatever the run does: nobody needs to wait for it. */
  serving: PromiseWithResolvers<void>;
  /** The deployment was changed meanwhile, so that there is more to do. */
  again: boolean;
}

interface RunnerState {
  options: RunnerOptions;
  runs: Map<string, Run>;
  free: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | null;
  started: boolean;
  stopping: boolean;
  /** Ends what listens to machines and to other instances. */
  unsubscribe: () => void;
  /** When what nobody needs any more is deleted next, on the monotonic clock. */
  tidyAtMs: number;
  /** Said once for each time that the database is away. */
  saidUnavailable: boolean;
}

/** What this process is doing for its deployments. */
export const runner = () =>
  processWide<RunnerState>("deployments.runner", () => ({
    options: { ...stepTimeouts, tickMs: 5_000 },
    runs: new Map(),
    free: MAX_RUNS,
    waiting: [],
    timer: null,
    started: false,
    stopping: false,
    unsubscribe: () => {},
    tidyAtMs: 0,
    saidUnavailable: false,
  }));

/** Resolves when this process does not run the deployment's steps (any more). One that makes a second machine is not waited for. */
export async function untilIdle(deploymentId: string): Promise<void> {
  const run = runner().runs.get(deploymentId);
  if (run) await Promise.race([run.done, run.serving.promise]);
}
