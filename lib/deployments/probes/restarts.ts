import { type ErrorBody, toAppError } from "../../errors/app-error.ts";
import { processWide } from "../../util/process-wide.ts";
import { wakeDeployment } from "../machine/wake.ts";
import { background } from "../reconcile/background.ts";

const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** A machine that has run this long was not broken from the start. */
const HEALTHY_MS = 60_000;
/** Longer than the longest time between two looks at a machine. */
const FORGET_AFTER_MS = 10 * 60_000;
/** Machines are started two at a time, so that a host that comes up is not overrun. */
const MAX_CONCURRENT_STARTS = 2;

interface Restart {
  /** Of the deployment when the restart was planned: a change of it makes a fresh start. */
  generation: number;
  attempts: number;
  /** On the monotonic clock; infinite where trying again makes no sense before something is changed. */
  notBeforeMs: number;
  startedAtMs: number;
  isRunning: boolean;
  failure: ErrorBody | null;
}

const restarts = () => processWide("deployments.restarts", () => new Map<string, Restart>());
const restartHook = () => processWide("deployments.after-restart", () => ({ afterRestart: async () => {} }));

/** What is done right after an attempt: others may be waiting for their turn, and the page for the truth. */
export function onRestart(look: () => Promise<void>): void {
  restartHook().afterRestart = look;
}

/** Starts a machine again when its pause is over. Gives why the last attempt failed, if it did. */
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

/** A machine runs: when it has for long enough, its next restart is a first one. */
export function recordRunning(deploymentId: string): void {
  const restart = restarts().get(deploymentId);
  if (restart && performance.now() - restart.startedAtMs > HEALTHY_MS) restarts().delete(deploymentId);
}

/** Lets go of attempts of long ago, but for those of deployments that are still there to be restarted. */
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
  const pauseMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (restart.attempts - 1));
  try {
    await wakeDeployment(deploymentId);
    restart.failure = null;
    restart.notBeforeMs = performance.now() + pauseMs;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(`Starting the machine of ${deploymentId} again failed:`, thrown);
    restart.failure = error.toBody();
    // A value that no key opens stays so until somebody acts; the next start of Catwalk looks again.
    restart.notBeforeMs =
      error.code === "encryption_key_missing" ? Number.POSITIVE_INFINITY : performance.now() + pauseMs;
  } finally {
    restart.isRunning = false;
  }
  await restartHook()
    .afterRestart()
    .catch(() => {});
}
