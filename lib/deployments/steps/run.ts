import { Prisma } from "../../db/generated/client.ts";
import { isDatabaseUnavailable } from "../../db/unavailable.ts";
import { AppError, toAppError } from "../../errors/app-error.ts";
import { runtimeNamed } from "../../runtime/index.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { openCached, redactOf } from "../spec-cache.ts";
import { type StepName, stepNames } from "../view.ts";
import { rememberWakeable } from "../wake.ts";
import { OutOfTime, type RunState, Superseded } from "./run-state.ts";
import type { StepContext, StepTimeouts } from "./step.ts";
import { StepLog } from "./step-log.ts";
import { steps } from "./steps.ts";

const KEEP_LOG_MS = 1_000;

/**
 * Runs a deployment's steps in order, from the first that is not done, until it is live or one fails. What a step's cause is
 * stands in the database afterwards; the machine of a deployment that failed is stopped.
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
        if (thrown instanceof OutOfTime) await state.pause(name, log.text);
        throw thrown;
      });
      if (failure) {
        // What the server said last may have come while the step before was ending.
        log.addMissing(failure.detail?.split("\n") ?? []);
        await state.fail(name, failure.toBody(), log.text);
        await stopQuietly(context);
        return;
      }
      await state.finish(name, log.text, name === "live" ? { status: "live", error: Prisma.DbNull } : {});
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

function contextOf(state: RunState, timeouts: StepTimeouts, log: StepLog, signal: AbortSignal): StepContext {
  const runtime = runtimeNamed(state.row.runtime);
  return {
    state,
    runtime,
    timeouts,
    log,
    signal,
    open: () => openCached(state.row, runtime.homePath(state.row.id)),
    redact: (text) => redactOf(state.row.id)(text),
    machine: () => {
      if (state.row.machine !== null) return state.row.machine as MachineRef;
      throw new AppError("machine_unavailable", "The machine was not made.", { hint: "Restart the deployment." });
    },
  };
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

function redacted(error: AppError, { redact }: StepContext): AppError {
  return new AppError(error.code, redact(error.message), {
    hint: error.hint ?? undefined,
    fields: error.fields,
    detail: error.detail && redact(error.detail),
    cause: error.cause,
  });
}
