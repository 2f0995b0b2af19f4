import { createInvitation } from "../auth/invitations.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { createNotFoundError, findChangeableDeployment, findOwnedDeployment } from "../deployments/commands/owned.ts";
import { AppError } from "../errors/app-error.ts";
import { isUuid } from "../util/uuid.ts";
import { announceGrants } from "./grants.ts";

const MAX_USERS = 200;

/** A person whom the owner lets use a deployment. Times are ISO 8601. */
export interface DeploymentUserView {
  id: string;
  email: string;
  /** No account yet: the invitation has not been accepted. */
  isInvited: boolean;
  createdAt: string;
}

/** The people who may use a deployment beside its owner, the first first. Throws AppError `not_found`. */
export async function listDeploymentUsers(userId: string, deploymentId: string): Promise<DeploymentUserView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const rows = await db().deploymentUser.findMany({
    where: { deploymentId: deployment.id },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    include: { user: { select: { email: true } } },
  });
  return rows.map((row) => ({
    id: row.id,
    email: row.user?.email ?? row.email,
    isInvited: row.userId === null,
    createdAt: row.createdAt.toISOString(),
  }));
}

/**
 * Lets a person use a deployment: connect clients to it, and nothing else. Someone without an account is invited, where the one who
 * asks may invite people.
 *
 * @param email normalized
 * @returns the invitation's link, which is in this answer and nowhere else, or null for a person with an account
 * @throws AppError `not_found`; `conflict` when the person may use it already or there are too many; `invalid_request` with the field
 *   `email` when there is no such account and only the owner of this Catwalk can invite
 */
export async function addDeploymentUser(
  user: SessionUser,
  deploymentId: string,
  email: string,
): Promise<{ invitationUrl: string | null }> {
  const deployment = await findChangeableDeployment(user.id, deploymentId);
  if (email === user.email) throw alreadyUses();
  if ((await db().deploymentUser.count({ where: { deploymentId: deployment.id } })) >= MAX_USERS) {
    throw new AppError("conflict", `${MAX_USERS} people may use this deployment.`, { hint: "Remove some first." });
  }
  const account = await db().user.findUnique({ where: { email }, select: { id: true } });
  if (account === null && user.role !== "owner") {
    const message = "There is no account with this address. Ask the owner of this Catwalk to invite this person first.";
    throw new AppError("invalid_request", "This person has no account here.", { fields: { email: message } });
  }
  // An address that was added before its account existed, or under another person's account, is decided by who has it now.
  const isTaken = await db().deploymentUser.count({
    where: { deploymentId: deployment.id, OR: [{ email }, ...(account === null ? [] : [{ userId: account.id }])] },
  });
  if (isTaken > 0) throw alreadyUses();
  const invitation = account === null ? await createInvitation(user, email) : null;
  await db().deploymentUser.create({ data: { deploymentId: deployment.id, email, userId: account?.id ?? null } });
  return { invitationUrl: invitation?.url ?? null };
}

/**
 * Takes a person's use of a deployment back, with every client that they connected to it.
 *
 * @throws AppError `not_found`
 */
export async function removeDeploymentUser(userId: string, deploymentId: string, id: string): Promise<void> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  if (!isUuid(id)) throw createNotFoundError("person");
  const [removed] = await db().deploymentUser.findMany({ where: { id, deploymentId: deployment.id } });
  if (removed === undefined) throw createNotFoundError("person");
  await db().deploymentUser.deleteMany({ where: { id } });
  if (removed.userId !== null) {
    await db().connectedClient.deleteMany({ where: { deploymentId: deployment.id, userId: removed.userId } });
  }
  await announceGrants(deployment.id);
}

/** Ends everything that a person was let use and connected, for one who leaves. */
export async function endAccessOf(userId: string): Promise<void> {
  const grants = await db().connectedClient.findMany({ where: { userId }, select: { deploymentId: true } });
  await db().$transaction([
    db().deploymentUser.deleteMany({ where: { userId } }),
    db().connectedClient.deleteMany({ where: { userId } }),
  ]);
  for (const deploymentId of new Set(grants.map((grant) => grant.deploymentId))) await announceGrants(deploymentId);
}

function alreadyUses(): AppError {
  const message = "This person may use the deployment already.";
  return new AppError("conflict", message, { fields: { email: message } });
}
