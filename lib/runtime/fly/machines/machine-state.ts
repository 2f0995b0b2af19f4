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

/** Fly's states from which a machine does not move by itself (docs: machines/machine-states). */
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
/** So many ends in the window are no accident. */
const MIN_CRASHES = 3;

export const isGone = ({ state }: FlyMachine): boolean => GONE.has(state);
export const isAsleep = ({ state }: FlyMachine): boolean => ASLEEP.has(state);
export const isFailed = ({ state }: FlyMachine): boolean => FAILED.has(state);
export const isPersistent = ({ state }: FlyMachine): boolean => PERSISTENT.has(state);

/** What Fly says of a machine, in the words of every runtime. @param machine null when it is gone */
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
  // On its way to sleep it is as good as asleep: a request wakes it.
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
  // With its host out of reach Fly gives an incomplete configuration, which says nothing.
  if (machine.config && !isAsWritten(machine.config)) {
    return new AppError("machine_changed", "The machine was changed outside of Catwalk.", {
      hint: "Repair puts it back.",
      detail: "Its image, size, environment or services are not as they were set.",
    });
  }
  return findCrash(machine, nowMs);
}

/** Why a machine is in Fly's state `failed`. */
export function toFailedMachineError(machine: FlyMachine): AppError {
  const said = (machine.events ?? []).map(formatEvent).slice(0, 10).join("\n");
  if (mentionsCapacity(said)) return toFailure(noCapacity(machine.region || undefined), said);
  if (mentionsMissingImage(said)) return toFailure(imageNotFound(), said);
  return new AppError("machine_unavailable", "Fly could not bring the machine up.", {
    hint: "Restart the deployment: the machine is then made anew.",
    detail: said || undefined,
  });
}

/**
 * Why a machine does not stay up, from its events; null when it does, or when it was told to stop.
 *
 * @param sinceMs only what happened from this moment on counts; else since somebody changed or started it
 */
export function findCrash(machine: FlyMachine, nowMs: number, sinceMs = findLastChangeMs(machine)): AppError | null {
  const ends = (machine.events ?? []).filter((event) => isCrash(event) && event.timestamp >= sinceMs);
  const recent = ends.filter(({ timestamp }) => timestamp >= nowMs - CRASH_WINDOW_MS);
  const [last] = ends;
  if (!last) return null;
  // One that came up again by itself is forgiven its first ends.
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
      hint: "Its log says more. Restart the deployment when that is mended.",
      detail,
    },
  );
}

/** An event as one line. */
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

/** When somebody last changed or started the machine: what was before may be mended. */
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
