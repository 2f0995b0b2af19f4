import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { createNotFoundError, findOwnedDeployment } from "../deployments/commands/owned.ts";
import { isUuid } from "../util/uuid.ts";
import { endGrant } from "./grants.ts";

/** A client that a person let use a deployment. Times are ISO 8601. */
export interface ConnectedClientView {
  id: string;
  name: string;
  /** The host of its metadata document, which vouches for the name; null for a client that registered itself. */
  documentHost: string | null;
  /** Host of the redirect URI at the time of the consent. */
  redirectHost: string;
  /** The e-mail address of the person. */
  person: string;
  /** The deployment's name. */
  deployment: string;
  createdAt: string;
  lastUsedAt: string | null;
}

/**
 * The connected clients of a deployment, the newest first, for its owner.
 *
 * @throws AppError `not_found`
 */
export async function listConnectedClients(userId: string, deploymentId: string): Promise<ConnectedClientView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  return findViews({ deploymentId: deployment.id });
}

/** The clients that a person connected, to their own deployments and to others', the newest first. */
export async function listOwnConnectedClients(userId: string): Promise<ConnectedClientView[]> {
  return findViews({ userId });
}

async function findViews(where: Prisma.ConnectedClientWhereInput): Promise<ConnectedClientView[]> {
  const rows = await db().connectedClient.findMany({
    where,
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    include: { user: { select: { email: true } }, deployment: { select: { name: true } } },
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.clientName,
    documentHost: row.clientId.startsWith("https://") ? new URL(row.clientId).host : null,
    redirectHost: row.redirectHost,
    person: row.user.email,
    deployment: row.deployment.name,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }));
}

/**
 * Ends what a client was allowed: its tokens stop working within seconds on every instance.
 *
 * @throws AppError `not_found`
 */
export async function disconnectClient(userId: string, deploymentId: string, id: string): Promise<void> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  if (!isUuid(id)) throw createNotFoundError("connected client");
  const count = await db().connectedClient.count({ where: { id, deploymentId: deployment.id } });
  if (count === 0) throw createNotFoundError("connected client");
  await endGrant(id, userId);
}

/** The same for a client that the person connected. Throws AppError `not_found`. */
export async function disconnectOwnClient(userId: string, id: string): Promise<void> {
  const count = isUuid(id) ? await db().connectedClient.count({ where: { id, userId } }) : 0;
  if (count === 0) throw createNotFoundError("connected client");
  await endGrant(id, userId);
}
