import { db } from "../db/client.ts";
import { Prisma } from "../db/generated/client.ts";
import { AppError, type ErrorBody, toAppError } from "../errors/app-error.ts";
import { processWide } from "../process-wide.ts";
import { hostStatus } from "../runtime/host-client.ts";
import { localRuntime } from "../runtime/index.ts";
import type { MachineRef } from "../runtime/runtime.ts";
import { notifyDeploymentChange } from "./events.ts";
import { storableJson } from "./redact.ts";
import { openCached, redactOf } from "./spec-cache.ts";
import { causeOf } from "./steps/causes.ts";
import { wakeDeployment } from "./wake.ts";

const STATUS_TIMEOUT_MS = 3_000;
/** A busy host may leave a machine without an answer once or twice. */
const MAX_SILENT_LOOKS = 3;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** A machine that has run this long was not broken from the start. */
const HEALTHY_MS = 60_000;
/** Machines are started two at a time, so that a host that comes up is not overrun. */
const MAX_STARTS = 2;

interface Restart {
  /** Of the deployment when the restart was planned: a change of it makes a fresh start. */
  generation: number;
  attempts: number;
  /** On the monotonic clock; infinite where trying again makes no sense before something is changed. */
  notBeforeMs: number;
  startedAtMs: number;
  running: boolean;
  failure: ErrorBody | null;
}

interface Observed {
  status: "live" | "sleeping" | "failing";
  error: ErrorBody | null;
}

const silences = () => processWide("deployments.silences", () => new Map<string, number>());
const restarts = () => processWide("deployments.restarts", () => new Map<string, Restart>());

/**
 * Looks at the machines of this host whose deployments are complete and should run, makes the status column say what is
 * true, and starts again what has died, with growing pauses.
 *
 * @param only one deployment's id; all of them when absent
 */
export async function observeMachines(only?: string): Promise<void> {
  const rows = await db().deployment.findMany({
    where: {
      ...(only !== undefined && { id: only }),
      runtime: "local",
      desired: "running",
      status: { in: ["live", "sleeping", "failing"] },
      steps: { every: { status: "done" } },
    },
    include: { credentials: true },
  });
  if (only === undefined) forgetOthers(rows.map((row) => row.id));
  await Promise.all(rows.map((row) => observe(row)));
}

type Row = Prisma.DeploymentGetPayload<{ include: { credentials: true } }>;

async function observe(row: Row): Promise<void> {
  const seen = await look(row);
  if (!seen) return;
  const error = seen.error && storableJson(seen.error);
  if (seen.status === row.status && sameError(row.error, error)) return;
  const { count } = await db().deployment.updateMany({
    // Whoever has changed it since knows better.
    where: { id: row.id, generation: row.generation, desired: "running", status: row.status },
    data: { status: seen.status, error: error === null ? Prisma.DbNull : (error as unknown as Prisma.InputJsonValue) },
  });
  if (count > 0) notifyDeploymentChange(row.id);
}

/** Null when there is nothing to say yet. */
async function look(row: Row): Promise<Observed | null> {
  const runtime = localRuntime();
  const machineRef = row.machine as MachineRef | null;
  const endpoint = machineRef && (await runtime.endpoint(machineRef));
  if (!endpoint) return whileDead(row);
  const restart = restarts().get(row.id);
  if (restart && performance.now() - restart.startedAtMs > HEALTHY_MS) restarts().delete(row.id);
  try {
    const { machine, stored } = openCached(row, runtime.homePath(row.id));
    const status = await hostStatus(endpoint, machine.hostToken, STATUS_TIMEOUT_MS);
    silences().delete(row.id);
    if (status.phase === "backoff" || status.phase === "failed") {
      return { status: "failing", error: causeOf(status, stored, redactOf(row.id)).toBody() };
    }
    return status.phase === "running" ? { status: "live", error: null } : null;
  } catch (thrown) {
    if (thrown instanceof AppError) return { status: "failing", error: thrown.toBody() };
    if (!(machineRef && (await runtime.endpoint(machineRef)))) return whileDead(row);
    const silent = (silences().get(row.id) ?? 0) + 1;
    silences().set(row.id, silent);
    if (silent < MAX_SILENT_LOOKS) return null;
    const error = new AppError("machine_unavailable", "The machine does not answer.", {
      hint: "Restart the deployment.",
    });
    return { status: "failing", error: error.toBody() };
  }
}

function whileDead(row: Row): Observed {
  silences().delete(row.id);
  const failure = planRestart(row);
  return failure ? { status: "failing", error: failure } : { status: "sleeping", error: null };
}

/** Starts a machine again when its pause is over. Gives why the last attempt failed, if it did. */
function planRestart(row: Row): ErrorBody | null {
  const all = restarts();
  let restart = all.get(row.id);
  if (!restart || restart.generation !== row.generation) {
    restart = {
      generation: row.generation,
      attempts: 0,
      notBeforeMs: 0,
      startedAtMs: 0,
      running: false,
      failure: null,
    };
    all.set(row.id, restart);
  }
  const now = performance.now();
  const busy = [...all.values()].filter((other) => other.running).length;
  if (!restart.running && now >= restart.notBeforeMs && busy < MAX_STARTS) void restartNow(row.id, restart);
  return restart.failure;
}

async function restartNow(deploymentId: string, restart: Restart): Promise<void> {
  restart.running = true;
  restart.attempts++;
  restart.startedAtMs = performance.now();
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (restart.attempts - 1));
  try {
    await wakeDeployment(deploymentId);
    restart.failure = null;
    restart.notBeforeMs = performance.now() + pauseMs;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(`Starting the machine of ${deploymentId} again failed:`, thrown);
    restart.failure = error.toBody();
    // A value that no key opens stays so until somebody acts; the next start of Catwalk looks again.
    restart.notBeforeMs =
      error.code === "encryption_key_missing" ? Number.POSITIVE_INFINITY : performance.now() + pauseMs;
  } finally {
    restart.running = false;
  }
  // Not a tick later: others may be waiting for their turn, and the page for the truth.
  await observeMachines().catch(() => {});
}

function forgetOthers(ids: string[]): void {
  const present = new Set(ids);
  for (const [id, restart] of restarts()) if (!present.has(id) && !restart.running) restarts().delete(id);
}

function sameError(before: unknown, after: ErrorBody | null): boolean {
  const code = (value: unknown) => (typeof value === "object" && value !== null && "code" in value ? value.code : null);
  return code(before) === code(after);
}
