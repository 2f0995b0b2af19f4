import { type ErrorBody, toAppError } from "../../errors/app-error.ts";
import { exponentialBackoffMs } from "../../util/backoff.ts";
import { processWide } from "../../util/process-wide.ts";
import { wakeDeployment } from "../machine/wake.ts";
import { background } from "../reconcile/background.ts";

const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Run time after which a machine counts as healthy, so that its next exit starts with the shortest backoff. */
const HEALTHY_MS = 60_000;
/** Age at which an entry is dropped. Longer than the longest time between two probes of a machine. */
const FORGET_AFTER_MS = 10 * 60_000;
/** Machines started at once, so that a booting host is not overloaded. */
const MAX_CONCURRENT_STARTS = 2;

interface Restart {
  /** The deployment's generation when the restart was scheduled. A newer one resets the backoff. */
  generation: number;
  attempts: number;
  /** On the monotonic clock; infinite where only a change of the deployment can help. */
  notBeforeMs: number;
  startedAtMs: number;
  isRunning: boolean;
  failure: ErrorBody | null;
}

const restarts = () => processWide("deployments.restarts", () => new Map<string, Restart>());
const restartHook = () => processWide("deployments.after-restart", () => ({ afterRestart: async () => {} }));

/** Sets the function that runs after each restart: other machines wait for a slot, and the page for the status. */
export function onRestart(look: () => Promise<void>): void {
  restartHook().afterRestart = look;
}

/** Restarts a machine when its backoff is over. Returns the error of the last restart, or null. */
export function scheduleRestart(row: { id: string; generation: number }): ErrorBody | null {
  const all = restarts();
  let restart = all.get(row.id);
  if (!restart || restart.generation !== row.generation) {
    restart = {
      generation: row.generation,
      attempts: 0,
      notBeforeMs: 0,
      startedAtMs: 0,
      isRunning: false,
      failure: null,
    };
    all.set(row.id, restart);
  }
  const now = performance.now();
  const busy = [...all.values()].filter((other) => other.isRunning).length;
  const { failure } = restart;
  const due = restart;
  if (!due.isRunning && now >= due.notBeforeMs && busy < MAX_CONCURRENT_STARTS)
    background().run(() => restartMachine(row.id, due));
  return failure;
}

/** Records that a machine runs. Once it counts as healthy, its backoff starts over. */
export function recordRunning(deploymentId: string): void {
  const restart = restarts().get(deploymentId);
  if (restart && performance.now() - restart.startedAtMs > HEALTHY_MS) restarts().delete(deploymentId);
}

/** Drops old entries, except those of these deployments. */
export function forgetRestartsExcept(ids: string[]): void {
  const present = new Set(ids);
  const oldest = performance.now() - FORGET_AFTER_MS;
  for (const [id, restart] of restarts()) {
    if (!present.has(id) && !restart.isRunning && restart.startedAtMs < oldest) restarts().delete(id);
  }
}

async function restartMachine(deploymentId: string, restart: Restart): Promise<void> {
  restart.isRunning = true;
  restart.attempts++;
  restart.startedAtMs = performance.now();
  const pauseMs = exponentialBackoffMs(restart.attempts, { baseMs: MIN_BACKOFF_MS, maxMs: MAX_BACKOFF_MS });
  try {
    await wakeDeployment(deploymentId);
    restart.failure = null;
    restart.notBeforeMs = performance.now() + pauseMs;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(`Starting the machine of ${deploymentId} again failed:`, thrown);
    restart.failure = error.toBody();
    // Only the operator can add the missing key; the next start of Catwalk tries again.
    restart.notBeforeMs =
      error.code === "encryption_key_missing" ? Number.POSITIVE_INFINITY : performance.now() + pauseMs;
  } finally {
    restart.isRunning = false;
  }
  await restartHook()
    .afterRestart()
    .catch(() => {});
}
