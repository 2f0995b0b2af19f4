import type { Exit } from "./host-process.ts";
import type { ExitEvent } from "./types.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM"] as const;
const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** The end of a machine's program, in the words of Fly's events. */
export function toExitEvent(
  { code, signal }: Exit,
  how: { isOutOfMemory: boolean; isRequested: boolean; isRestarting: boolean },
): ExitEvent {
  const signalNumber = signal === null ? -1 : (SIGNAL_NUMBERS[signal] ?? 0);
  const exitCode = code ?? 128 + signalNumber;
  return {
    exit_code: exitCode,
    guest_exit_code: exitCode,
    guest_signal: signalNumber,
    signal: -1,
    oom_killed: how.isOutOfMemory,
    requested_stop: how.isRequested,
    restarting: how.isRestarting,
    exited_at: new Date().toISOString(),
  };
}

/** The signal of this name; SIGINT, Fly's default, without one and for a name that Fly does not know. */
export function toSignal(name: string | undefined): NodeJS.Signals {
  return SIGNALS.find((signal) => signal === name) ?? "SIGINT";
}
