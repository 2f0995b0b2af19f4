import { db } from "../db/client.ts";
import type { LogLine, MachineRef } from "../runtime/runtime.ts";
import { getRuntime } from "../runtime/runtimes.ts";
import { findOwnedDeployment } from "./commands/owned.ts";
import { onDeploymentChange } from "./events.ts";
import { createDeploymentRedact, openCachedSpec } from "./machine/spec-cache.ts";

/** Time between two checks for changes by other processes. */
const POLL_INTERVAL_MS = 5_000;

/**
 * Streams a deployment's log, redacted: the kept lines, oldest first, then new ones, until the signal aborts or the deployment is
 * deleted.
 *
 * @throws AppError `not_found`, before the first line
 */
export async function* streamLogs(userId: string, deploymentId: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  await findOwnedDeployment(userId, deploymentId);
  const gone = new AbortController();
  const look = () => void exists(deploymentId).then((there) => there || gone.abort());
  const unsubscribe = onDeploymentChange((id) => id === deploymentId && look());
  const timer = setInterval(look, POLL_INTERVAL_MS);
  try {
    yield* followLogs(userId, deploymentId, AbortSignal.any([signal, gone.signal]));
  } finally {
    clearInterval(timer);
    unsubscribe();
  }
}

async function* followLogs(userId: string, deploymentId: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  let readTo: number | null = null;
  while (!signal.aborted) {
    // Subscribe before reading the row, so that no change in between is lost.
    const changed = waitForChange(deploymentId, signal);
    const row = await db().deployment.findFirst({
      where: { id: deploymentId, ownerId: userId },
      include: { credentials: true },
    });
    if (!row) return;
    // An ended log repeats itself until the generation is another.
    const isReadable = row.machine !== null && row.hostTokenCiphertext !== null && row.generation !== readTo;
    if (isReadable && row.desired !== "deleted") {
      const runtime = getRuntime(row.runtime);
      const { machine } = openCachedSpec(row, runtime.homePath(row.id));
      for await (const line of runtime.logs(row.machine as MachineRef, machine.hostToken, signal)) {
        yield { ...line, line: createDeploymentRedact(deploymentId)(line.line) };
      }
      readTo = row.generation;
    }
    await changed;
  }
}

/** Returns whether a deployment exists. During a database outage it counts as existing. */
async function exists(deploymentId: string): Promise<boolean> {
  return (
    (await db()
      .deployment.count({ where: { id: deploymentId } })
      .catch(() => 1)) > 0
  );
}

function waitForChange(deploymentId: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = onDeploymentChange((id) => {
      if (id === deploymentId) done();
    });
    const timer = setTimeout(done, POLL_INTERVAL_MS);
    function done() {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
