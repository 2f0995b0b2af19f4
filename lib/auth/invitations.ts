import { recordChange } from "../admin-log/record.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { createMember, type NewAccount, refuseWeakPassword } from "./accounts.ts";
import type { GitHubProfile } from "./github-provider.ts";
import { hashPassword } from "./password.ts";
import { normalizeEmail, requireAdmin, requireOwner, type SessionUser, type UserRole } from "./user.ts";

const VALID_FOR_MS = 7 * 24 * 60 * 60_000;
const MAX_OPEN_INVITATIONS = 200;

/** An open invitation. Times are ISO 8601. */
export interface InvitationView {
  id: string;
  email: string | null;
  role: UserRole;
  mayUseEveryDeployment: boolean;
  createdAt: string;
  expiresAt: string;
}

/** What an invited person gets with the account. */
export interface InvitedRights {
  role: "admin" | "member";
  mayUseEveryDeployment: boolean;
}

const MEMBER: InvitedRights = { role: "member", mayUseEveryDeployment: false };

/**
 * Creates a link that lets one person in, once, within seven days. Only its hash is stored, so it cannot be shown again.
 *
 * @param email the only address that may use the link, or null
 * @throws AppError `forbidden` for members, and for an admin who invites another; `conflict` when that address has an account or too
 *   many invitations are open; `invalid_request` without an address for more than a member's account
 */
export async function createInvitation(
  user: SessionUser,
  email: string | null,
  rights: InvitedRights = MEMBER,
  now = new Date(),
): Promise<{ id: string; url: string; expiresAt: string }> {
  requireAdmin(user);
  if (rights.role === "admin") requireOwner(user);
  if (email === null && (rights.role === "admin" || rights.mayUseEveryDeployment)) {
    const message = "Enter the address of this person: a link for anyone gives no more than an account.";
    throw new AppError("invalid_request", message, { fields: { email: message } });
  }
  if (email && (await db().user.findUnique({ where: { email }, select: { id: true } }))) {
    const message = "There is an account with this e-mail address already.";
    throw new AppError("conflict", message, { fields: { email: message } });
  }
  if ((await db().invitation.count({ where: whereOpen(now) })) >= MAX_OPEN_INVITATIONS) {
    throw new AppError("conflict", `There are ${MAX_OPEN_INVITATIONS} open invitations.`, {
      hint: "Withdraw some first.",
    });
  }
  const token = createSecretToken();
  const expiresAt = new Date(now.getTime() + VALID_FOR_MS);
  const { id } = await db().$transaction(async (tx) => {
    const summary = email ? `Invited ${email}.` : "Created an invitation for anyone who has its link.";
    await recordChange(tx, { action: "people.invited", userId: user.id, summary });
    return tx.invitation.create({
      data: { email, ...rights, tokenHash: hashSecretToken(token), invitedById: user.id, expiresAt },
      select: { id: true },
    });
  });
  return { id, url: `${env().publicUrl}/invite/${token}`, expiresAt: expiresAt.toISOString() };
}

/** Lists the open invitations, the newest first. */
export async function listInvitations(user: SessionUser, now = new Date()): Promise<InvitationView[]> {
  requireAdmin(user);
  const rows = await db().invitation.findMany({
    where: whereOpen(now),
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
  });
  return rows.map(({ id, email, role, mayUseEveryDeployment, createdAt, expiresAt }) => ({
    id,
    email,
    role,
    mayUseEveryDeployment,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }));
}

/** @throws AppError `forbidden`, `not_found` */
export async function withdrawInvitation(user: SessionUser, id: string): Promise<void> {
  requireAdmin(user);
  await db().$transaction(async (tx) => {
    const [row] = await tx.invitation.findMany({ where: { id, acceptedAt: null }, select: { email: true } });
    const { count } = await tx.invitation.deleteMany({ where: { id, acceptedAt: null } });
    if (!row || count === 0) throw new AppError("not_found", "This invitation is gone already.");
    const summary = `Withdrew the invitation ${row.email ? `of ${row.email}` : "for anyone who has its link"}.`;
    await recordChange(tx, { action: "people.invitation-withdrawn", userId: user.id, summary });
  });
}

/** Finds what an invitation's page shows. Null for a link that is wrong, used, withdrawn or too old. */
export async function findInvitation(
  token: string,
  now = new Date(),
): Promise<{ email: string | null; invitedBy: string } | null> {
  const row = await db().invitation.findFirst({
    where: { tokenHash: hashSecretToken(token), ...whereOpen(now) },
    select: { email: true, invitedBy: { select: { name: true, email: true } } },
  });
  return row && { email: row.email, invitedBy: row.invitedBy.name ?? row.invitedBy.email };
}

/**
 * Creates the account of an invited person, with a password.
 *
 * @throws AppError `not_found` when the link no longer works, `conflict` when the address has an account,
 *   `invalid_request` for a password that is too easy or an address other than the invited one
 */
export async function acceptInvitation(token: string, account: NewAccount, now = new Date()): Promise<SessionUser> {
  // Looked up first: judging and hashing a password costs time, which a request without an invitation must not use.
  if (!(await findInvitation(token, now))) throw invalidInvitation();
  refuseWeakPassword(account.password, account.email);
  const passwordHash = await hashPassword(account.password);
  return db().$transaction(async (tx) => {
    const invitation = await consumeInvitation(tx, token, now);
    if (invitation.email && invitation.email !== account.email) {
      const message = `This invitation is for ${invitation.email}.`;
      throw new AppError("invalid_request", message, { fields: { email: message } });
    }
    const { role, mayUseEveryDeployment } = invitation;
    const data = { email: account.email, name: account.name, passwordHash, role, mayUseEveryDeployment };
    const user = await createMember(tx, data);
    await claimDeployments(tx, user, invitation.email);
    const summary = "Accepted an invitation and chose a password.";
    await recordChange(tx, { action: "account.created", userId: user.id, summary });
    return user;
  });
}

/**
 * Creates the account of an invited person who signs in with GitHub.
 *
 * @returns null when the link no longer works, or is for an address that GitHub has not verified as this person's
 * @throws AppError `conflict` when the address has an account
 */
export async function acceptInvitationWithGitHub(
  token: string,
  profile: GitHubProfile,
  now = new Date(),
): Promise<SessionUser | null> {
  const verified = profile.verifiedEmails.map(normalizeEmail);
  const invitation = await findInvitation(token, now);
  if (!invitation) return null;
  const email = invitation.email ? verified.find((address) => address === invitation.email) : verified[0];
  if (!email) return null;
  return db().$transaction(async (tx) => {
    const { role, mayUseEveryDeployment } = await consumeInvitation(tx, token, now);
    const name = profile.name ?? profile.login;
    const user = await createMember(tx, { email, name, githubId: profile.id, role, mayUseEveryDeployment });
    await claimDeployments(tx, user, invitation.email);
    const summary = "Accepted an invitation with GitHub.";
    await recordChange(tx, { action: "account.created", userId: user.id, summary });
    return user;
  });
}

/**
 * Gives a new account the deployments that its address may use. The invitation must be for that address: with an open invitation,
 * its holder could enter another person's address.
 */
async function claimDeployments(
  tx: Prisma.TransactionClient,
  user: SessionUser,
  invited: string | null,
): Promise<void> {
  if (invited === null || invited !== user.email) return;
  await tx.deploymentUser.updateMany({ where: { email: invited, userId: null }, data: { userId: user.id } });
}

function whereOpen(now: Date): Prisma.InvitationWhereInput {
  return { acceptedAt: null, expiresAt: { gt: now } };
}

/** Uses an invitation up in one statement, so that of two people with one link only one gets in. */
async function consumeInvitation(
  tx: Prisma.TransactionClient,
  token: string,
  now: Date,
): Promise<{ email: string | null; role: UserRole; mayUseEveryDeployment: boolean }> {
  const [used] = await tx.invitation.updateManyAndReturn({
    where: { tokenHash: hashSecretToken(token), ...whereOpen(now) },
    data: { acceptedAt: now },
    select: { email: true, role: true, mayUseEveryDeployment: true },
  });
  if (used) return used;
  throw invalidInvitation();
}

function invalidInvitation(): AppError {
  return new AppError("not_found", "This invitation no longer works.", {
    hint: "It was used, withdrawn, or is older than seven days. Ask for a new one.",
  });
}
