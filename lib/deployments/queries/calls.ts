import { db } from "../../db/client.ts";
import { findOwnedDeployment } from "../commands/owned.ts";
import type { CallView } from "../view.ts";

const MAX_CALLS = 500;

/**
 * Returns the last calls of a deployment, the newest first.
 *
 * @param limit the largest number of calls, 500 at most
 * @throws AppError `not_found`
 */
export async function listCalls(userId: string, deploymentId: string, limit = 100): Promise<CallView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const rows = await db().callRecord.findMany({
    where: { deploymentId: deployment.id },
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: Math.min(MAX_CALLS, Math.max(1, Math.trunc(limit))),
    include: {
      accessKey: { select: { name: true } },
      connectedClient: { select: { clientName: true, user: { select: { email: true } } } },
    },
  });
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    method: row.method,
    target: row.target,
    httpStatus: row.httpStatus,
    errorCode: row.errorCode,
    durationMs: row.durationMs,
    requestBytes: row.requestBytes,
    responseBytes: row.responseBytes,
    client: row.client,
    accessKey: row.accessKey?.name ?? null,
    connectedClient: row.connectedClient && {
      name: row.connectedClient.clientName,
      person: row.connectedClient.user.email,
    },
  }));
}
