import { Prisma } from "../../db/generated/client.ts";
import { type AppError, toAppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import { changeColumn, runningChange } from "../machine/machine-change.ts";
import { rememberWakeable } from "../machine/wake.ts";
import { OutOfTime, type RunState, Superseded } from "../reconcile/run-state.ts";
import { type StepName, stepNames } from "../view.ts";
import { contextOf, redacted } from "./context.ts";
import { neverDone } from "./machine-steps.ts";
import type { StepContext, StepTimeouts } from "./step.ts";
import { StepLog } from "./step-log.ts";
import { steps } from "./steps.ts";

const KEEP_LOG_MS = 1_000;

/**
 * Runs a deployment's steps in order, from the first that is not done, until it is live or one fails. What a step's cause is
 * stands in the database afterwards; the machine of a deployment that failed is stopped. Other settings with which a machine does not come up
 * are taken back, and the steps taken once more.
 *
 * @throws Superseded, or the signal's reason, when the deployment was changed, this process stops, or its time is up; and what says
 * that the database is away. In each case the steps go on later from where they were.
 */
export async function runSteps(state: RunState, timeouts: StepTimeouts, signal: AbortSignal): Promise<void> {
  const log = new StepLog();
  const follower = new AbortController();
  const context = contextOf(state, timeouts, log, signal);
  let following = false;
  try {
    for (const name of stepNames) {
      if (state.isDone(name)) continue;
      signal.throwIfAborted();
      const paused = await state.begin(name);
      log.restore(paused?.log ?? "");
      if (!following && ["installing", "starting", "handshake"].includes(name)) {
        following = true;
        void followLog(context, paused?.until ?? new Date(), AbortSignal.any([signal, follower.signal]));
      }
      const failure = await attempt(name, context).catch(async (thrown: unknown) => {
        if (!(thrown instanceof OutOfTime)) throw thrown;
        if (state.sinceBegun(name) > timeouts.interruptedTimeoutMs) return redacted(await neverDone(context), context);
        await state.pause(name, log.text);
        throw thrown;
      });
      if (failure) {
        // What the server said last may have come while the step before was ending.
        log.addMissing(failure.detail?.split("\n") ?? []);
        const change = runningChange(state.row.change);
        if (change) {
          // It ran with what it had before.
          const failed = changeColumn({ ...change, state: "failed", error: failure.toBody() });
          await state.again("preparing", { ...change.from, change: failed });
          follower.abort();
          return await runSteps(state, timeouts, signal);
        }
        await state.fail(name, failure.toBody(), log.text);
        await stopQuietly(context);
        return;
      }
      await state.finish(name, log.text, name === "live" ? liveColumns(state) : {});
    }
    rememberWakeable(state.row.id, {
      generation: state.row.generation,
      runtime: context.runtime,
      machine: context.machine(),
      opened: context.open(),
    });
  } finally {
    follower.abort();
  }
}

function liveColumns({ row }: RunState) {
  const isChanged = runningChange(row.change) !== null;
  return { status: "live", error: Prisma.DbNull, ...(isChanged && { change: Prisma.DbNull }) } as const;
}

/** Runs one step, keeping its log meanwhile. Gives the cause when it failed. */
async function attempt(name: StepName, context: StepContext): Promise<AppError | null> {
  const { state, log, signal } = context;
  const keeping = setInterval(() => {
    const text = log.takeChanged();
    if (text !== null) state.keepLog(name, text).catch(() => {});
  }, KEEP_LOG_MS);
  try {
    await steps[name](context);
    return null;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof Superseded || isDatabaseUnavailable(thrown)) throw thrown;
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(`The step ${name} of ${state.row.id} failed:`, thrown);
    return redacted(error, context);
  } finally {
    clearInterval(keeping);
  }
}

/** Copies the machine's log into the running step's, from a moment on. */
async function followLog(context: StepContext, from: Date, signal: AbortSignal): Promise<void> {
  // Two clocks may differ a little where the machine is elsewhere.
  const since = new Date(from.getTime() - 1_000).toISOString();
  try {
    const { hostToken } = context.open().machine;
    for await (const { time, stream, line } of context.runtime.logs(context.machine(), hostToken, signal)) {
      if (time < since) continue;
      const text = context.redact(line);
      if (stream === "stdout") context.log.saidOnStdout ||= text.slice(0, 500);
      context.log.add(text);
    }
  } catch (error) {
    if (!signal.aborted) console.error(`The log of ${context.state.row.id} could not be followed:`, error);
  }
}

/** A machine whose deployment failed serves nobody; the retry starts it anew. */
async function stopQuietly(context: StepContext): Promise<void> {
  if (context.state.row.machine === null) return;
  await context.runtime.stop(context.machine()).catch((error: unknown) => {
    console.error(`The machine of ${context.state.row.id} could not be stopped:`, error);
  });
}
