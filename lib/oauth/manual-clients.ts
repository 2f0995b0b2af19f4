import { randomBytes } from "node:crypto";
import { z } from "zod";
import { recordChange } from "../admin-log/record.ts";
import { encrypt } from "../crypto/cipher.ts";
import { clientSecretPlace } from "../crypto/fields.ts";
import { createSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { announceAccessChange } from "../deployments/commands/end-access.ts";
import { createNotFoundError, findChangeableDeployment, findOwnedDeployment } from "../deployments/commands/owned.ts";
import { AppError } from "../errors/app-error.ts";
import { ClientMetadataError, tidyClientMetadata } from "./clients/metadata.ts";

const MAX_MANUAL_CLIENTS = 50;

/** A client whose id and secret the owner made by hand. Times are ISO 8601. */
export interface ManualClientView {
  /** The client id. */
  id: string;
  name: string;
  redirectUris: string[];
  createdAt: string;
}

const metadataSchema = z.object({ client_name: z.string(), redirect_uris: z.array(z.string()) });

/**
 * Makes a client id and secret for one deployment, for dialogs that ask for them. The secret is in this answer and nowhere else.
 *
 * @param redirectUris where the client has people sent back to, as its dialog or its documentation says
 * @throws AppError `not_found`, `conflict` when there are too many, `invalid_request` with the field `redirect_uris`
 */
export async function createManualClient(
  userId: string,
  deploymentId: string,
  { name, redirectUris }: { name: string; redirectUris: string[] },
): Promise<{ clientId: string; clientSecret: string }> {
  const deployment = await findChangeableDeployment(userId, deploymentId);
  if ((await db().oAuthClient.count({ where: { deploymentId: deployment.id } })) >= MAX_MANUAL_CLIENTS) {
    throw new AppError("conflict", `A deployment can have ${MAX_MANUAL_CLIENTS} client ids.`, {
      hint: "Delete one that is no longer used.",
    });
  }
  const clientId = `cwm_${randomBytes(18).toString("base64url")}`;
  const clientSecret = createSecretToken("cws_");
  const metadata = readMetadata({ client_name: name, redirect_uris: redirectUris }, clientId);
  await db().$transaction([
    db().oAuthClient.create({
      data: {
        id: clientId,
        deploymentId: deployment.id,
        metadata: { ...metadata },
        secretCiphertext: encrypt(clientSecret, clientSecretPlace(clientId)),
      },
    }),
    recordChange(db(), {
      action: "key.client-id-created",
      userId,
      summary: `Created the client id ${clientId} for “${deployment.name}”.`,
    }),
  ]);
  return { clientId, clientSecret };
}

function readMetadata(raw: unknown, clientId: string) {
  try {
    return tidyClientMetadata(raw, clientId, "client_secret_post");
  } catch (error) {
    if (!(error instanceof ClientMetadataError)) throw error;
    const message = "Enter addresses that begin with https://, http://localhost or http://127.0.0.1, ten at most.";
    throw new AppError("invalid_request", "This client id cannot be made.", { fields: { redirect_uris: message } });
  }
}

/** The client ids that were made by hand for a deployment, the newest first. Throws AppError `not_found`. */
export async function listManualClients(userId: string, deploymentId: string): Promise<ManualClientView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const rows = await db().oAuthClient.findMany({
    where: { deploymentId: deployment.id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  return rows.map((row) => {
    const { client_name: name, redirect_uris: redirectUris } = metadataSchema.parse(row.metadata);
    return { id: row.id, name, redirectUris, createdAt: row.createdAt.toISOString() };
  });
}

/** Deletes a client id with everything that it was allowed. Throws AppError `not_found`. */
export async function deleteManualClient(userId: string, deploymentId: string, clientId: string): Promise<void> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  await db().$transaction(async (tx) => {
    const { count } = await tx.oAuthClient.deleteMany({ where: { id: clientId, deploymentId: deployment.id } });
    if (count === 0) throw createNotFoundError("client id");
    await tx.connectedClient.deleteMany({ where: { clientId, deploymentId: deployment.id } });
    const summary = `Deleted the client id ${clientId} of “${deployment.name}”, with its connections.`;
    await recordChange(tx, { action: "key.client-id-deleted", userId, summary });
  });
  await announceAccessChange(deployment.id);
}
