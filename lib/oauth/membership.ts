import { z } from "zod";
import { db } from "../db/client.ts";
import { findUsableDeployment as findUsableRow, whereUsableBy } from "../deployments/queries/usable.ts";
import { deploymentOf } from "./issuer.ts";

/** A deployment that a person may let a client use. */
export interface UsableDeployment {
  id: string;
  name: string;
  /** The tools that its server lists, by name; empty before its first handshake. */
  tools: string[];
  /** The person owns it; otherwise its owner, or who grants the use of every deployment, lets them use it. */
  isOwn: boolean;
}

const MAX_LISTED = 200;
const toolsSchema = z.array(z.object({ name: z.string() })).catch([]);
const columns = { id: true, name: true, tools: true, ownerId: true } as const;

/** The deployments that a person may use, by name, 200 at most. */
export async function listUsableDeployments(userId: string): Promise<UsableDeployment[]> {
  const rows = await db().deployment.findMany({
    where: await whereUsableBy(userId),
    select: columns,
    orderBy: [{ name: "asc" }, { id: "asc" }],
    take: MAX_LISTED,
  });
  return rows.map((row) => toUsable(row, userId));
}

/** A deployment that a person may use, or null. */
export async function findUsableDeployment(userId: string, deploymentId: string): Promise<UsableDeployment | null> {
  const row = await findUsableRow(userId, deploymentId);
  return row && toUsable(row, userId);
}

function toUsable(
  row: { id: string; name: string; tools: unknown; ownerId: string },
  userId: string,
): UsableDeployment {
  const tools = toolsSchema.parse(row.tools).map(({ name }) => name);
  return { id: row.id, name: row.name, tools, isOwn: row.ownerId === userId };
}

/** Returns whether a grant is alive and its person may still use its deployment. */
export async function mayUseGrant(userId: string, grantId: string): Promise<boolean> {
  const grant = await db().connectedClient.findFirst({
    where: { id: grantId, userId },
    select: { deploymentId: true },
  });
  return grant !== null && (await findUsableDeployment(userId, grant.deploymentId)) !== null;
}

/**
 * Returns whether a client may request a resource. It must be the connector URL of a deployment, and a client that was created by hand
 * for one deployment may request that one alone.
 */
export async function mayAskFor(clientId: string, resource: string): Promise<boolean> {
  const id = deploymentOf(resource);
  if (id === null) return false;
  if ((await db().deployment.count({ where: { id, desired: { not: "deleted" } } })) === 0) return false;
  const client = await db().oAuthClient.findUnique({ where: { id: clientId }, select: { deploymentId: true } });
  return client === null || client.deploymentId === null || client.deploymentId === id;
}
