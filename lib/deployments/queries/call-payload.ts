import { decrypt } from "../../crypto/cipher.ts";
import { callPayloadPlaces } from "../../crypto/fields.ts";
import { db } from "../../db/client.ts";
import { isUuid } from "../../util/uuid.ts";
import { createNotFoundError, findOwnedDeployment } from "../commands/owned.ts";
import type { CallPayloadView } from "../view.ts";

/**
 * Returns what a client sent and got in a call, for the deployment's owner.
 *
 * @throws AppError `not_found`, also where nothing was recorded; `encryption_key_missing` when no configured key opens it
 */
export async function getCallPayload(userId: string, deploymentId: string, callId: string): Promise<CallPayloadView> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const row = isUuid(callId)
    ? await db().callPayload.findFirst({ where: { callId, deploymentId: deployment.id } })
    : null;
  if (row === null) throw createNotFoundError("recorded payload");
  const places = callPayloadPlaces(deployment.id, callId);
  return {
    request: decrypt(row.requestCiphertext, places.request),
    response: decrypt(row.responseCiphertext, places.response),
    isCut: row.isCut,
  };
}
