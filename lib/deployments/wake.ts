import { db } from "../db/client.ts";
import { Prisma } from "../db/generated/client.ts";
import { isDatabaseUnavailable } from "../db/unavailable.ts";
import { AppError } from "../errors/app-error.ts";
import { processWide } from "../process-wide.ts";
import { hostStatus } from "../runtime/host-client.ts";
import { runtimeNamed } from "../runtime/index.ts";
import type { Endpoint, MachineRef, Runtime } from "../runtime/runtime.ts";
import { notifyDeploymentChange } from "./events.ts";
import type { OpenedSpec } from "./machine-spec.ts";
import { notFound } from "./owned.ts";
import { errorOf } from "./present.ts";
import { untilIdle } from "./runner-state.ts";
import { openCached, redactOf } from "./spec-cache.ts";
import { causeOf } from "./steps/causes.ts";

const WAKE_TIMEOUT_MS = 90_000;
const STATUS_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

/** What it takes to start a machine again; kept in memory, so that it can be done while the database is away. */
export interface Wakeable {
  generation: number;
  runtime: Runtime;
  machine: MachineRef;
  opened: OpenedSpec;
}

const known = () => processWide("deployments.wakeable", () => new Map<string, Wakeable>());
const waking = () => processWide("deployments.waking", () => new Map<string, Promise<Endpoint>>());

/**
 * Starts a deployment's machine where it does not run, and waits until its server does: once for all who ask at the same
 * time. While its steps run, they are waited for instead.
 *
 * @throws AppError `not_found`; `conflict` when it was stopped by its owner; the cause for which it failed or does not start
 */
export function wakeDeployment(deploymentId: string): Promise<Endpoint> {
  const running = waking().get(deploymentId);
  if (running) return running;
  const wake = wakeNow(deploymentId).finally(() => waking().delete(deploymentId));
  waking().set(deploymentId, wake);
  return wake;
}

/** Keeps in memory what it takes to wake a deployment, once it is live. */
export function rememberWakeable(deploymentId: string, wakeable: Wakeable): void {
  known().set(deploymentId, wakeable);
}

/** A deployment was stopped or removed: it cannot be woken from memory any more. */
export function forgetWakeable(deploymentId: string): void {
  known().delete(deploymentId);
}

async function wakeNow(deploymentId: string): Promise<Endpoint> {
  await untilIdle(deploymentId);
  const wakeable = await load(deploymentId);
  const { runtime, machine, opened } = wakeable;
  const now = await runtime.start(machine, opened.machine);
  const endpoint = await runtime.endpoint(now);
  if (!endpoint)
    throw new AppError("machine_unavailable", "The machine stopped as soon as it was started.", { hint: "Try again." });
  await untilServerRuns(deploymentId, endpoint, opened);
  await record(deploymentId, wakeable, now);
  return endpoint;
}

async function load(deploymentId: string): Promise<Wakeable> {
  try {
    return await loadFromDatabase(deploymentId);
  } catch (error) {
    const remembered = known().get(deploymentId);
    if (remembered && isDatabaseUnavailable(error)) return remembered;
    throw error;
  }
}

async function loadFromDatabase(deploymentId: string): Promise<Wakeable> {
  const row = await db().deployment.findUnique({
    where: { id: deploymentId },
    include: { credentials: true, steps: { select: { name: true, status: true } } },
  });
  if (!row || row.desired === "deleted") throw notFound();
  if (row.desired === "stopped") {
    throw new AppError("conflict", "This deployment was stopped by its owner.", {
      hint: "Its owner can start it again.",
    });
  }
  if (row.machine === null || row.steps.some((step) => step.status !== "done")) throw notDeployed(row.error);
  const runtime = runtimeNamed(row.runtime);
  const machine = row.machine as MachineRef;
  const wakeable = { generation: row.generation, runtime, machine, opened: openCached(row, runtime.homePath(row.id)) };
  rememberWakeable(deploymentId, wakeable);
  return wakeable;
}

function notDeployed(error: unknown): AppError {
  const failure = errorOf(error);
  if (failure) return new AppError(failure.code, failure.message, { hint: failure.hint ?? undefined });
  return new AppError("conflict", "This deployment is not live yet.", { hint: "Try again in a moment." });
}

async function untilServerRuns(deploymentId: string, endpoint: Endpoint, opened: OpenedSpec): Promise<void> {
  const deadline = performance.now() + WAKE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const status = await hostStatus(endpoint, opened.machine.hostToken, STATUS_TIMEOUT_MS).catch(() => null);
    if (status?.phase === "running") return;
    if (status?.phase === "failed" || status?.phase === "backoff") {
      throw causeOf(status, opened.stored, redactOf(deploymentId));
    }
    if (!status || status.phase === "stopping") await requireAlive(deploymentId);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new AppError("machine_unavailable", "The server did not start in time.", { hint: "Try again." });
}

async function requireAlive(deploymentId: string): Promise<void> {
  const wakeable = known().get(deploymentId);
  const description = wakeable && (await wakeable.runtime.describe(wakeable.machine));
  if (description?.state === "started") return;
  throw new AppError("machine_unavailable", "The machine stopped while it was starting.", {
    hint: "Try again.",
    detail: description?.reason ?? undefined,
  });
}

/** Keeps what is true now; a deployment that was changed in the meantime is left to what changed it. */
async function record(deploymentId: string, wakeable: Wakeable, machine: MachineRef): Promise<void> {
  const { generation } = wakeable;
  try {
    const { count } = await db().deployment.updateMany({
      where: { id: deploymentId, generation, desired: "running", status: { in: ["live", "sleeping", "failing"] } },
      data: { status: "live", error: Prisma.DbNull, machine },
    });
    if (count > 0) return notifyDeploymentChange(deploymentId);
  } catch (error) {
    if (isDatabaseUnavailable(error)) return;
    throw error;
  }
  await untilIdle(deploymentId);
  const row = await db().deployment.findUnique({ where: { id: deploymentId }, select: { desired: true } });
  if (row?.desired === "running") return;
  if (!row) {
    await wakeable.runtime.destroy(deploymentId, machine);
    throw notFound();
  }
  await wakeable.runtime.stop(machine);
  throw new AppError("conflict", "This deployment was stopped by its owner.", {
    hint: "Its owner can start it again.",
  });
}
