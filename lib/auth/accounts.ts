import { z } from "zod";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { AppError } from "../errors/app-error.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { findPasswordProblem } from "./password-policy.ts";
import { beginAttempt } from "./throttle.ts";
import { normalizeEmail, SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

/** An e-mail address as a person types it, in the form in which accounts are kept. */
export const emailSchema = z
  .string()
  .transform(normalizeEmail)
  .pipe(z.email("Enter an e-mail address such as ada@example.com.").max(254, "This address is too long."));

/** A person's name; empty means none. */
export const nameSchema = z
  .string()
  .trim()
  .max(100, "Use at most 100 characters.")
  .transform((name) => name || null);

/** What a new account with a password is made of. */
export interface NewAccount {
  email: string;
  name: string | null;
  password: string;
}

/** A new account has no older sessions to refuse, and the database's clock may be ahead of ours. */
const SINCE_EVER = new Date(0);

/** Any number that nothing else of Catwalk uses: who makes the first account makes it alone. */
const OWNER_LOCK = 7_226_813_513n;

/**
 * Makes the first account, the owner's, unless there is an account already.
 *
 * @returns null when there is one
 * @throws AppError `invalid_request` with the field `password` when it is too easy
 */
export async function createOwner(account: NewAccount): Promise<SessionUser | null> {
  refuseWeakPassword(account.password, account.email);
  // Hashed before the lock is taken, which is then held for two queries only.
  const passwordHash = await hashPassword(account.password);
  return db().$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${OWNER_LOCK})`;
    if ((await tx.user.count()) > 0) return null;
    return tx.user.create({
      data: { email: account.email, name: account.name, role: "owner", passwordHash, sessionsValidFrom: SINCE_EVER },
      select: SESSION_USER_COLUMNS,
    });
  });
}

/**
 * Makes a member's account inside a transaction.
 *
 * @throws AppError `conflict` with the field `email` when there is one of this address
 */
export async function createMember(
  tx: Prisma.TransactionClient,
  data: { email: string; name: string | null; passwordHash?: string; githubId?: string },
): Promise<SessionUser> {
  const existing = await tx.user.findUnique({ where: { email: data.email }, select: { id: true } });
  if (existing) throw emailTaken("Sign in instead.");
  return tx.user.create({
    data: { ...data, role: "member", sessionsValidFrom: SINCE_EVER },
    select: SESSION_USER_COLUMNS,
  });
}

/** @throws AppError `invalid_request` with the field `password` */
export function refuseWeakPassword(password: string, email: string, field = "password"): void {
  const problem = findPasswordProblem(password, email);
  if (problem) throw new AppError("invalid_request", "Choose another password.", { fields: { [field]: problem } });
}

/** Whether anybody has an account here yet. */
export async function hasAccounts(): Promise<boolean> {
  return (await db().user.findFirst({ select: { id: true } })) !== null;
}

export async function renameAccount(userId: string, name: string | null): Promise<void> {
  await db().user.update({ where: { id: userId }, data: { name } });
}

/** How a person can sign in. */
export async function getSignInMethods(userId: string): Promise<{ password: boolean; gitHub: boolean }> {
  const row = await db().user.findUniqueOrThrow({
    where: { id: userId },
    select: { passwordHash: true, githubId: true },
  });
  return { password: row.passwordHash !== null, gitHub: row.githubId !== null };
}

/**
 * Replaces a password and ends every session that began before; API tokens stay. Who signs in with GitHub only has no
 * current password to give, and gets a first one.
 *
 * @returns the moment from which sessions are valid, for a session that takes the place of the one that asked
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
  // Only over the password that was checked: of two changes at once one wins and the other is told.
  const { count } = await db().user.updateMany({
    where: { id: user.id, passwordHash: stored },
    data: { passwordHash, sessionsValidFrom },
  });
  if (count === 0) throw changedElsewhere();
  // A link that was made for the old password's sake has no business with the new one.
  await db().passwordReset.deleteMany({ where: { userId: user.id } });
  return sessionsValidFrom;
}

/**
 * Gives an account another e-mail address; sessions and API tokens stay. Who signs in with GitHub only has no password to
 * give, and needs none.
 *
 * @throws AppError `conflict` with the field `email` when another account has it, `invalid_request` with the field `current`,
 *   `rate_limited` after several wrong passwords
 */
export async function changeEmail(user: SessionUser, change: { email: string; current: string }): Promise<void> {
  const stored = await confirmPassword(user, change.current);
  const { count } = await db()
    .user.updateMany({ where: { id: user.id, passwordHash: stored }, data: { email: change.email } })
    .catch((thrown: unknown) => {
      throw isUniqueViolation(thrown) ? emailTaken() : thrown;
    });
  if (count === 0) throw changedElsewhere();
}

/**
 * Makes sure that who is signed in knows the account's password, if it has one.
 *
 * @returns the stored hash that it was checked against
 */
async function confirmPassword(user: SessionUser, current: string): Promise<string | null> {
  const { passwordHash } = await db().user.findUniqueOrThrow({
    where: { id: user.id },
    select: { passwordHash: true },
  });
  if (passwordHash === null) return null;
  // A stolen session must not be a way to guess the password: such guesses are slowed like any others.
  const attempt = await beginAttempt(user.email, `signed in as ${user.id}`);
  if (!(await verifyPassword(current, passwordHash))) {
    throw new AppError("invalid_request", "The current password is wrong.", {
      fields: { current: "This is not your current password." },
    });
  }
  await attempt.succeeded();
  return passwordHash;
}

/** Whether another row has the value already (P2002 of Prisma's error reference). */
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
 * @returns the moment from which sessions are valid, for a session that takes the place of the one that asked
 */
export async function endSessions(userId: string): Promise<Date> {
  const sessionsValidFrom = new Date();
  await db().user.update({ where: { id: userId }, data: { sessionsValidFrom } });
  return sessionsValidFrom;
}
