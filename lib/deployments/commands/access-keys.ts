import { recordChange } from "../../admin-log/record.ts";
import { createSecretToken, hashSecretToken } from "../../crypto/secret-token.ts";
import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isUuid } from "../../util/uuid.ts";
import { findUsableDeployment } from "../queries/usable.ts";
import type { AccessKeyView } from "../view.ts";
import { announceAccessChange } from "./end-access.ts";
import { parseName } from "./names.ts";
import { createNotFoundError, findOwnedDeployment, refuseDeleted } from "./owned.ts";

/** Keys that a deployment's owner can have of it. */
const MAX_KEYS = 100;
/** Keys of each person whom the owner lets use it: many people must not fill what the gateway keeps of a deployment. */
const MAX_KEYS_OF_USER = 10;
const PREFIX_CHARACTERS = 12;

/**
 * Creates an access key of a person for a deployment that they may use. Only this result contains the key itself.
 *
 * @throws AppError `not_found`, `conflict` when they have too many or it is being deleted, `invalid_inputs` for the name
 */
export async function createAccessKey(
  userId: string,
  deploymentId: string,
  name: string,
): Promise<{ id: string; key: string; name: string }> {
  const deployment =
    (await findUsableDeployment(userId, deploymentId)) ?? (await findOwnedDeployment(userId, deploymentId));
  refuseDeleted(deployment);
  const max = deployment.ownerId === userId ? MAX_KEYS : MAX_KEYS_OF_USER;
  if ((await db().accessKey.count({ where: { deploymentId: deployment.id, userId } })) >= max) {
    throw new AppError("conflict", `You can have ${max} access keys of this deployment.`, {
      hint: "Delete one you no longer use.",
    });
  }
  const key = createSecretToken("cwk_");
  const row = await db().$transaction(async (tx) => {
    const created = await tx.accessKey.create({
      data: {
        deploymentId: deployment.id,
        userId,
        name: parseName(name) ?? "Access key",
        keyHash: hashSecretToken(key),
        prefix: key.slice(0, PREFIX_CHARACTERS),
      },
    });
    const summary = `Created the access key “${created.name}” of “${deployment.name}”.`;
    await recordChange(tx, { action: "key.access-key-created", userId, summary });
    return created;
  });
  await announceAccessChange(deployment.id);
  return { id: row.id, key, name: row.name };
}

/**
 * Returns access keys of a deployment, the oldest first, each with its first characters: all of them for its owner, their own for a
 * person who may use it. Throws AppError `not_found`.
 */
export async function listAccessKeys(userId: string, deploymentId: string): Promise<AccessKeyView[]> {
  return findViews(await whereVisibleKeys(userId, deploymentId));
}

/** Returns a person's access keys, of their own deployments and of others', the oldest first. */
export async function listOwnAccessKeys(userId: string): Promise<AccessKeyView[]> {
  return findViews({ userId, deployment: { desired: { not: "deleted" } } });
}

/**
 * Deletes an access key: any of the deployment for its owner, one of their own for a person who may use it. The gateway refuses calls
 * with it from then on. Throws AppError `not_found`.
 */
export async function deleteAccessKey(userId: string, deploymentId: string, keyId: string): Promise<void> {
  const where = await whereVisibleKeys(userId, deploymentId);
  await deleteKey(userId, { ...where, id: keyId });
}

/** Deletes one of the person's own keys, whatever deployment it is for. Throws AppError `not_found`. */
export async function deleteOwnAccessKey(userId: string, keyId: string): Promise<void> {
  await deleteKey(userId, { id: keyId, userId });
}

/** Returns the keys of a deployment that a person sees and may delete. Throws AppError `not_found`. */
async function whereVisibleKeys(userId: string, deploymentId: string): Promise<Prisma.AccessKeyWhereInput> {
  const usable = await findUsableDeployment(userId, deploymentId);
  if (usable !== null && usable.ownerId !== userId) return { deploymentId: usable.id, userId };
  return { deploymentId: (await findOwnedDeployment(userId, deploymentId)).id };
}

async function findViews(where: Prisma.AccessKeyWhereInput): Promise<AccessKeyView[]> {
  const rows = await db().accessKey.findMany({
    where,
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    include: { user: { select: { email: true } }, deployment: { select: { name: true } } },
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    person: row.user.email,
    deploymentId: row.deploymentId,
    deployment: row.deployment.name,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }));
}

async function deleteKey(actorId: string, where: Prisma.AccessKeyWhereInput & { id: string }): Promise<void> {
  const select = { name: true, deploymentId: true, deployment: { select: { name: true } } } as const;
  const key = isUuid(where.id) ? await db().accessKey.findFirst({ where, select }) : null;
  if (key === null) throw createNotFoundError("access key");
  const summary = `Deleted the access key “${key.name}” of “${key.deployment.name}”.`;
  await db().$transaction([
    db().accessKey.deleteMany({ where: { id: where.id } }),
    recordChange(db(), { action: "key.access-key-deleted", userId: actorId, summary }),
  ]);
  await announceAccessChange(key.deploymentId);
}
