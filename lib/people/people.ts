import { requireOwner, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { deleteDeployment } from "../deployments/service.ts";
import { AppError } from "../errors/app-error.ts";
import { endAccessOf } from "../oauth/deployment-users.ts";

/** A person with an account, as the owner sees it. Times are ISO 8601. */
export interface PersonView {
  id: string;
  email: string;
  name: string | null;
  role: "owner" | "member";
  createdAt: string;
  deployments: number;
  /** Removed, but some of what this person deployed is still being taken down. */
  leaving: boolean;
}

/** A member who can sign in no more and whose last deployment is gone. */
const REMOVED = { role: "member", passwordHash: null, githubId: null, deployments: { none: {} } } as const;

/**
 * Returns all people with an account, oldest account first.
 *
 * @throws AppError `forbidden`
 */
export async function listPeople(user: SessionUser): Promise<PersonView[]> {
  requireOwner(user);
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
    createdAt: row.createdAt.toISOString(),
    deployments: row.deployments.length,
    // If the app stopped in the middle of a removal, the list shows the person as before and the owner can repeat it.
    leaving:
      row.role === "member" &&
      row.passwordHash === null &&
      row.githubId === null &&
      row.deployments.every((deployment) => deployment.desired === "deleted"),
  }));
}

/**
 * Removes a person: from now on the account opens nothing, and everything that it deployed is taken down. The account itself
 * goes with the last of its deployments.
 *
 * @throws AppError `forbidden`, `not_found`, `conflict` for the owner
 */
export async function removePerson(user: SessionUser, id: string): Promise<void> {
  requireOwner(user);
  const person = await db().user.findUnique({ where: { id }, select: { role: true } });
  if (!person) throw new AppError("not_found", "This person has no account any more.");
  if (person.role === "owner") throw new AppError("conflict", "The owner cannot be removed.");
  await db().$transaction([
    db().user.update({ where: { id }, data: { passwordHash: null, githubId: null, sessionsValidFrom: new Date() } }),
    db().apiToken.deleteMany({ where: { userId: id } }),
    db().passwordReset.deleteMany({ where: { userId: id } }),
    db().invitation.deleteMany({ where: { invitedById: id, acceptedAt: null } }),
  ]);
  await endAccessOf(id);
  const deployments = await db().deployment.findMany({ where: { ownerId: id }, select: { id: true } });
  for (const deployment of deployments) await deleteDeployment(id, deployment.id);
  await db().user.deleteMany({ where: { id, ...REMOVED } });
}
