import { recordChange } from "../admin-log/record.ts";
import { createInvitation } from "../auth/invitations.ts";
import { mayManagePeople, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { announceAccessChange, endUnusableAccess } from "../deployments/commands/end-access.ts";
import { createNotFoundError, findChangeableDeployment, findOwnedDeployment } from "../deployments/commands/owned.ts";
import { AppError } from "../errors/app-error.ts";
import { isUuid } from "../util/uuid.ts";

const MAX_USERS = 200;

/** A person whom the owner lets use a deployment. Times are ISO 8601. */
export interface DeploymentUserView {
  id: string;
  email: string;
  /** No account yet: the invitation has not been accepted. */
  isInvited: boolean;
  createdAt: string;
}

/** People who may use a deployment beside its owner. */
export interface DeploymentUsersView {
  /** The people on its own list, the first first. */
  users: DeploymentUserView[];
  /** E-mail addresses of the people who may use every deployment. */
  usersOfAll: string[];
  /** Those people may not use this one. */
  onlyListedUsers: boolean;
}

/** Returns who may use a deployment beside its owner, for its owner. Throws AppError `not_found`. */
export async function viewDeploymentUsers(userId: string, deploymentId: string): Promise<DeploymentUsersView> {
  const { onlyListedUsers, ownerId } = await findOwnedDeployment(userId, deploymentId);
  const [users, ofAll] = await Promise.all([
    listDeploymentUsers(userId, deploymentId),
    db().user.findMany({
      where: { mayUseEveryDeployment: true, id: { not: ownerId } },
      orderBy: [{ email: "asc" }],
      select: { email: true },
      take: MAX_USERS,
    }),
  ]);
  return { users, usersOfAll: ofAll.map(({ email }) => email), onlyListedUsers };
}

/**
 * Closes a deployment to the people who may use every deployment, or opens it to them again. Closing ends their keys and disconnects
 * their clients.
 *
 * @throws AppError `not_found`; `conflict` when it is being deleted
 */
export async function setOnlyListedUsers(userId: string, deploymentId: string, onlyListed: boolean): Promise<void> {
  const { id, name } = await findChangeableDeployment(userId, deploymentId);
  const whom = onlyListed ? "only the people on its list" : "also people who may use every deployment";
  await db().$transaction([
    db().deployment.update({ where: { id }, data: { onlyListedUsers: onlyListed } }),
    recordChange(db(), {
      action: "people.deployment-use-changed",
      userId,
      summary: `Lets ${whom} use the deployment “${name}”.`,
    }),
  ]);
  await announceAccessChange(id);
  await endUnusableAccess({ deploymentId: id });
}

/** The people on a deployment's own list, the first first. Throws AppError `not_found`. */
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
  if (account === null && !mayManagePeople(user)) {
    const message = "There is no account with this address. Ask the owner of this Catwalk to invite this person first.";
    throw new AppError("invalid_request", "This person has no account here.", { fields: { email: message } });
  }
  // An address that was added before its account existed, or under another person's account, is decided by who has it now.
  const isTaken = await db().deploymentUser.count({
    where: { deploymentId: deployment.id, OR: [{ email }, ...(account === null ? [] : [{ userId: account.id }])] },
  });
  if (isTaken > 0) throw alreadyUses();
  const invitation = account === null ? await createInvitation(user, email) : null;
  await db().$transaction([
    db().deploymentUser.create({ data: { deploymentId: deployment.id, email, userId: account?.id ?? null } }),
    recordChange(db(), {
      action: "people.deployment-user-added",
      userId: user.id,
      summary: `Let ${email} use the deployment “${deployment.name}”.`,
    }),
  ]);
  return { invitationUrl: invitation?.url ?? null };
}

/**
 * Takes a person off a deployment's list. Their access keys and connected clients of it go along, unless they may use every deployment.
 *
 * @throws AppError `not_found`
 */
export async function removeDeploymentUser(userId: string, deploymentId: string, id: string): Promise<void> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  if (!isUuid(id)) throw createNotFoundError("person");
  const [removed] = await db().deploymentUser.findMany({ where: { id, deploymentId: deployment.id } });
  if (removed === undefined) throw createNotFoundError("person");
  await db().$transaction([
    db().deploymentUser.deleteMany({ where: { id } }),
    recordChange(db(), {
      action: "people.deployment-user-removed",
      userId,
      summary: `No longer lets ${removed.email} use the deployment “${deployment.name}”.`,
    }),
  ]);
  await announceAccessChange(deployment.id);
  if (removed.userId !== null) await endUnusableAccess({ userId: removed.userId, deploymentId: deployment.id });
}

/** Ends everything that a person was let use: their place on lists, their keys and their connected clients. For one who leaves. */
export async function endAccessOf(userId: string): Promise<void> {
  const held = { where: { userId }, select: { deploymentId: true } } as const;
  const [clients, keys] = await db().$transaction([
    db().connectedClient.findMany(held),
    db().accessKey.findMany(held),
    db().user.updateMany({ where: { id: userId }, data: { mayUseEveryDeployment: false } }),
    db().deploymentUser.deleteMany({ where: { userId } }),
    db().connectedClient.deleteMany({ where: { userId } }),
    db().accessKey.deleteMany({ where: { userId } }),
  ]);
  const deployments = new Set([...clients, ...keys].map(({ deploymentId }) => deploymentId));
  for (const deploymentId of deployments) await announceAccessChange(deploymentId);
}

function alreadyUses(): AppError {
  const message = "This person may use the deployment already.";
  return new AppError("conflict", message, { fields: { email: message } });
}
