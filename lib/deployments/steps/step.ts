import type { MachineRef, Runtime } from "../../runtime/runtime.ts";
import type { HandshakeColumns } from "../cached-lists.ts";
import type { OpenedSpec } from "../machine/machine-spec.ts";
import type { RunState } from "../reconcile/run-state.ts";
import type { Redact } from "../redact.ts";
import type { MissingInput } from "./missing-inputs.ts";
import type { StepLog } from "./step-log.ts";

/** Time limits of the steps, in milliseconds. */
export interface StepTimeouts {
  installTimeoutMs: number;
  startTimeoutMs: number;
  handshakeTimeoutMs: number;
  /**
   * Limit for a step that is paused and resumed, counted from its beginning. A run that resumes it after that is its last.
   */
  interruptedTimeoutMs: number;
  /** Time between two probes of a machine. */
  pollMs: number;
}

/** mcp-host ends an install after ten minutes and a handshake after one. These limits are longer, since its error tells why. */
export const STEP_TIMEOUTS: StepTimeouts = {
  installTimeoutMs: 630_000,
  startTimeoutMs: 60_000,
  handshakeTimeoutMs: 65_000,
  interruptedTimeoutMs: 15 * 60_000,
  pollMs: 200,
};

/** What a step reads and writes. */
export interface StepContext {
  state: RunState;
  runtime: Runtime;
  timeouts: StepTimeouts;
  log: StepLog;
  /** Aborts when the deployment is changed or this process stops. The step then counts as not run. */
  signal: AbortSignal;
  /** Returns the decrypted spec of the machine. Throws AppError `encryption_key_missing`. */
  open(): OpenedSpec;
  redact: Redact;
  /** Returns the machine that `preparing` created. Throws AppError `machine_unavailable` when there is none. */
  machine(): MachineRef;
  /** Saves what the runtime returned for the machine. */
  saveMachine(machine: MachineRef): Promise<void>;
  /** Saves what the handshake answered. */
  saveAnswers(columns: HandshakeColumns): Promise<void>;
  /** Saves that the server needs these inputs, so that its owner is asked for them. */
  demand(missing: readonly MissingInput[]): Promise<void>;
}

/**
 * One step. It must be idempotent: a run repeats it after a crash, and it must end in the same state. It throws an AppError with
 * the cause for a person.
 */
export type Step = (context: StepContext) => Promise<void>;
