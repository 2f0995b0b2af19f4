import { recordChange } from "../admin-log/record.ts";
import { mayManagePeople, requireAdmin, requireOwner, type SessionUser, type UserRole } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { endUnusableAccess } from "../deployments/commands/end-access.ts";
import { deleteDeployment } from "../deployments/service.ts";
import { AppError } from "../errors/app-error.ts";
import { endAccessOf } from "../oauth/deployment-users.ts";

/** A person with an account, as the owner and admins see it. Times are ISO 8601. */
export interface PersonView {
  id: string;
  email: string;
  name: string | null;
  role: UserRole;
  /** May use every deployment whose owner has not closed it to such people. */
  mayUseEveryDeployment: boolean;
  createdAt: string;
  deployments: number;
  /** Removed, but some of what this person deployed is still being taken down. */
  leaving: boolean;
  /** Who asked may remove this person, or change what they may use. */
  canManage: boolean;
}

/** A member who can sign in no more and whose last deployment is gone. */
const REMOVED = { role: "member", passwordHash: null, githubId: null, deployments: { none: {} } } as const;

/**
 * Returns all people with an account, oldest account first.
 *
 * @throws AppError `forbidden`
 */
export async function listPeople(user: SessionUser): Promise<PersonView[]> {
  requireAdmin(user);
  // Deleting deployments takes a while. Once they are gone, the next call of this function deletes the account.
  await db().user.deleteMany({ where: REMOVED });
  const rows = await db().user.findMany({
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    include: { deployments: { select: { desired: true } } },
  });
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    mayUseEveryDeployment: row.mayUseEveryDeployment,
    createdAt: row.createdAt.toISOString(),
    deployments: row.deployments.length,
    // If the app stopped in the middle of a removal, the list shows the person as before and the owner can repeat it.
    leaving:
      row.role === "member" &&
      row.passwordHash === null &&
      row.githubId === null &&
      row.deployments.every((deployment) => deployment.desired === "deleted"),
    canManage: canManage(user, row),
  }));
}

/**
 * Makes a person an admin, or a member again. A former admin's open invitations end.
 *
 * @throws AppError `forbidden` for everyone but the owner, `not_found`, `conflict` for the owner's own account
 */
export async function setRole(user: SessionUser, id: string, role: "admin" | "member"): Promise<void> {
  requireOwner(user);
  const person = await findPerson(id);
  if (person.role === "owner") throw new AppError("conflict", "The owner's role cannot be changed.");
  await db().$transaction([
    // The owner's account is left out once more: the role may have changed since it was read.
    db().user.updateMany({ where: { id, role: { not: "owner" } }, data: { role } }),
    ...(role === "member" ? [db().invitation.deleteMany({ where: { invitedById: id, acceptedAt: null } })] : []),
    recordChange(db(), {
      action: "people.role-changed",
      userId: user.id,
      summary: `Made ${person.email} ${role === "admin" ? "an admin" : "a member"}.`,
    }),
  ]);
}

/**
 * Lets a person use every deployment, or takes that back: their keys and connected clients go along, but for deployments that they
 * own or are listed at.
 *
 * @throws AppError `forbidden` for members, and for admins where it concerns the owner, an admin or themselves; `not_found`
 */
export async function setUseOfEveryDeployment(user: SessionUser, id: string, isAllowed: boolean): Promise<void> {
  requireAdmin(user);
  const person = await findPerson(id);
  requireManageable(user, person);
  const verb = isAllowed ? "Let" : "No longer lets";
  await db().$transaction([
    db().user.update({ where: { id }, data: { mayUseEveryDeployment: isAllowed } }),
    recordChange(db(), {
      action: "people.use-changed",
      userId: user.id,
      summary: `${verb} ${person.email} use every deployment.`,
    }),
  ]);
  await endUnusableAccess({ userId: id });
}

/**
 * Removes a person: from now on the account opens nothing, and everything that it deployed is taken down. The account itself
 * goes with the last of its deployments.
 *
 * @throws AppError `forbidden` for members, and for admins where it concerns another admin; `not_found`; `conflict` for the owner
 */
export async function removePerson(user: SessionUser, id: string): Promise<void> {
  requireAdmin(user);
  const person = await findPerson(id);
  if (person.role === "owner") throw new AppError("conflict", "The owner cannot be removed.");
  requireManageable(user, person);
  await db().$transaction([
    db().user.update({
      where: { id },
      data: { role: "member", passwordHash: null, githubId: null, sessionsValidFrom: new Date() },
    }),
    db().apiToken.deleteMany({ where: { userId: id } }),
    db().passwordReset.deleteMany({ where: { userId: id } }),
    db().invitation.deleteMany({ where: { invitedById: id, acceptedAt: null } }),
    recordChange(db(), {
      action: "people.removed",
      userId: user.id,
      summary: `Removed ${person.email}, with everything that this person deployed and connected.`,
    }),
  ]);
  await endAccessOf(id);
  const deployments = await db().deployment.findMany({ where: { ownerId: id }, select: { id: true } });
  for (const deployment of deployments) await deleteDeployment(id, deployment.id);
  await db().user.deleteMany({ where: { id, ...REMOVED } });
}

async function findPerson(id: string): Promise<{ id: string; email: string; role: UserRole }> {
  const person = await db().user.findUnique({ where: { id }, select: { id: true, email: true, role: true } });
  if (!person) throw new AppError("not_found", "This person has no account any more.");
  return person;
}

/** The owner manages everyone; an admin manages members. So no admin can give themselves the use of what others deployed. */
function canManage(user: SessionUser, person: { role: UserRole }): boolean {
  return user.role === "owner" || (mayManagePeople(user) && person.role === "member");
}

function requireManageable(user: SessionUser, person: { role: UserRole }): void {
  if (canManage(user, person)) return;
  throw new AppError("forbidden", "Only the owner of this Catwalk can do this for an admin.");
}
