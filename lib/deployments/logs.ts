import { db } from "../db/client.ts";
import { runtimeNamed } from "../runtime/index.ts";
import type { LogLine, MachineRef } from "../runtime/runtime.ts";
import { onDeploymentChange } from "./events.ts";
import { ownedDeployment } from "./owned.ts";
import { openCached, redactOf } from "./spec-cache.ts";

/**
 * A deployment's log, redacted: what is kept, oldest first, then what comes, until the signal aborts or the deployment is
 * gone.
 *
 * @throws AppError `not_found`, before the first line
 */
export async function* deploymentLogs(
  userId: string,
  deploymentId: string,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  await ownedDeployment(userId, deploymentId);
  const gone = new AbortController();
  const unsubscribe = onDeploymentChange((id) => {
    if (id === deploymentId) void exists(deploymentId).then((there) => there || gone.abort());
  });
  try {
    yield* follow(userId, deploymentId, AbortSignal.any([signal, gone.signal]));
  } finally {
    unsubscribe();
  }
}

async function* follow(userId: string, deploymentId: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  while (!signal.aborted) {
    // Listened to before the row is read: a change in between is not missed.
    const changed = nextChange(deploymentId, signal);
    const row = await db().deployment.findFirst({
      where: { id: deploymentId, ownerId: userId },
      include: { credentials: true },
    });
    if (!row) return;
    if (row.machine !== null && row.hostTokenCiphertext !== null && row.desired !== "deleted") {
      const runtime = runtimeNamed(row.runtime);
      const { machine } = openCached(row, runtime.homePath(row.id));
      for await (const line of runtime.logs(row.machine as MachineRef, machine.hostToken, signal)) {
        yield { ...line, line: redactOf(deploymentId)(line.line) };
      }
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

function nextChange(deploymentId: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = onDeploymentChange((id) => {
      if (id === deploymentId) done();
    });
    function done() {
      unsubscribe();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
