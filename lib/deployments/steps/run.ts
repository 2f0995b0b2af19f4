import { forgetStartFindings } from "../../analysis/start-findings.ts";
import { Prisma } from "../../db/generated/client.ts";
import { type AppError, toAppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { parseRunningChange, toChangeColumn } from "../machine/machine-change.ts";
import { rememberWakeable } from "../machine/wake.ts";
import { BudgetExceeded, type RunState, Superseded } from "../reconcile/run-state.ts";
import { storableJson } from "../redact.ts";
import { STEP_NAMES, type StepName } from "../view.ts";
import { createStepContext, redactError } from "./context.ts";
import { createNeverReadyError } from "./machine-steps.ts";
import { chooseOtherInstall } from "./other-install.ts";
import type { StepContext, StepTimeouts } from "./step.ts";
import { StepLog } from "./step-log.ts";
import { STEPS } from "./steps.ts";
import { stripTerminalCodes } from "./telling-line.ts";

const SAVE_LOG_INTERVAL_MS = 1_000;

/**
 * Runs a deployment's steps in order, from the first that is not done, until it is live or a step fails. The cause of a failure is
 * saved with the step, and the machine is stopped. New settings with which a machine does not start are reverted, and the steps
 * run once more.
 *
 * @throws Superseded, or the signal's reason, when the deployment was changed, this process stops or the budget is exceeded; the
 * database's error when it is unavailable. In each case a later run resumes the steps.
 */
export async function runSteps(state: RunState, timeouts: StepTimeouts, signal: AbortSignal): Promise<void> {
  const log = new StepLog();
  const follower = new AbortController();
  const context = createStepContext(state, timeouts, log, signal);
  let following = false;
  try {
    for (const name of STEP_NAMES) {
      if (state.isDone(name)) continue;
      signal.throwIfAborted();
      const paused = await state.beginStep(name);
      log.restore(paused?.log ?? "");
      if (!following && ["installing", "starting", "handshake"].includes(name)) {
        following = true;
        void followLog(context, paused?.until ?? new Date(), AbortSignal.any([signal, follower.signal]));
      }
      const failure = await runStep(name, context).catch(async (thrown: unknown) => {
        if (!(thrown instanceof BudgetExceeded)) throw thrown;
        if (state.elapsedMs(name) > timeouts.interruptedTimeoutMs)
          return redactError(await createNeverReadyError(context), context);
        await state.pauseStep(name, log.text);
        throw thrown;
      });
      if (failure) {
        // The server's last lines may have arrived at the end of the step before.
        log.addMissing(failure.detail?.split("\n") ?? []);
        const change = parseRunningChange(state.row.change);
        if (change) {
          // The machine ran with its earlier settings.
          const failed = toChangeColumn({ ...change, state: "failed", error: failure.toBody() });
          await state.restartFrom("preparing", { ...change.from, change: failed });
          follower.abort();
          return await runSteps(state, timeouts, signal);
        }
        const stored = parseStoredSpec(state.row.spec);
        const install = await chooseOtherInstall(failure, stored);
        if (install) {
          // A new generation, since the machine is made from another spec.
          const spec = storableJson({ ...stored, install }) as unknown as Prisma.InputJsonValue;
          // Its lock would install the same again.
          const packageResolution = state.row.packageResolution + 1;
          await state.saveAsNewGeneration({ spec, packageLock: null, packageResolution });
          await state.restartFrom("preparing", {});
          follower.abort();
          return await runSteps(state, timeouts, signal);
        }
        await state.failStep(name, failure.toBody(), log.text);
        await stopMachineOrLog(context);
        return;
      }
      await state.finishStep(name, log.text, name === "live" ? toLiveColumns(state) : {});
    }
    const { stored, given } = context.open();
    const unneeded = stored.inputs.map(({ key }) => key).filter((key) => !given.has(key));
    await forgetStartFindings(stored.server, unneeded);
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

function toLiveColumns({ row }: RunState) {
  const isChanged = parseRunningChange(row.change) !== null;
  return { status: "live", error: Prisma.DbNull, ...(isChanged && { change: Prisma.DbNull }) } as const;
}

/** Runs one step and saves its log meanwhile. Returns the cause of its failure, or null. */
async function runStep(name: StepName, context: StepContext): Promise<AppError | null> {
  const { state, log, signal } = context;
  const keeping = setInterval(() => {
    const text = log.takeChanged();
    if (text !== null) state.saveLog(name, text).catch(() => {});
  }, SAVE_LOG_INTERVAL_MS);
  try {
    await STEPS[name](context);
    return null;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof Superseded || isDatabaseUnavailable(thrown)) throw thrown;
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(`The step ${name} of ${state.row.id} failed:`, thrown);
    return redactError(error, context);
  } finally {
    clearInterval(keeping);
  }
}

/** Copies the machine's log from a moment on into the log of the running step. */
async function followLog(context: StepContext, from: Date, signal: AbortSignal): Promise<void> {
  // A platform's clock may differ a little from this host's.
  const since = new Date(from.getTime() - 1_000).toISOString();
  try {
    const { hostToken } = context.open().machine;
    for await (const { time, stream, line } of context.runtime.logs(context.machine(), hostToken, signal)) {
      if (time < since) continue;
      const text = context.redact(stripTerminalCodes(line));
      if (stream === "stdout") context.log.firstStdoutLine ||= text.slice(0, 500);
      context.log.add(text);
    }
  } catch (error) {
    if (!signal.aborted) console.error(`The log of ${context.state.row.id} could not be followed:`, error);
  }
}

/** Stops the machine of a failed deployment; the retry starts it again. A failure to stop it is logged. */
async function stopMachineOrLog(context: StepContext): Promise<void> {
  if (context.state.row.machine === null) return;
  await context.runtime.stop(context.machine()).catch((error: unknown) => {
    console.error(`The machine of ${context.state.row.id} could not be stopped:`, error);
  });
}
