import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus, fetchPackageLock, type HostStatus } from "../../runtime/host-client.ts";
import type { Endpoint, MachineDescription } from "../../runtime/runtime.ts";
import { toHandshakeColumns } from "../cached-lists.ts";
import { MIN_START_TIMEOUT_S } from "../view.ts";
import { createMissingError, explainFailure, explainHandshakeTimeout, formatDetail } from "./failure-causes.ts";
import { HandshakeError } from "./handshake-session.ts";
import { performHandshake } from "./mcp-handshake.ts";
import { findMissingInputs } from "./missing-inputs.ts";
import type { Step, StepContext } from "./step.ts";
import { explainLine, stripTerminalCodes } from "./telling-line.ts";

const STATUS_TIMEOUT_MS = 5_000;
/** Consecutive probes without an answer after which a machine of this host counts as gone. */
const MAX_MISSED_PROBES = 10;
/** Silence after which a platform's machine counts as gone. It may be suspended meanwhile, and resuming takes a while. */
const MAX_PLATFORM_SILENCE_MS = 90_000;
/** Time between two probes of a platform's machine, and two requests to the platform about it. Its limits count both. */
const PLATFORM_POLL_INTERVAL_MS = 1_000;
const DESCRIBE_INTERVAL_MS = 3_000;

/** Starts the machine and waits until its server is installed. */
export const installing: Step = async (context) => {
  const endpoint = await startMachine(context);
  const status = await probeUntil(
    context,
    endpoint,
    context.timeouts.installTimeoutMs,
    (now) => now.phase !== "installing",
  );
  if (status === null) {
    throw new AppError("install_failed", "The server was not installed in time.", {
      hint: "The package client may be waiting for a slow network. Retry; what was fetched is kept by its cache.",
    });
  }
  if (status.phase === "failed") throw await explainAndLearn(status, context);
  await keepPackageLock(context, endpoint);
};

/** Keeps what was installed, so that the next install gets the same. A machine that does not tell loses nothing but that. */
async function keepPackageLock(context: StepContext, endpoint: Endpoint): Promise<void> {
  const { hostToken } = context.open().machine;
  const packageLock = await fetchPackageLock(endpoint, hostToken, STATUS_TIMEOUT_MS).catch(() => null);
  if (packageLock === null || packageLock === context.state.row.packageLock) return;
  await context.state.save({ packageLock });
  context.log.add("its files are known by their hashes, which the next install demands");
}

/** Waits until the server's process runs and has not exited immediately. */
export const starting: Step = async (context) => {
  const endpoint = await startMachine(context);
  const settled = ["running", "backoff", "failed"];
  const status = await probeUntil(context, endpoint, context.timeouts.startTimeoutMs, (now) =>
    settled.includes(now.phase),
  );
  if (status?.phase === "running") return;
  if (status !== null) throw await explainAndLearn(status, context);
  throw new AppError("machine_unavailable", "The server's process did not start in time.", { hint: "Retry." });
};

/** Performs the MCP handshake with the server and saves its answers. */
export const handshake: Step = async (context) => {
  const endpoint = await startMachine(context);
  const { hostToken, startTimeoutS = MIN_START_TIMEOUT_S } = context.open().machine;
  const moreMs = (startTimeoutS - MIN_START_TIMEOUT_S) * 1_000;
  const timeout = AbortSignal.timeout(context.timeouts.handshakeTimeoutMs + moreMs);
  try {
    const answers = await performHandshake(endpoint, hostToken, AbortSignal.any([timeout, context.signal]));
    const { initialize, tools } = answers;
    const { name, version } = initialize.serverInfo;
    context.log.add(
      `${name || "a server without a name"}${version && ` ${version}`}, MCP ${initialize.protocolVersion}`,
    );
    context.log.add(tools.length === 1 ? "1 tool" : `${tools.length} tools`);
    for (const [method, items] of Object.entries(answers.lists)) {
      if (items === null) context.log.add(`${method} could not be read; clients ask the server itself`);
    }
    for (const warning of answers.warnings) context.log.add(context.redact(warning));
    await context.saveAnswers(toHandshakeColumns(answers));
  } catch (error) {
    context.signal.throwIfAborted();
    throw await explainHandshakeError(context, endpoint, error, timeout.aborted);
  }
};

async function explainHandshakeError(
  context: StepContext,
  endpoint: Endpoint,
  error: unknown,
  timedOut: boolean,
): Promise<unknown> {
  const { machine, stored, given } = context.open();
  const status = await fetchHostStatus(endpoint, machine.hostToken, STATUS_TIMEOUT_MS).catch(() => null);
  if (status?.error) return explainAndLearn(status, context);
  const detail = status ? formatDetail(status.stderrTail, context.redact) : undefined;
  if (timedOut)
    return explainHandshakeTimeout(
      context.log.firstStdoutLine ? `It wrote to standard output: ${context.log.firstStdoutLine}` : "",
      detail,
    );
  if (error instanceof HandshakeError) {
    // A server may stay alive and say in its answer what it misses.
    const missing = findMissingInputs([error.message], stored, given);
    if (missing.length > 0) {
      await context.demand(missing);
      return createMissingError(missing, given, context.redact, detail);
    }
    return new AppError(
      "handshake_failed",
      `The server does not answer as MCP asks: ${context.redact(error.message)}.`,
      {
        hint:
          explainLine(error.message, stored) ??
          "Its answers break the specification of MCP. Try another version of the package, or tell its maker.",
        detail,
      },
    );
  }
  if (status === null && error instanceof Error && !(error instanceof AppError))
    return createMachineGoneError(context, error);
  return error;
}

/** Explains a failure. Inputs that the server misses become required ones, so that the person is asked for them. */
async function explainAndLearn(status: HostStatus, context: StepContext): Promise<AppError> {
  const { stored, given } = context.open();
  const missing = findMissingInputs(status.stderrTail.map(stripTerminalCodes), stored, given);
  if (missing.length > 0) await context.demand(missing);
  return explainFailure(status, stored, context.redact, context.runtime, given);
}

/** Returns the machine's address, and starts the machine first where it does not run. */
async function startMachine(context: StepContext): Promise<Endpoint> {
  const before = context.machine();
  const machine = await context.runtime.start(before, context.open().machine, context.signal);
  context.signal.throwIfAborted();
  if (JSON.stringify(machine) !== JSON.stringify(before)) await context.saveMachine(machine);
  const endpoint = await context.runtime.endpoint(machine);
  if (endpoint) return endpoint;
  throw new AppError("machine_unavailable", "The machine stopped as soon as it was started.", { hint: "Retry." });
}

/** Probes mcp-host until its status is as wanted. Returns null when that takes too long. */
async function probeUntil(
  context: StepContext,
  endpoint: Endpoint,
  timeoutMs: number,
  isAsWanted: (status: HostStatus) => boolean,
): Promise<HostStatus | null> {
  const deadline = performance.now() + timeoutMs;
  const { hostToken } = context.open().machine;
  const silence = new MissedProbes(context);
  for (; performance.now() < deadline; await waitForNextProbe(context)) {
    context.signal.throwIfAborted();
    try {
      const status = await fetchHostStatus(endpoint, hostToken, STATUS_TIMEOUT_MS);
      if (isAsWanted(status)) return status;
      silence.reset();
    } catch (error) {
      await silence.record(error);
    }
  }
  return null;
}

/** Counts probes that a machine has not answered. */
class MissedProbes {
  readonly #context: StepContext;
  #looks = 0;
  #sinceMs: number | null = null;
  #describedMs = Number.NEGATIVE_INFINITY;

  constructor(context: StepContext) {
    this.#context = context;
  }

  reset(): void {
    this.#looks = 0;
    this.#sinceMs = null;
  }

  /** Records one more. Throws AppError when the machine cannot answer any more. */
  async record(cause: unknown): Promise<void> {
    const { runtime } = this.#context;
    const now = performance.now();
    this.#sinceMs ??= now;
    this.#looks++;
    if (runtime.sleeps && now - this.#describedMs < DESCRIBE_INTERVAL_MS) return;
    this.#describedMs = now;
    const description = await describe(this.#context);
    if (!description) return;
    if (description.problem) throw description.problem;
    const { state } = description;
    const isUp = state === "started" || (runtime.sleeps && (state === "sleeping" || state === "starting"));
    const isTooLong = runtime.sleeps ? now - this.#sinceMs > MAX_PLATFORM_SILENCE_MS : this.#looks > MAX_MISSED_PROBES;
    if (!isUp || isTooLong) throw await createMachineGoneError(this.#context, cause);
  }
}

/** Creates the error of a step that was resumed until its time was up, with what the platform says of the machine. */
export async function createNeverReadyError(context: StepContext): Promise<AppError> {
  const description = context.state.row.machine === null ? null : await describe(context).catch(() => null);
  if (description?.problem) return description.problem;
  if (description?.state === "started") {
    return new AppError("machine_unavailable", "The machine runs, and its server was not ready in time.", {
      hint: "See what it said in its log. A new address can take some minutes to be known everywhere: retry then.",
    });
  }
  return new AppError("machine_unavailable", "The machine was not ready in time.", {
    hint: "Retry. If it happens again, choose another region.",
    detail: description ? (description.reason ?? `It is ${description.state}.`) : undefined,
  });
}

/** Returns null during an outage of the platform. */
async function describe({ runtime, machine }: StepContext): Promise<MachineDescription | null> {
  try {
    return await runtime.describe(machine());
  } catch (error) {
    if (error instanceof AppError && error.retryAfterS !== undefined) return null;
    throw error;
  }
}

async function createMachineGoneError(context: StepContext, cause: unknown): Promise<AppError> {
  context.signal.throwIfAborted();
  const description = await describe(context);
  if (description?.problem) return description.problem;
  return new AppError("machine_unavailable", "The machine stopped while it was being set up.", {
    hint: context.runtime.sleeps ? "Retry." : "Retry. If it happens again, look at this host's memory and its log.",
    detail: description?.reason ?? undefined,
    cause,
  });
}

/** Waits until the next probe is due. Returns early when the run is aborted. */
async function waitForNextProbe({ runtime, timeouts, signal }: StepContext): Promise<void> {
  await sleep(runtime.sleeps ? PLATFORM_POLL_INTERVAL_MS : timeouts.pollMs, undefined, { signal }).catch(() => {});
}
