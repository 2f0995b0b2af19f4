import { decrypt } from "../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import { isRuntimeName } from "../env/runtime-name.ts";
import { AppError } from "../errors/app-error.ts";
import type { Endpoint, MachineRef } from "../runtime/runtime.ts";
import { isUuid } from "../util/uuid.ts";
import { type CachedLists, digestLists, parseCachedLists } from "./cached-lists.ts";
import { wakeDeployment as wake } from "./machine/wake.ts";
import { reconcileAfterResponse } from "./reconcile/reconcile.ts";
import type { DeploymentStatus } from "./view.ts";

export { type CachedLists, refreshLists } from "./cached-lists.ts";

/** What the gateway needs to know of a deployment to serve a call. */
export interface DeploymentSnapshot {
  deploymentId: string;
  ownerId: string;
  status: DeploymentStatus;
  /** What its owner asked for last. */
  desired: "running" | "stopped" | "deleted";
  /** The access keys: SHA-256 of each, in hexadecimal. */
  keys: { id: string; hash: string }[];
  runtime: RuntimeName;
  machine: MachineRef | null;
  /** The bearer that the machine's mcp-host demands. Secret. Null before the machine was made, or when no key opens it. */
  hostToken: string | null;
  /** What the last handshake gave; null before the first. */
  cached: CachedLists | null;
  /** Changes when a list of `cached` does; null before the first handshake. */
  listsDigest: string | null;
  lastCallAt: Date | null;
  /** The machine does not sleep while nobody calls. */
  alwaysOn: boolean;
  /** Raised by every change that asks for the steps to be run again. */
  generation: number;
  /** The beginnings of the ids of sessions that their clients have ended. */
  endedSessions: ReadonlySet<string>;
}

/** A deployment for the gateway; null when there is none. Its machine is started by `wakeDeployment`. */
export async function loadSnapshot(deploymentId: string): Promise<DeploymentSnapshot | null> {
  if (!isUuid(deploymentId)) return null;
  const row = await db().deployment.findUnique({
    where: { id: deploymentId },
    include: { accessKeys: { select: { id: true, keyHash: true } } },
  });
  if (!row) return null;
  const cached = parseCachedLists(row);
  return {
    deploymentId: row.id,
    ownerId: row.ownerId,
    status: row.status,
    desired: row.desired,
    keys: row.accessKeys.map(({ id, keyHash }) => ({ id, hash: keyHash })),
    runtime: isRuntimeName(row.runtime) ? row.runtime : "local",
    machine: row.machine as MachineRef | null,
    hostToken: row.hostTokenCiphertext === null ? null : openOrNull(row.id, row.hostTokenCiphertext),
    cached,
    listsDigest: cached && digestLists(cached),
    lastCallAt: row.lastCallAt,
    alwaysOn: row.alwaysOn,
    generation: row.generation,
    endedSessions: new Set(row.endedSessions),
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
