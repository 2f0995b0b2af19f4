import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { cipher, type Place } from "./cipher.ts";
import {
  callPayloadPlaces,
  clientSecretPlace,
  HOST_TOKEN_FIELD,
  MACHINE_TOKEN_FIELD,
  signingKeyPlace,
} from "./fields.ts";

const BATCH = 200;

export interface Rotation {
  /** Values that were encrypted again with the first key. */
  rotated: number;
  /** Values that were encrypted with it already. */
  current: number;
  /** Values that no configured key opens, each with its place and its deployment. */
  unopened: string[];
}

/**
 * Encrypts every credential, machine token, secret setting, signing key, client secret and recorded payload with the first of the
 * configured keys, in batches. Catwalk may run meanwhile: a value that changes under the rotation keeps its change. Running it again does no harm. Values that no key opens
 * are reported and left as they are.
 */
export async function rotateKeys(): Promise<Rotation> {
  const rotation: Rotation = { rotated: 0, current: 0, unopened: [] };
  await rotateCredentials(rotation);
  await rotateMachineTokens(rotation);
  await rotateSettings(rotation);
  await rotateAuthorizationServer(rotation);
  await rotateCallPayloads(rotation);
  return rotation;
}

async function rotateCredentials(rotation: Rotation): Promise<void> {
  let last: { deploymentId: string; key: string } | undefined;
  for (;;) {
    const rows = await db().credential.findMany({
      orderBy: [{ deploymentId: "asc" }, { key: "asc" }],
      take: BATCH,
      ...(last && { cursor: { deploymentId_key: last }, skip: 1 }),
      include: { deployment: { select: { name: true } } },
    });
    for (const { deploymentId, key, ciphertext, updatedAt, deployment } of rows) {
      const name = `${key} of the deployment ${deployment.name} (${deploymentId})`;
      const renewed = renew(rotation, ciphertext, { scope: deploymentId, field: key }, name);
      if (renewed === null) continue;
      // The value itself is the same, so the time at which it was set stays.
      const where = { deploymentId, key, ciphertext };
      await db().credential.updateMany({ where, data: { ciphertext: renewed, updatedAt } });
    }
    const end = rows.at(-1);
    if (!end || rows.length < BATCH) return;
    last = { deploymentId: end.deploymentId, key: end.key };
  }
}

/** Rotates both tokens of each machine: mcp-host's bearer and the platform's token. */
async function rotateMachineTokens(rotation: Rotation): Promise<void> {
  let last: string | undefined;
  for (;;) {
    const rows = await db().deployment.findMany({
      where: { ...(last && { id: { gt: last } }) },
      orderBy: { id: "asc" },
      take: BATCH,
      select: { id: true, name: true, hostTokenCiphertext: true, machineTokenCiphertext: true, updatedAt: true },
    });
    for (const { id, name, hostTokenCiphertext, machineTokenCiphertext, updatedAt } of rows) {
      const renewed = (ciphertext: string | null, field: string, what: string) =>
        ciphertext === null
          ? null
          : renew(rotation, ciphertext, { scope: id, field }, `${what} of the deployment ${name} (${id})`);
      const host = renewed(hostTokenCiphertext, HOST_TOKEN_FIELD, "The machine's token");
      if (host !== null) {
        await db().deployment.updateMany({
          where: { id, hostTokenCiphertext },
          data: { hostTokenCiphertext: host, updatedAt },
        });
      }
      const machine = renewed(machineTokenCiphertext, MACHINE_TOKEN_FIELD, "The platform's token for the machine");
      if (machine !== null) {
        await db().deployment.updateMany({
          where: { id, machineTokenCiphertext },
          data: { machineTokenCiphertext: machine, updatedAt },
        });
      }
    }
    last = rows.at(-1)?.id;
    if (rows.length < BATCH) return;
  }
}

async function rotateSettings(rotation: Rotation): Promise<void> {
  for (const { key, value, updatedAt } of await db().setting.findMany({ where: { encrypted: true } })) {
    const renewed = renew(rotation, value, { scope: "settings", field: key }, `The setting ${key}`);
    if (renewed === null) continue;
    await db().setting.updateMany({ where: { key, value }, data: { value: renewed, updatedAt } });
  }
}

/** The keys that sign access tokens, and the secrets of clients that registered. */
async function rotateAuthorizationServer(rotation: Rotation): Promise<void> {
  for (const { id, privateJwkCiphertext } of await db().oAuthSigningKey.findMany()) {
    const renewed = renew(rotation, privateJwkCiphertext, signingKeyPlace(id), `The signing key ${id}`);
    if (renewed === null) continue;
    await db().oAuthSigningKey.updateMany({
      where: { id, privateJwkCiphertext },
      data: { privateJwkCiphertext: renewed },
    });
  }
  let last: string | undefined;
  for (;;) {
    const rows = await db().oAuthClient.findMany({
      where: { secretCiphertext: { not: null }, ...(last && { id: { gt: last } }) },
      orderBy: { id: "asc" },
      take: BATCH,
      select: { id: true, secretCiphertext: true },
    });
    for (const { id, secretCiphertext } of rows) {
      const renewed = renew(rotation, secretCiphertext ?? "", clientSecretPlace(id), `The secret of the client ${id}`);
      if (renewed === null) continue;
      await db().oAuthClient.updateMany({ where: { id, secretCiphertext }, data: { secretCiphertext: renewed } });
    }
    last = rows.at(-1)?.id;
    if (rows.length < BATCH) return;
  }
}

/** What clients sent and got, where owners have it recorded. */
async function rotateCallPayloads(rotation: Rotation): Promise<void> {
  let last: string | undefined;
  for (;;) {
    const rows = await db().callPayload.findMany({
      where: { ...(last && { callId: { gt: last } }) },
      orderBy: { callId: "asc" },
      take: BATCH,
    });
    for (const { callId, deploymentId, requestCiphertext, responseCiphertext } of rows) {
      const places = callPayloadPlaces(deploymentId, callId);
      const name = `What was sent in the call ${callId} of the deployment ${deploymentId}`;
      const request = renew(rotation, requestCiphertext, places.request, name);
      const response = renew(rotation, responseCiphertext, places.response, name);
      if (request === null && response === null) continue;
      await db().callPayload.updateMany({
        where: { callId, requestCiphertext, responseCiphertext },
        data: { requestCiphertext: request ?? requestCiphertext, responseCiphertext: response ?? responseCiphertext },
      });
    }
    last = rows.at(-1)?.callId;
    if (rows.length < BATCH) return;
  }
}

/** Encrypts a value with the first key. Returns null when it already is, or when no key opens it. */
function renew(rotation: Rotation, ciphertext: string, place: Place, name: string): string | null {
  let plaintext: string;
  try {
    plaintext = cipher().decrypt(ciphertext, place);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    rotation.unopened.push(name);
    return null;
  }
  if (ciphertext.split(".")[1] === cipher().currentKeyId) {
    rotation.current++;
    return null;
  }
  rotation.rotated++;
  return cipher().encrypt(plaintext, place);
}
