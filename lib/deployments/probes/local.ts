import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getLocalRuntime } from "../../runtime/runtimes.ts";
import { processWide } from "../../util/process-wide.ts";
import { openCached, redactOf } from "../machine/spec-cache.ts";
import { causeOf } from "../steps/failure-causes.ts";
import { planRestart, runsAgain } from "./restarts.ts";
import type { MonitoredRow, Observed } from "./types.ts";

const STATUS_TIMEOUT_MS = 3_000;
/** A busy host may leave a machine without an answer once or twice. */
const MAX_SILENT_LOOKS = 3;

const silences = () => processWide("deployments.silences", () => new Map<string, number>());

/** How a machine of this host is; one that has ended is started again. Null when there is nothing to say yet. */
export async function lookAtChild(row: MonitoredRow): Promise<Observed | null> {
  const runtime = getLocalRuntime();
  const machineRef = row.machine as MachineRef | null;
  const endpoint = machineRef && (await runtime.endpoint(machineRef));
  if (!endpoint) return whileDead(row);
  runsAgain(row.id);
  try {
    const { machine, stored } = openCached(row, runtime.homePath(row.id));
    const status = await fetchHostStatus(endpoint, machine.hostToken, STATUS_TIMEOUT_MS);
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

function whileDead(row: MonitoredRow): Observed {
  silences().delete(row.id);
  const failure = planRestart(row);
  return failure ? { status: "failing", error: failure } : { status: "sleeping", error: null };
}
