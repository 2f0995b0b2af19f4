import { AppError, type ErrorBody } from "../../errors/app-error.ts";
import { isClearedByPlatform } from "../../errors/codes.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import type { MachineDescription, MachineRef, Runtime } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { parseErrorColumn } from "../error-column.ts";
import { createDeploymentRedact, openCachedSpec } from "../machine/spec-cache.ts";
import { explainFailure } from "../steps/failure-causes.ts";
import { recordRunning, scheduleRestart } from "./restarts.ts";
import type { MonitoredRow, ProbeResult } from "./types.ts";

const STATUS_TIMEOUT_MS = 5_000;
/** Time after a call in which a probe may ask the server itself: the call keeps the machine awake anyway. */
const IN_USE_MS = 60_000;
/** Time after a failure in which probes ask the server whether it has recovered. Without a limit its machine would never sleep. */
const RECOVERY_WINDOW_MS = 10 * 60_000;

/**
 * Probes a machine of a platform by one request to the platform, which does not wake it. A machine that sleeps is healthy.
 * Returns null when the state is not known, as during an outage of the platform.
 */
export async function probePlatformMachine(row: MonitoredRow): Promise<ProbeResult | null> {
  const runtime = getRuntime(row.runtime);
  if (row.machine === null) return toMissing();
  let seen: MachineDescription;
  try {
    seen = await runtime.describe(row.machine as MachineRef);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) {
      console.error(`The machine of ${row.id} could not be looked at:`, thrown);
      return null;
    }
    return thrown.retryAfterS === undefined ? toFailing(thrown.toBody()) : null;
  }
  if (seen.problem) return toFailing(seen.problem.toBody());
  switch (seen.state) {
    case "started":
      recordRunning(row.id);
      return probeAwake(row, runtime);
    case "sleeping":
    case "stopped":
      return row.alwaysOn ? probeStopped(row) : probeAsleep(row, runtime);
    case "starting":
      return null;
    case "absent":
      return toMissing();
    case "failed":
      return toFailing(
        new AppError("machine_unavailable", "The machine could not be brought up.", {
          hint: "Repair it, or restart the deployment.",
          detail: seen.reason ?? undefined,
        }).toBody(),
      );
  }
}

async function probeAwake(row: MonitoredRow, runtime: Runtime): Promise<ProbeResult | null> {
  const since = (time: Date | null) => (time ? Date.now() - time.getTime() : Number.POSITIVE_INFINITY);
  const isInUse = since(row.lastCallAt) <= IN_USE_MS;
  const before = row.status === "failing" ? parseErrorColumn(row.error)?.code : undefined;
  // For these causes a started machine is the proof that they are over.
  const isOver = before === undefined || before === "no_capacity" || isClearedByPlatform(before);
  if (!isInUse && isOver) return { status: "live", error: null };
  if (!isInUse && since(row.updatedAt) > RECOVERY_WINDOW_MS) return null;
  const endpoint = await runtime.endpoint(row.machine as MachineRef);
  if (!endpoint) return null;
  try {
    const { machine, stored } = openCachedSpec(row, runtime.homePath(row.id));
    const status = await fetchHostStatus(endpoint, machine.hostToken, STATUS_TIMEOUT_MS);
    if (status.phase === "running") return { status: "live", error: null };
    const isBroken = status.phase === "backoff" || status.phase === "failed";
    return isBroken
      ? toFailing(explainFailure(status, stored, createDeploymentRedact(row.id), runtime).toBody())
      : null;
  } catch (thrown) {
    // The machine may be suspending, or the network disturbed: the platform tells at the next probe.
    return thrown instanceof AppError ? toFailing(thrown.toBody()) : null;
  }
}

function probeAsleep(row: MonitoredRow, runtime: Runtime): ProbeResult | null {
  const before = row.status === "failing" ? parseErrorColumn(row.error) : null;
  if (!before || isClearedByPlatform(before.code)) return { status: "sleeping", error: null };
  if (before.code === "encryption_key_missing" && canOpenCredentials(row, runtime))
    return { status: "sleeping", error: null };
  return null;
}

/** Restarts a stopped machine that should always be on, as one of this host is restarted. */
function probeStopped(row: MonitoredRow): ProbeResult {
  const failure = scheduleRestart(row);
  return failure ? toFailing(failure) : { status: "sleeping", error: null };
}

function canOpenCredentials(row: MonitoredRow, runtime: Runtime): boolean {
  try {
    openCachedSpec(row, runtime.homePath(row.id));
    return true;
  } catch {
    return false;
  }
}

function toFailing(error: ErrorBody): ProbeResult {
  return { status: "failing", error };
}

function toMissing(): ProbeResult {
  const error = new AppError("machine_missing", "The machine does not exist.", {
    hint: "Select Repair to recreate the machine.",
  });
  return toFailing(error.toBody());
}
