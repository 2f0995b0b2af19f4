import { z } from "zod";
import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { AppError } from "../errors/app-error.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { findPasswordProblem } from "./password-policy.ts";
import { beginAttempt } from "./throttle.ts";
import { normalizeEmail, SESSION_USER_COLUMNS, type SessionUser, type UserRole } from "./user.ts";

/** Parses an e-mail address as typed into the form in which accounts are stored. */
export const emailSchema = z
  .string()
  .transform(normalizeEmail)
  .pipe(z.email("Enter an e-mail address such as ada@example.com.").max(254, "This address is too long."));

/** Parses a person's name; empty becomes null. */
export const nameSchema = z
  .string()
  .trim()
  .max(100, "Use at most 100 characters.")
  .transform((name) => name || null);

/** A new account with a password. */
export interface NewAccount {
  email: string;
  name: string | null;
  password: string;
}

/** A new account has no older sessions to refuse, and the database's clock can be ahead of this one. */
const SINCE_EVER = new Date(0);

/** Key of the advisory lock for the first account, unique in Catwalk. */
const OWNER_LOCK = 7_226_813_513n;

/**
 * Creates the first account, the owner's, unless an account exists.
 *
 * @returns null when there is one
 * @throws AppError `invalid_request` with the field `password` when it is too easy
 */
export async function createOwner(account: NewAccount): Promise<SessionUser | null> {
  refuseWeakPassword(account.password, account.email);
  // Hash before taking the lock, which is then held for two queries only.
  const passwordHash = await hashPassword(account.password);
  return db().$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${OWNER_LOCK})`;
    if ((await tx.user.count()) > 0) return null;
    const owner = await tx.user.create({
      data: { email: account.email, name: account.name, role: "owner", passwordHash, sessionsValidFrom: SINCE_EVER },
      select: SESSION_USER_COLUMNS,
    });
    const summary = "Created the owner's account.";
    await recordChange(tx, { action: "account.created", userId: owner.id, summary });
    return owner;
  });
}

/**
 * Creates the account of an invited person inside a transaction.
 *
 * @throws AppError `conflict` with the field `email` when the address has an account
 */
export async function createMember(
  tx: Prisma.TransactionClient,
  data: {
    email: string;
    name: string | null;
    passwordHash?: string;
    githubId?: string;
    role?: UserRole;
    mayUseEveryDeployment?: boolean;
  },
): Promise<SessionUser> {
  const existing = await tx.user.findUnique({ where: { email: data.email }, select: { id: true } });
  if (existing) throw emailTaken("Sign in instead.");
  return tx.user.create({
    data: { ...data, role: data.role === "admin" ? "admin" : "member", sessionsValidFrom: SINCE_EVER },
    select: SESSION_USER_COLUMNS,
  });
}

/** @throws AppError `invalid_request` with the field `password` */
export function refuseWeakPassword(password: string, email: string, field = "password"): void {
  const problem = findPasswordProblem(password, email);
  if (problem) throw new AppError("invalid_request", "Choose another password.", { fields: { [field]: problem } });
}

/** Tells whether an account exists. */
export async function hasAccounts(): Promise<boolean> {
  return (await db().user.findFirst({ select: { id: true } })) !== null;
}

export async function renameAccount(userId: string, name: string | null): Promise<void> {
  await db().$transaction([
    db().user.update({ where: { id: userId }, data: { name } }),
    recordChange(db(), { action: "account.renamed", userId, summary: "Changed the name of the account." }),
  ]);
}

/** Returns the ways in which a person can sign in. */
export async function getSignInMethods(userId: string): Promise<{ password: boolean; gitHub: boolean }> {
  const row = await db().user.findUniqueOrThrow({
    where: { id: userId },
    select: { passwordHash: true, githubId: true },
  });
  return { password: row.passwordHash !== null, gitHub: row.githubId !== null };
}

/**
 * Replaces a password and ends every session that began before; API tokens stay. An account that signs in with GitHub only
 * has no current password to confirm, and gets its first one.
 *
 * @returns the moment from which sessions are valid, for the session that replaces the caller's
 * @throws AppError `invalid_request` with the fields `current` or `password`, `rate_limited` after several wrong ones
 */
export async function changePassword(
  user: SessionUser,
  passwords: { current: string; password: string },
): Promise<Date> {
  refuseWeakPassword(passwords.password, user.email);
  const stored = await confirmPassword(user, passwords.current);
  const passwordHash = await hashPassword(passwords.password);
  const sessionsValidFrom = new Date();
  // Compare and swap on the checked password: of two concurrent changes one wins, the other gets a conflict.
  await db().$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: user.id, passwordHash: stored },
      data: { passwordHash, sessionsValidFrom },
    });
    if (count === 0) throw changedElsewhere();
    // A reset link for the old password must not replace the new one.
    await tx.passwordReset.deleteMany({ where: { userId: user.id } });
    const summary = "Changed the password of the account, which ended its sessions.";
    await recordChange(tx, { action: "account.password-changed", userId: user.id, summary });
  });
  return sessionsValidFrom;
}

/**
 * Changes an account's e-mail address; sessions and API tokens stay. An account that signs in with GitHub only has no password
 * to confirm.
 *
 * @throws AppError `conflict` with the field `email` when another account has it, `invalid_request` with the field `current`,
 *   `rate_limited` after several wrong passwords
 */
export async function changeEmail(user: SessionUser, change: { email: string; current: string }): Promise<void> {
  const stored = await confirmPassword(user, change.current);
  await db()
    .$transaction(async (tx) => {
      // Recorded first, under the address that the account still has.
      const summary = `Changed the e-mail address of the account to ${change.email}.`;
      await recordChange(tx, { action: "account.email-changed", userId: user.id, summary });
      const where = { id: user.id, passwordHash: stored };
      const { count } = await tx.user.updateMany({ where, data: { email: change.email } });
      if (count === 0) throw changedElsewhere();
    })
    .catch((thrown: unknown) => {
      throw isUniqueViolation(thrown) ? emailTaken() : thrown;
    });
}

/**
 * Confirms that the signed-in person knows the account's password, if it has one.
 *
 * @returns the stored hash that the password was checked against
 */
async function confirmPassword(user: SessionUser, current: string): Promise<string | null> {
  const { passwordHash } = await db().user.findUniqueOrThrow({
    where: { id: user.id },
    select: { passwordHash: true },
  });
  if (passwordHash === null) return null;
  // A stolen session must not be a way to guess the password, so these guesses are throttled like any other.
  const attempt = await beginAttempt(user.email, `signed in as ${user.id}`);
  if (!(await verifyPassword(current, passwordHash))) {
    throw new AppError("invalid_request", "The current password is wrong.", {
      fields: { current: "This is not your current password." },
    });
  }
  await attempt.succeeded();
  return passwordHash;
}

/** Tells whether another row has the value already (Prisma's P2002). */
function isUniqueViolation(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "P2002";
}

function changedElsewhere(): AppError {
  return new AppError("conflict", "Your password was changed elsewhere in this moment.");
}

function emailTaken(hint?: string): AppError {
  const message = "There is an account with this e-mail address already.";
  return new AppError("conflict", message, { ...(hint && { hint }), fields: { email: message } });
}

/**
 * Ends every session of an account; API tokens stay.
 *
 * @returns the moment from which sessions are valid, for the session that replaces the caller's
 */
export async function endSessions(userId: string): Promise<Date> {
  const sessionsValidFrom = new Date();
  await db().$transaction([
    db().user.update({ where: { id: userId }, data: { sessionsValidFrom } }),
    recordChange(db(), { action: "sign-in.ended-all", userId, summary: "Signed out in every other browser." }),
  ]);
  return sessionsValidFrom;
}
