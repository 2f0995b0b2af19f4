import type { DeploymentStatus, DeploymentView, StepName, StepView } from "../../lib/deployments/view.ts";
import { STEP_NAMES } from "../../lib/deployments/view.ts";
import type { ErrorBody } from "../../lib/errors/app-error.ts";
import type { ErrorCode } from "../../lib/errors/codes.ts";

/** Phase that the page shows. Each status belongs to exactly one. */
export type Phase = "progress" | "failed" | "ready" | "stopped" | "deleting";

/** One row of the timeline. */
export interface StepDisplay {
  name: StepName;
  label: string;
  state: "pending" | "running" | "done" | "failed";
  /** Null before the step has begun. */
  durationMs: number | null;
  attempts: number;
  error: ErrorBody | null;
  /** Last lines that were printed, at most 12. A running or failed step includes those of the steps before. */
  log: string[];
}

const MAX_LOG_LINES = 12;

const PHASES: Record<DeploymentStatus, Phase> = {
  pending: "progress",
  deploying: "progress",
  failing: "failed",
  live: "ready",
  sleeping: "ready",
  stopped: "stopped",
  deleting: "deleting",
};

export function toPhase(status: DeploymentStatus): Phase {
  return PHASES[status];
}

/** Chooses the pause until the next poll, in ms. */
export function choosePollDelayMs(status: DeploymentStatus): number {
  const phase = toPhase(status);
  return phase === "progress" || phase === "deleting" ? 1_000 : 5_000;
}

/** Returns the last lines of a log, without the empty line after a final newline. */
export function takeLastLines(log: string, count: number): string[] {
  const lines = log
    .replace(/\r\n?/g, "\n")
    .replace(/(?<!\n)\n+$/, "")
    .split("\n");
  if (lines.length === 1 && lines[0] === "") return [];
  return lines.slice(-count);
}

function labelStep(name: StepName, view: Pick<DeploymentView, "spec" | "inputs">): string {
  const { package: packageName, version } = view.spec;
  switch (name) {
    case "queued":
      return "Queued";
    case "encrypting":
      return view.inputs.length > 0 ? "Checking the credentials" : "Checking the settings";
    case "preparing":
      return "Preparing a machine";
    case "installing":
      return packageName ? `Installing ${packageName}${version ? ` ${version}` : ""}` : "Installing the server";
    case "starting":
      return "Starting the server";
    case "handshake":
      return "Asking the server for its tools";
    case "live":
      return "Live";
  }
}

function measureStep(step: StepView, state: StepDisplay["state"], nowMs: number): number | null {
  if (step.startedAt === null || state === "pending") return null;
  const endMs = state === "running" || step.endedAt === null ? nowMs : Date.parse(step.endedAt);
  const durationMs = endMs - Date.parse(step.startedAt);
  // The browser's clock may be behind the server's clock.
  return Number.isFinite(durationMs) ? Math.max(0, durationMs) : null;
}

/**
 * Joins the output up to a step. A server that exits at once prints the reason while the step before is still recorded, and the
 * page's log must not vanish when the next step begins.
 */
function joinLogsUpTo(position: number, known: Map<StepName, StepView>): string {
  return STEP_NAMES.slice(0, position + 1)
    .map((name) => known.get(name)?.log.replace(/(?<!\n)\n+$/, "") ?? "")
    .filter((log) => log !== "")
    .join("\n");
}

/**
 * Builds the timeline: always every step in order, whatever the server has sent so far.
 *
 * @param nowMs the server's time, for the duration of the running step
 */
export function buildTimeline(
  view: Pick<DeploymentView, "steps" | "spec" | "status" | "error" | "inputs">,
  nowMs: number,
): StepDisplay[] {
  const known = new Map(view.steps.map((step) => [step.name, step]));
  const moving = toPhase(view.status) === "progress";
  return STEP_NAMES.map((name, position): StepDisplay => {
    const step = known.get(name);
    if (!step) {
      return {
        name,
        label: labelStep(name, view),
        state: "pending",
        durationMs: null,
        attempts: 0,
        error: null,
        log: [],
      };
    }
    // No step runs in a deployment that was stopped or has failed: the record is left over from an expired lease.
    const state =
      step.status === "running" && !moving ? (view.status === "failing" ? "failed" : "pending") : step.status;
    return {
      name,
      label: labelStep(name, view),
      state,
      durationMs: measureStep(step, state, nowMs),
      attempts: step.attempts,
      error: state === "failed" ? (step.error ?? view.error) : null,
      log: takeLastLines(
        state === "failed" || state === "running" ? joinLogsUpTo(position, known) : step.log,
        MAX_LOG_LINES,
      ),
    };
  });
}

/** Finds the step to show: the failed one, else the running one, else null. */
export function findFocusedStep(steps: StepDisplay[]): StepDisplay | null {
  return steps.find((step) => step.state === "failed") ?? steps.find((step) => step.state === "running") ?? null;
}

/** Describes the state for screen readers. Changes with the step and not with the clock, so that it is not read repeatedly. */
export function announce(steps: StepDisplay[], status: DeploymentStatus): string {
  const position = (step: StepDisplay) => `step ${steps.indexOf(step) + 1} of ${steps.length}`;
  switch (toPhase(status)) {
    case "ready":
      return status === "sleeping" ? "Sleeping. The next call wakes it." : "Live.";
    case "stopped":
      return "Stopped.";
    case "deleting":
      return "Being deleted.";
    case "failed": {
      const failed = steps.find((step) => step.state === "failed");
      return failed
        ? `Failed at ${position(failed)}: ${failed.label}. ${failed.error?.message ?? ""}`.trim()
        : "Failing.";
    }
    case "progress": {
      const running = steps.find((step) => step.state === "running");
      return running ? `${running.label}, ${position(running)}.` : "Waiting to begin.";
    }
  }
}

/** Judges whether the credentials are the cause of a failure. */
export function judgeCredentials(
  error: Pick<ErrorBody, "code"> | null,
  inputCount: number,
): "cause" | "possible" | "none" {
  if (!error || inputCount === 0) return "none";
  switch (error.code) {
    case "missing_credential":
    case "encryption_key_missing":
    case "invalid_inputs":
      return "cause";
    case "crashed_at_start":
    case "handshake_failed":
    case "handshake_timeout":
      return "possible";
    default:
      return "none";
  }
}

/** Action that resolves a failure of the machine's platform, where neither a retry nor other credentials help. */
export type PlatformRemedy = "repair" | "region" | "memory" | "settings";

const PLATFORM_REMEDIES: Partial<Record<ErrorCode, PlatformRemedy>> = {
  machine_missing: "repair",
  machine_changed: "repair",
  no_capacity: "region",
  out_of_memory: "memory",
  image_not_found: "settings",
  fly_not_configured: "settings",
  fly_token_refused: "settings",
};

/**
 * Finds the action that resolves a failure of the platform, or returns null.
 *
 * @param hasMachine the deployment's machine has settings, as on Fly
 */
export function findPlatformRemedy(error: Pick<ErrorBody, "code">, hasMachine: boolean): PlatformRemedy | null {
  return hasMachine ? (PLATFORM_REMEDIES[error.code] ?? null) : null;
}

export type AskedInputs = Pick<DeploymentView, "inputs" | "alternatives">;

/**
 * Lists the inputs that a failure asks for, with the groups that they belong to. Returns null when it asks for none, or names one
 * that the deployment does not have.
 */
export function listAskedInputs(
  { code, fields = {} }: Pick<ErrorBody, "code" | "fields">,
  view: AskedInputs,
): AskedInputs | null {
  const isAsked = (key: string) => Object.hasOwn(fields, key);
  if (code !== "missing_credential" || !view.inputs.some(({ key }) => isAsked(key))) return null;
  const alternatives = view.alternatives.filter(({ oneOf }) => oneOf.flat().some(isAsked));
  const grouped = new Set(alternatives.flatMap(({ oneOf }) => oneOf.flat()));
  return { inputs: view.inputs.filter(({ key }) => isAsked(key) || grouped.has(key)), alternatives };
}
