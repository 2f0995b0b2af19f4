import { db } from "../db/client.ts";
import type { LogLine, MachineRef } from "../runtime/runtime.ts";
import { getRuntime } from "../runtime/runtimes.ts";
import { findOwnedDeployment } from "./commands/owned.ts";
import { onDeploymentChange } from "./events.ts";
import { createDeploymentRedact, openCachedSpec } from "./machine/spec-cache.ts";

/** What another process changes is looked for so often while there is nothing to read. */
const POLL_INTERVAL_MS = 5_000;

/**
 * A deployment's log, redacted: what is kept, oldest first, then what comes, until the signal aborts or the deployment is
 * gone.
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
    // Listened to before the row is read: a change in between is not missed.
    const changed = waitForChange(deploymentId, signal);
    const row = await db().deployment.findFirst({
      where: { id: deploymentId, ownerId: userId },
      include: { credentials: true },
    });
    if (!row) return;
    // A log that has come to its end says the same again until the machine is another.
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

/** Whether a deployment is still there; while the database is away it is. */
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
