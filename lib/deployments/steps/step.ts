import type { MachineRef, Runtime } from "../../runtime/runtime.ts";
import type { HandshakeColumns } from "../cached-lists.ts";
import type { OpenedSpec } from "../machine/machine-spec.ts";
import type { RunState } from "../reconcile/run-state.ts";
import type { Redact } from "../redact.ts";
import type { StepLog } from "./step-log.ts";

/** How long the engine waits for what. */
export interface StepTimeouts {
  installTimeoutMs: number;
  startTimeoutMs: number;
  handshakeTimeoutMs: number;
  /**
   * From a step's beginning on, where it is interrupted again and again and gone on with: whoever goes on with one whose time is over
   * has one more run for it.
   */
  interruptedTimeoutMs: number;
  /** Between two looks at a machine. */
  pollMs: number;
}

/** mcp-host gives up an install after ten minutes and a handshake after one; it is waited for a little longer, since it knows why. */
export const STEP_TIMEOUTS: StepTimeouts = {
  installTimeoutMs: 630_000,
  startTimeoutMs: 60_000,
  handshakeTimeoutMs: 65_000,
  interruptedTimeoutMs: 15 * 60_000,
  pollMs: 200,
};

/** What a step works with. */
export interface StepContext {
  state: RunState;
  runtime: Runtime;
  timeouts: StepTimeouts;
  log: StepLog;
  /** Aborts when the deployment was changed, or this process stops: the step is given up and counts as not run. */
  signal: AbortSignal;
  /** The deployment's credentials in the form its machine gets them. Throws AppError `encryption_key_missing`. */
  open(): OpenedSpec;
  redact: Redact;
  /** The machine that `preparing` made. Throws AppError `machine_unavailable` when there is none. */
  machine(): MachineRef;
  /** Keeps the machine as it is known now. */
  saveMachine(machine: MachineRef): Promise<void>;
  /** Keeps what the handshake answered. */
  saveAnswers(columns: HandshakeColumns): Promise<void>;
}

/**
 * One step. It may be run again at any time, after a crash in its middle too, and must then end in the same state. It throws
 * AppError with the cause for a person.
 */
export type Step = (context: StepContext) => Promise<void>;
