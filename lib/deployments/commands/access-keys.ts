import { createSecretToken, hashSecretToken } from "../../crypto/secret-token.ts";
import { db } from "../../db/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isUuid } from "../../util/uuid.ts";
import { notifyDeploymentChange } from "../events.ts";
import type { AccessKeyView } from "../view.ts";
import { parseName } from "./names.ts";
import { createNotFoundError, findChangeableDeployment, findOwnedDeployment } from "./owned.ts";

const MAX_KEYS = 100;
const PREFIX_CHARACTERS = 12;

/**
 * Creates an access key of a deployment. Only this result contains the key itself.
 *
 * @throws AppError `not_found`, `conflict` when there are too many or it is being deleted, `invalid_inputs` for the name
 */
export async function createAccessKey(
  userId: string,
  deploymentId: string,
  name: string,
): Promise<{ id: string; key: string; name: string }> {
  const deployment = await findChangeableDeployment(userId, deploymentId);
  const count = await db().accessKey.count({ where: { deploymentId: deployment.id } });
  if (count >= MAX_KEYS) {
    throw new AppError("conflict", `A deployment can have ${MAX_KEYS} access keys.`, {
      hint: "Delete one you no longer use.",
    });
  }
  const key = createSecretToken("cwk_");
  const row = await db().accessKey.create({
    data: {
      deploymentId: deployment.id,
      name: parseName(name) ?? "Access key",
      keyHash: hashSecretToken(key),
      prefix: key.slice(0, PREFIX_CHARACTERS),
    },
  });
  await notifyKeysChanged(deployment.id);
  return { id: row.id, key, name: row.name };
}

/** Returns a deployment's access keys, the oldest first, each with its first characters. Throws AppError `not_found`. */
export async function listAccessKeys(userId: string, deploymentId: string): Promise<AccessKeyView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const rows = await db().accessKey.findMany({ where: { deploymentId: deployment.id }, orderBy: { createdAt: "asc" } });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }));
}

/** Deletes an access key. The gateway refuses calls with it from then on. Throws AppError `not_found`. */
export async function deleteAccessKey(userId: string, deploymentId: string, keyId: string): Promise<void> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  if (!isUuid(keyId)) throw createNotFoundError("access key");
  const { count } = await db().accessKey.deleteMany({ where: { id: keyId, deploymentId: deployment.id } });
  if (count === 0) throw createNotFoundError("access key");
  await notifyKeysChanged(deployment.id);
}

/** Notifies the gateway of changed keys. Touches the deployment's row, by which other instances learn of it. */
async function notifyKeysChanged(deploymentId: string): Promise<void> {
  notifyDeploymentChange(deploymentId);
  await db().deployment.updateMany({ where: { id: deploymentId }, data: { updatedAt: new Date() } });
}
