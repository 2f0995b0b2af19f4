import { AppError } from "../../errors/app-error.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { createDeploymentRedact, openCachedSpec } from "../machine/spec-cache.ts";
import type { RunState } from "../reconcile/run-state.ts";
import { saveDemands } from "./save-demands.ts";
import type { StepContext, StepTimeouts } from "./step.ts";
import type { StepLog } from "./step-log.ts";

/** Creates what the steps of a run work with. */
export function createStepContext(
  state: RunState,
  timeouts: StepTimeouts,
  log: StepLog,
  signal: AbortSignal,
): StepContext {
  const runtime = getRuntime(state.row.runtime);
  return {
    state,
    runtime,
    timeouts,
    log,
    signal,
    open: () => openCachedSpec(state.row, runtime.homePath(state.row.id)),
    redact: (text) => createDeploymentRedact(state.row.id)(text),
    machine: () => {
      if (state.row.machine !== null) return state.row.machine as MachineRef;
      throw new AppError("machine_unavailable", "The machine was not created.", { hint: "Restart the deployment." });
    },
    saveMachine: (machine) => state.save({ machine }),
    saveAnswers: (columns) => state.save(columns),
    demand: (missing) => saveDemands(state, missing),
  };
}

/** Returns the error without the deployment's secrets. */
export function redactError(error: AppError, { redact }: StepContext): AppError {
  return new AppError(error.code, redact(error.message), {
    hint: error.hint ?? undefined,
    fields: error.fields,
    detail: error.detail && redact(error.detail),
    cause: error.cause,
  });
}
