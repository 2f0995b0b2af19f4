import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getLocalRuntime } from "../../runtime/runtimes.ts";
import { processWide } from "../../util/process-wide.ts";
import { createDeploymentRedact, openCachedSpec } from "../machine/spec-cache.ts";
import { explainFailure } from "../steps/failure-causes.ts";
import { recordRunning, scheduleRestart } from "./restarts.ts";
import type { MonitoredRow, ProbeResult } from "./types.ts";

const STATUS_TIMEOUT_MS = 3_000;
/** Consecutive probes without an answer after which a machine counts as failing. A busy host misses one or two. */
const MAX_MISSED_PROBES = 3;

const missedProbes = () => processWide("deployments.silences", () => new Map<string, number>());

/** Probes a machine of this host and restarts one that has exited. Returns null while the state is not known. */
export async function probeLocalMachine(row: MonitoredRow): Promise<ProbeResult | null> {
  const runtime = getLocalRuntime();
  const machineRef = row.machine as MachineRef | null;
  const endpoint = machineRef && (await runtime.endpoint(machineRef));
  if (!endpoint) return probeExited(row);
  recordRunning(row.id);
  try {
    const { machine, stored, given } = openCachedSpec(row, runtime.homePath(row.id));
    const status = await fetchHostStatus(endpoint, machine.hostToken, STATUS_TIMEOUT_MS);
    missedProbes().delete(row.id);
    if (status.phase === "backoff" || status.phase === "failed") {
      const failure = explainFailure(status, stored, createDeploymentRedact(row.id), runtime, given);
      return { status: "failing", error: failure.toBody() };
    }
    return status.phase === "running" ? { status: "live", error: null } : null;
  } catch (thrown) {
    if (thrown instanceof AppError) return { status: "failing", error: thrown.toBody() };
    if (!(machineRef && (await runtime.endpoint(machineRef)))) return probeExited(row);
    const silent = (missedProbes().get(row.id) ?? 0) + 1;
    missedProbes().set(row.id, silent);
    if (silent < MAX_MISSED_PROBES) return null;
    const error = new AppError("machine_unavailable", "The machine does not answer.", {
      hint: "Restart the deployment.",
    });
    return { status: "failing", error: error.toBody() };
  }
}

function probeExited(row: MonitoredRow): ProbeResult {
  missedProbes().delete(row.id);
  const failure = scheduleRestart(row);
  return failure ? { status: "failing", error: failure } : { status: "sleeping", error: null };
}
