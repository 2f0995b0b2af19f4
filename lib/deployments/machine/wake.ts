import { setTimeout as sleep } from "node:timers/promises";
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import type { Endpoint, MachineRef, Runtime } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { processWide } from "../../util/process-wide.ts";
import { createNotFoundError } from "../commands/owned.ts";
import { parseErrorColumn } from "../error-column.ts";
import { notifyDeploymentChange } from "../events.ts";
import { waitUntilIdle } from "../reconcile/worker-state.ts";
import { storableJson } from "../redact.ts";
import { explainFailure } from "../steps/failure-causes.ts";
import type { OpenedSpec } from "./machine-spec.ts";
import { createDeploymentRedact, openCachedSpec } from "./spec-cache.ts";

const WAKE_TIMEOUT_MS = 90_000;
const STATUS_TIMEOUT_MS = 5_000;
/** Time between two probes of mcp-host: on this host, and at a platform, which counts each request. */
const POLL_INTERVAL_MS = { host: 100, platform: 500 };
/** Time between two reads of a deployment whose steps another process runs. */
const STEPS_POLL_INTERVAL_MS = 500;
/** Time between two requests to the runtime about a machine whose mcp-host does not answer. */
const DESCRIBE_INTERVAL_MS = 2_000;
/** Errors that are transient or not the machine's: they do not change the deployment's status. */
const UNRECORDED_CODES = new Set(["conflict", "not_found", "database_unavailable", "internal"]);

/** All that starting a machine needs. Kept in memory, so that a database outage does not prevent it. */
export interface Wakeable {
  generation: number;
  runtime: Runtime;
  machine: MachineRef;
  opened: OpenedSpec;
}

/** The deployments whose machines this process is starting. */
const waking = () => processWide("deployments.waking", () => new Map<string, Promise<Endpoint>>());
const wakeables = () => processWide("deployments.wakeable", () => new Map<string, Wakeable>());

/**
 * Wakes a deployment's machine and waits until its server runs. Concurrent callers share one wake. While the deployment's steps
 * run, it waits for them instead.
 *
 * @throws AppError `not_found`; `conflict` when the owner has stopped it; the cause when it failed or does not start
 */
export function wakeDeployment(deploymentId: string): Promise<Endpoint> {
  const running = waking().get(deploymentId);
  if (running) return running;
  const wake = wakeOnce(deploymentId).finally(() => waking().delete(deploymentId));
  waking().set(deploymentId, wake);
  return wake;
}

/** Returns whether this process is starting a deployment's machine. */
export function isWaking(deploymentId: string): boolean {
  return waking().has(deploymentId);
}

/** Keeps in memory what waking a live deployment needs. */
export function rememberWakeable(deploymentId: string, wakeable: Wakeable): void {
  wakeables().set(deploymentId, wakeable);
}

/** Drops what waking needs, after a deployment was stopped or removed. */
export function forgetWakeable(deploymentId: string): void {
  wakeables().delete(deploymentId);
}

async function wakeOnce(deploymentId: string): Promise<Endpoint> {
  await waitUntilIdle(deploymentId);
  const wakeable = await loadWakeable(deploymentId);
  const { machine, endpoint } = await startMachine(deploymentId, wakeable).catch(async (thrown: unknown) => {
    await recordFailure(deploymentId, wakeable, thrown);
    throw thrown;
  });
  const isCurrent = await recordWake(deploymentId, wakeable, machine);
  // The deployment was changed, or a secondary machine has taken over: wake what is current now.
  return isCurrent ? endpoint : wakeOnce(deploymentId);
}

async function startMachine(
  deploymentId: string,
  wakeable: Wakeable,
): Promise<{ machine: MachineRef; endpoint: Endpoint }> {
  const { runtime, opened } = wakeable;
  const machine = await runtime.start(wakeable.machine, opened.machine);
  const endpoint = await runtime.endpoint(machine);
  if (!endpoint)
    throw new AppError("machine_unavailable", "The machine stopped as soon as it was started.", { hint: "Try again." });
  await waitForServer(deploymentId, { ...wakeable, machine }, endpoint);
  return { machine, endpoint };
}

/** Reads what waking needs, and waits while any process runs the deployment's steps. */
async function loadWakeable(deploymentId: string): Promise<Wakeable> {
  const deadline = performance.now() + WAKE_TIMEOUT_MS;
  for (;;) {
    try {
      const wakeable = await readWakeable(deploymentId);
      if (wakeable) return wakeable;
    } catch (error) {
      const remembered = wakeables().get(deploymentId);
      if (remembered && isDatabaseUnavailable(error)) return remembered;
      throw error;
    }
    if (performance.now() > deadline) throw createNotLiveError(null);
    await sleep(STEPS_POLL_INTERVAL_MS);
    await waitUntilIdle(deploymentId);
  }
}

/** Returns null while the deployment's steps run. */
async function readWakeable(deploymentId: string): Promise<Wakeable | null> {
  const row = await db().deployment.findUnique({
    where: { id: deploymentId },
    include: { credentials: true, steps: { select: { name: true, status: true } } },
    omit: { tools: true, lists: true, handshake: true },
  });
  if (!row || row.desired === "deleted") throw createNotFoundError();
  if (row.desired === "stopped") {
    throw new AppError("conflict", "This deployment was stopped by its owner.", {
      hint: "Its owner can start it again.",
    });
  }
  if (row.status === "pending" || row.status === "deploying") return null;
  if (row.machine === null || row.steps.some((step) => step.status !== "done")) throw createNotLiveError(row.error);
  const runtime = getRuntime(row.runtime);
  const machine = row.machine as MachineRef;
  const wakeable = {
    generation: row.generation,
    runtime,
    machine,
    opened: openCachedSpec(row, runtime.homePath(row.id)),
  };
  rememberWakeable(deploymentId, wakeable);
  return wakeable;
}

function createNotLiveError(error: unknown): AppError {
  const failure = parseErrorColumn(error);
  if (failure) return new AppError(failure.code, failure.message, { hint: failure.hint ?? undefined });
  return new AppError("conflict", "This deployment is not live yet.", { hint: "Try again in a moment." });
}

async function waitForServer(deploymentId: string, wakeable: Wakeable, endpoint: Endpoint): Promise<void> {
  const { runtime, opened } = wakeable;
  const deadline = performance.now() + WAKE_TIMEOUT_MS;
  let describedAt = Number.NEGATIVE_INFINITY;
  while (performance.now() < deadline) {
    const status = await fetchHostStatus(endpoint, opened.machine.hostToken, STATUS_TIMEOUT_MS).catch(() => null);
    if (status?.phase === "running") return;
    if (status?.phase === "failed" || status?.phase === "backoff") {
      throw explainFailure(status, opened.stored, createDeploymentRedact(deploymentId), runtime, opened.given);
    }
    const isSilent = !status || status.phase === "stopping";
    if (isSilent && (!runtime.sleeps || performance.now() - describedAt >= DESCRIBE_INTERVAL_MS)) {
      await requireReachable(wakeable);
      describedAt = performance.now();
    }
    await sleep(runtime.sleeps ? POLL_INTERVAL_MS.platform : POLL_INTERVAL_MS.host);
  }
  throw new AppError("machine_unavailable", "The server did not start in time.", { hint: "Try again." });
}

/** Throws AppError when a machine cannot answer any more. A suspended one is woken by the next request to it. */
async function requireReachable({ runtime, machine }: Wakeable): Promise<void> {
  const { state, reason, problem } = await runtime.describe(machine);
  if (problem) throw problem;
  if (state === "started" || (runtime.sleeps && (state === "starting" || state === "sleeping"))) return;
  throw new AppError("machine_unavailable", "The machine stopped while it was starting.", {
    hint: "Try again.",
    detail: reason ?? undefined,
  });
}

/** Saves why a platform's machine could not be woken. On this host the probes do that, and restart it. */
async function recordFailure(deploymentId: string, wakeable: Wakeable, thrown: unknown): Promise<void> {
  if (!wakeable.runtime.sleeps) return;
  if (!(thrown instanceof AppError) || thrown.retryAfterS !== undefined || UNRECORDED_CODES.has(thrown.code)) return;
  const error = storableJson(thrown.toBody()) as unknown as Prisma.InputJsonValue;
  const { count } = await db()
    .deployment.updateMany({
      where: {
        id: deploymentId,
        generation: wakeable.generation,
        desired: "running",
        status: { in: ["live", "sleeping", "failing"] },
      },
      data: { status: "failing", error },
    })
    .catch(() => ({ count: 0 }));
  if (count > 0) notifyDeploymentChange(deploymentId);
}

/** Saves the woken machine. Returns false when the deployment was changed meanwhile and should be woken as it is now. */
async function recordWake(deploymentId: string, wakeable: Wakeable, machine: MachineRef): Promise<boolean> {
  const { generation } = wakeable;
  try {
    const { count } = await db().deployment.updateMany({
      where: { id: deploymentId, generation, desired: "running", status: { in: ["live", "sleeping", "failing"] } },
      data: { status: "live", error: Prisma.DbNull, machine },
    });
    if (count > 0) {
      notifyDeploymentChange(deploymentId);
      return true;
    }
  } catch (error) {
    if (isDatabaseUnavailable(error)) return true;
    throw error;
  }
  await waitUntilIdle(deploymentId);
  const row = await db().deployment.findUnique({ where: { id: deploymentId }, select: { desired: true } });
  if (row?.desired === "running") return false;
  if (!row) {
    await wakeable.runtime.destroy(deploymentId, machine);
    throw createNotFoundError();
  }
  await wakeable.runtime.stop(machine);
  throw new AppError("conflict", "This deployment was stopped by its owner.", {
    hint: "Its owner can start it again.",
  });
}
