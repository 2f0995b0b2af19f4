import { AppError } from "../../../errors/app-error.ts";
import type { MachineDescription, MachineState } from "../../runtime.ts";
import type { FlyEvent, FlyMachine } from "../api/schemas.ts";
import {
  imageNotFound,
  machineMissing,
  mentionsCapacity,
  mentionsMissingImage,
  noCapacity,
  toFailure,
} from "../apps/failures.ts";
import { hasAutostart, isAsWritten } from "./machine-config.ts";

/** The states that a machine does not leave by itself (Fly: machines/machine-states). */
const PERSISTENT = new Set([
  "created",
  "started",
  "stopped",
  "suspended",
  "failed",
  "destroyed",
  "replaced",
  "migrated",
]);
const GONE = new Set(["destroyed", "destroying", "replaced", "migrated"]);
const ASLEEP = new Set(["stopped", "suspended", "created"]);
const FAILED = new Set(["failed", "launch_failed"]);

const CRASH_WINDOW_MS = 5 * 60_000;
/** The exits within the window that count as a crash loop. */
const MIN_CRASHES = 3;

export const isGone = ({ state }: FlyMachine): boolean => GONE.has(state);
export const isAsleep = ({ state }: FlyMachine): boolean => ASLEEP.has(state);
export const isFailed = ({ state }: FlyMachine): boolean => FAILED.has(state);
export const isPersistent = ({ state }: FlyMachine): boolean => PERSISTENT.has(state);

/** Describes a machine in the words of the runtime contract. @param machine null when it is gone */
export function describeMachine(machine: FlyMachine | null, nowMs: number): MachineDescription {
  if (machine === null || isGone(machine)) {
    return {
      state: "absent",
      reason: machine && `Fly's state: ${machine.state}`,
      problem: toFailure(machineMissing()),
    };
  }
  return { state: toMachineState(machine), reason: explainState(machine), problem: findProblem(machine, nowMs) };
}

function toMachineState(machine: FlyMachine): MachineState {
  const { state, config } = machine;
  if (state === "started") return "started";
  if (isFailed(machine)) return "failed";
  const held = config !== null && config !== undefined && !hasAutostart(config);
  if (isAsleep(machine)) return held ? "stopped" : "sleeping";
  // A request wakes a machine that is being suspended, too.
  if (state === "stopping" || state === "suspending") return held ? "stopped" : "sleeping";
  return "starting";
}

function explainState(machine: FlyMachine): string | null {
  if (machine.host_status === "unreachable") return "Fly cannot reach the machine's host.";
  const [latest] = machine.events ?? [];
  const words = [`Fly's state: ${machine.state}`];
  if (latest) words.push(formatEvent(latest));
  return machine.state === "started" ? null : words.join("; ");
}

function findProblem(machine: FlyMachine, nowMs: number): AppError | null {
  if (isFailed(machine)) return toFailedMachineError(machine);
  // While Fly cannot reach the machine's host it returns no configuration.
  if (machine.config && !isAsWritten(machine.config)) {
    return new AppError("machine_changed", "The machine was changed outside of Catwalk.", {
      hint: "Select Repair to restore its configuration.",
      detail: "Its image, size, environment or services are not as Catwalk set them.",
    });
  }
  return findCrash(machine, nowMs);
}

/** Explains why a machine is in Fly's state `failed`. */
export function toFailedMachineError(machine: FlyMachine): AppError {
  const said = (machine.events ?? []).map(formatEvent).slice(0, 10).join("\n");
  if (mentionsCapacity(said)) return toFailure(noCapacity(machine.region || undefined), said);
  if (mentionsMissingImage(said)) return toFailure(imageNotFound(), said);
  return new AppError("machine_unavailable", "Fly could not bring the machine up.", {
    hint: "Restart the deployment to recreate the machine.",
    detail: said || undefined,
  });
}

/**
 * Finds in a machine's events why it does not stay up. Returns null when it does, or when it was told to stop.
 *
 * @param sinceMs ignores earlier events; by default those before a client last changed or started the machine
 */
export function findCrash(machine: FlyMachine, nowMs: number, sinceMs = findLastChangeMs(machine)): AppError | null {
  const ends = (machine.events ?? []).filter((event) => isCrash(event) && event.timestamp >= sinceMs);
  const recent = ends.filter(({ timestamp }) => timestamp >= nowMs - CRASH_WINDOW_MS);
  const [last] = ends;
  if (!last) return null;
  // A machine that restarted by itself is reported only in a crash loop.
  const isDown =
    machine.state === "stopped" && isCrash(findLatestExit(machine) ?? last) && !wasStoppedAfter(machine, last);
  if (!isDown && recent.length < MIN_CRASHES) return null;
  const detail = ends.slice(0, 5).map(formatEvent).join("\n");
  if (last.request?.exit_event?.oom_killed) {
    return new AppError("out_of_memory", "The machine ran out of memory.", {
      hint: "Give it more memory in its settings.",
      detail,
    });
  }
  const exitCode = readExitCode(last);
  return new AppError(
    "crashed",
    `The machine's program keeps ending${exitCode === null ? "" : ` (exit code ${exitCode})`}.`,
    {
      hint: "See its log. Restart the deployment after you fix the cause.",
      detail,
    },
  );
}

/** Formats an event as one line. */
export function formatEvent(event: FlyEvent): string {
  const { type, status, request } = event;
  const exit = request?.exit_event;
  if (type === "exit" && exit) {
    if (exit.oom_killed) return "the machine ran out of memory and was ended";
    if (exit.requested_stop) return "the machine was stopped";
    const exitCode = readExitCode(event);
    return `the machine's program ended${exitCode === null ? "" : ` with exit code ${exitCode}`}`;
  }
  const error = request?.error ? `: ${request.error}` : "";
  return `the machine: ${[type, status].filter((word) => word !== "").join(", ")}${error}`;
}

/** Returns when a client last changed or started the machine. Earlier crashes may be fixed since. */
function findLastChangeMs(machine: FlyMachine): number {
  const change = (machine.events ?? []).find(
    ({ type, source }) => type === "update" || (type === "start" && source === "user"),
  );
  return change?.timestamp ?? 0;
}

function findLatestExit(machine: FlyMachine): FlyEvent | undefined {
  return (machine.events ?? []).find(({ type }) => type === "exit");
}

function wasStoppedAfter(machine: FlyMachine, end: FlyEvent): boolean {
  return (machine.events ?? []).some(
    ({ type, timestamp }) => (type === "stop" || type === "suspend") && timestamp > end.timestamp,
  );
}

function isCrash({ type, request }: FlyEvent): boolean {
  const exit = request?.exit_event;
  if (type !== "exit" || !exit || exit.requested_stop) return false;
  return exit.oom_killed || (exit.exit_code ?? 0) !== 0;
}

function readExitCode({ request }: FlyEvent): number | null {
  const exit = request?.exit_event;
  return exit?.exit_code ?? exit?.guest_exit_code ?? null;
}
