import { createHash } from "node:crypto";
import { z } from "zod";
import { decrypt, encrypt } from "../../crypto/cipher.ts";
import { clientSecretPlace } from "../../crypto/fields.ts";
import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { UNUSED_REGISTRATION_S } from "../lifetimes.ts";
import type { Payload } from "../records.ts";
import { type ClientMetadata, tidyClientMetadata } from "./metadata.ts";

const authMethodSchema = z
  .object({ token_endpoint_auth_method: z.enum(["none", "client_secret_post", "client_secret_basic"]).catch("none") })
  .catch({ token_endpoint_auth_method: "none" });

/** A renewal of a registration in use is written at most this often. */
const TOUCH_EVERY_MS = 60 * 60 * 1_000;

/**
 * A registration request's body (RFC 7591, section 3.1) as oidc-provider takes it. The client_id that it will get is not in it.
 *
 * @throws ClientMetadataError
 */
export function tidyRegistration(raw: unknown): Omit<ClientMetadata, "client_id"> {
  const { token_endpoint_auth_method } = authMethodSchema.parse(raw);
  const { client_id: _, ...metadata } = tidyClientMetadata(raw, "", token_endpoint_auth_method);
  return metadata;
}

/**
 * The id for a registration. Public clients with the same metadata share one: such a registration proves nothing about who made it,
 * and clients that register at each connection would fill the table.
 *
 * @returns null for a confidential client, which gets one of its own
 */
export function sharedClientId(metadata: Omit<ClientMetadata, "client_id">): string | null {
  if (metadata.token_endpoint_auth_method !== "none") return null;
  const { client_name, client_uri = null, redirect_uris } = metadata;
  const text = JSON.stringify([client_name, client_uri, redirect_uris.toSorted()]);
  return `cwp_${createHash("sha256").update(text).digest("base64url").slice(0, 32)}`;
}

/** Keeps a registration, its secret encrypted. */
export async function saveRegistration(clientId: string, payload: Payload): Promise<void> {
  const { client_secret: secret, ...metadata } = payload;
  const data = {
    metadata: metadata as Prisma.InputJsonObject,
    secretCiphertext: typeof secret === "string" ? encrypt(secret, clientSecretPlace(clientId)) : null,
    lastUsedAt: new Date(),
  };
  await db().oAuthClient.upsert({ where: { id: clientId }, create: { id: clientId, ...data }, update: data });
}

/** A registered client's metadata, its secret included; undefined when there is none. Using it renews it. */
export async function findRegistration(clientId: string): Promise<Payload | undefined> {
  const row = await db().oAuthClient.findUnique({ where: { id: clientId } });
  if (row === null) return undefined;
  if (Date.now() - row.lastUsedAt.getTime() > TOUCH_EVERY_MS) {
    await db().oAuthClient.updateMany({ where: { id: clientId }, data: { lastUsedAt: new Date() } });
  }
  const secret = row.secretCiphertext === null ? null : decrypt(row.secretCiphertext, clientSecretPlace(clientId));
  return { ...(row.metadata as Payload), ...(secret !== null && { client_secret: secret }) };
}

/** Deletes registrations that no grant uses and that were not used for a week. */
export async function deleteUnusedRegistrations(now = new Date()): Promise<void> {
  const before = new Date(now.getTime() - UNUSED_REGISTRATION_S * 1_000);
  await db().$executeRaw`
    delete from oauth_clients where last_used_at < ${before} and deployment_id is null
      and not exists (select from connected_clients where client_id = oauth_clients.id)`;
}
