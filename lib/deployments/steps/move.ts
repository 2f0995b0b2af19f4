import { Prisma } from "../../db/generated/client.ts";
import { AppError, toAppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import type { HandshakeColumns } from "../cached-lists.ts";
import { type MachineChange, toChangeColumn } from "../machine/machine-change.ts";
import { rememberWakeable } from "../machine/wake.ts";
import { BudgetExceeded, type RunState, Superseded } from "../reconcile/run-state.ts";
import { createStepContext, redactError } from "./context.ts";
import { handshake, installing, starting } from "./machine-steps.ts";
import { removeSecondaryMachine, toTakeoverColumns } from "./secondary-machine.ts";
import type { StepContext, StepTimeouts } from "./step.ts";
import { StepLog } from "./step-log.ts";

/** Limit from the beginning of a move. A run that resumes it after that is its last. */
const MOVE_TIMEOUT_MS = 30 * 60_000;

/**
 * Creates a secondary machine with other settings, at an address of its own. It takes over once its server has answered a whole
 * handshake, so that calls never reach a machine that has not proved itself. When the move fails, the first machine stays as it
 * was, the cause is saved, and the secondary machine is removed later. Its place is saved before it is created.
 *
 * @throws Superseded, the signal's reason, or the database's error when it is unavailable: a later run resumes the move
 */
export async function runMove(
  state: RunState,
  change: MachineChange,
  timeouts: StepTimeouts,
  signal: AbortSignal,
): Promise<void> {
  const context = createSecondaryContext(state, change, timeouts, signal);
  try {
    await moveMachine(context, change);
  } catch (thrown) {
    const failure = toMoveFailure(thrown, change, signal);
    if (failure === null) throw signal.aborted ? signal.reason : thrown;
    if (failure.code === "internal") console.error(`Moving ${state.row.id} failed:`, thrown);
    const error = redactError(failure, context).toBody();
    await state.save({ change: toChangeColumn({ ...change, state: "failed", error }), secondaryUntil: null });
  }
}

/** Returns the cause of a failed move, or null for an interruption. */
function toMoveFailure(thrown: unknown, { startedAt }: MachineChange, signal: AbortSignal): AppError | null {
  if (thrown instanceof BudgetExceeded || signal.reason instanceof BudgetExceeded) {
    if (Date.now() - Date.parse(startedAt) < MOVE_TIMEOUT_MS) return null;
    return new AppError("machine_unavailable", "The new machine was not ready in time.", {
      hint: "Try again, or choose another region.",
    });
  }
  if (signal.aborted || thrown instanceof Superseded || isDatabaseUnavailable(thrown)) return null;
  return toAppError(thrown);
}

interface SecondaryContext extends StepContext {
  /** Returns the handshake's answers, or null before it. */
  answers(): HandshakeColumns | null;
}

/** Creates the steps' context with the secondary machine in place of the first. */
function createSecondaryContext(
  state: RunState,
  change: MachineChange,
  timeouts: StepTimeouts,
  signal: AbortSignal,
): SecondaryContext {
  const first = createStepContext(state, timeouts, new StepLog(), signal);
  let answers: HandshakeColumns | null = null;
  return {
    ...first,
    open: () => {
      const { machine, ...rest } = first.open();
      return { ...rest, machine: { ...machine, size: change.to } };
    },
    machine: () => {
      if (state.row.secondaryMachine !== null) return state.row.secondaryMachine as MachineRef;
      throw new AppError("machine_unavailable", "The new machine was not created.", { hint: "Try again." });
    },
    saveMachine: (machine) => state.save({ secondaryMachine: machine }),
    saveAnswers: async (columns) => {
      answers = columns;
    },
    answers: () => answers,
  };
}

async function moveMachine(context: SecondaryContext, change: MachineChange): Promise<void> {
  const { state, runtime, signal } = context;
  const before = state.row.machine as MachineRef | null;
  if (before === null)
    throw new AppError("machine_missing", "The machine does not exist.", {
      hint: "Select Repair to recreate the machine.",
    });
  if (change.secondary === "none") await reserveSecondary(state, before, change);
  signal.throwIfAborted();
  if (change.secondary !== "created") {
    const machine = await runtime.create(context.open().machine, context.machine());
    await state.save({ secondaryMachine: machine, change: toChangeColumn({ ...change, secondary: "created" }) });
  }
  for (const step of [installing, starting, handshake]) {
    signal.throwIfAborted();
    await step(context);
  }
  const machine = context.machine();
  await state.saveAsNewGeneration({
    ...toTakeoverColumns(before, machine),
    ...context.answers(),
    ...change.to,
    status: "live",
    error: Prisma.DbNull,
    change: Prisma.DbNull,
  });
  const { id, generation } = state.row;
  rememberWakeable(id, { generation, runtime, machine, opened: context.open() });
}

/** Saves the place of the secondary machine, and removes what an earlier move left there first. */
async function reserveSecondary(state: RunState, before: MachineRef, change: MachineChange): Promise<void> {
  await removeSecondaryMachine(state);
  const { row } = state;
  const place = getRuntime(row.runtime).reserveSecondary(before, row.generation);
  if (place === null) throw new AppError("conflict", "This machine cannot be moved.", { hint: "Deploy it again." });
  await state.save({
    secondaryMachine: place,
    secondaryUntil: null,
    change: toChangeColumn({ ...change, secondary: "reserved" }),
  });
}
