import { decrypt } from "../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { isRuntimeName } from "../env/runtime-name.ts";
import { AppError } from "../errors/app-error.ts";
import type { Endpoint, MachineRef } from "../runtime/runtime.ts";
import { isUuid } from "../util/uuid.ts";
import { digestLists, parseCachedLists } from "./cached-lists.ts";
import type { DeploymentSnapshot } from "./deployment-snapshot.ts";
import { wakeDeployment as wake } from "./machine/wake.ts";
import { reconcileAfterResponse } from "./reconcile/pending.ts";

export { refreshLists } from "./cached-lists.ts";

/** Reads a deployment for the gateway, or null when there is none. `wakeDeployment` starts its machine. */
export async function loadSnapshot(deploymentId: string): Promise<DeploymentSnapshot | null> {
  return (await loadSnapshots([deploymentId])).get(deploymentId) ?? null;
}

/** Reads deployments for the gateway with one query, by id. What is not a UUID is left out, and so is an id without a deployment. */
export async function loadSnapshots(deploymentIds: readonly string[]): Promise<Map<string, DeploymentSnapshot>> {
  const ids = deploymentIds.filter(isUuid);
  if (ids.length === 0) return new Map();
  const rows = await db().deployment.findMany({
    where: { id: { in: ids } },
    include: {
      accessKeys: { select: { id: true, keyHash: true, userId: true, user: { select: PERSON_COLUMNS } } },
      connectedClients: { select: { id: true, userId: true, user: { select: PERSON_COLUMNS } } },
      users: { select: { userId: true } },
    },
  });
  return new Map(rows.map((row) => [row.id, toSnapshot(row)]));
}

const PERSON_COLUMNS = { mayUseEveryDeployment: true } as const;

type SnapshotRow = Prisma.DeploymentGetPayload<{
  include: {
    accessKeys: { select: { id: true; keyHash: true; userId: true; user: { select: typeof PERSON_COLUMNS } } };
    connectedClients: { select: { id: true; userId: true; user: { select: typeof PERSON_COLUMNS } } };
    users: { select: { userId: true } };
  };
}>;

function toSnapshot(row: SnapshotRow): DeploymentSnapshot {
  const cached = parseCachedLists(row);
  const users = new Set([row.ownerId, ...row.users.map(({ userId }) => userId)]);
  const mayUse = ({ userId, user }: { userId: string; user: { mayUseEveryDeployment: boolean } }) =>
    users.has(userId) || (user.mayUseEveryDeployment && !row.onlyListedUsers);
  return {
    deploymentId: row.id,
    ownerId: row.ownerId,
    status: row.status,
    desired: row.desired,
    keys: row.accessKeys.filter(mayUse).map(({ id, keyHash }) => ({ id, hash: keyHash })),
    grants: row.connectedClients.filter(mayUse).map(({ id, userId }) => ({ id, userId })),
    runtime: isRuntimeName(row.runtime) ? row.runtime : "local",
    machine: row.machine as MachineRef | null,
    hostToken: row.hostTokenCiphertext === null ? null : openOrNull(row.id, row.hostTokenCiphertext),
    cached,
    listsDigest: cached && digestLists(cached),
    lastCallAt: row.lastCallAt,
    alwaysOn: row.alwaysOn,
    generation: row.generation,
    endedSessions: new Set(row.endedSessions),
    recordsPayloads: row.recordsPayloads,
    people: new Map([...row.accessKeys, ...row.connectedClients].map(({ id, userId }) => [id, userId])),
  };
}

/**
 * Starts a deployment's machine where it does not run, and waits until its server does: once for all who ask at the same
 * time. While its steps run, they are waited for instead.
 *
 * @throws AppError `not_found`; `conflict` when it was stopped by its owner; the cause for which it failed or does not start
 */
export function wakeDeployment(deploymentId: string): Promise<Endpoint> {
  reconcileAfterResponse([deploymentId]);
  return wake(deploymentId);
}

function openOrNull(deploymentId: string, ciphertext: string): string | null {
  try {
    return decrypt(ciphertext, { scope: deploymentId, field: HOST_TOKEN_FIELD });
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
