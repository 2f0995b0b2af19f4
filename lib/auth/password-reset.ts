import { recordChange } from "../admin-log/record.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { refuseWeakPassword } from "./accounts.ts";
import { hashPassword } from "./password.ts";
import { beginLinkAttempt } from "./throttle.ts";
import { normalizeEmail, SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

const VALID_FOR_MS = 60 * 60_000;

/** The account that a link belongs to. */
export interface PasswordResetView {
  email: string;
}

/**
 * Creates a link that gives an account a new password, once, within an hour. An older link of the account ends. Only its hash is
 * stored, so it cannot be shown again. For the operator, who decides whom to send it to.
 *
 * @throws AppError `not_found` when no account has this address
 */
export async function createPasswordReset(
  email: string,
  now = new Date(),
): Promise<{ url: string; expiresAt: string }> {
  const user = await db().user.findUnique({
    where: { email: normalizeEmail(email) },
    select: { id: true, email: true, role: true, passwordHash: true, githubId: true },
  });
  // A member without a way to sign in has been removed; the row stays until their last deployment is deleted.
  const isRemoved = user?.role === "member" && user.passwordHash === null && user.githubId === null;
  if (!user || isRemoved) throw new AppError("not_found", `There is no account with the e-mail address ${email}.`);
  const token = createSecretToken();
  const link = { tokenHash: hashSecretToken(token), expiresAt: new Date(now.getTime() + VALID_FOR_MS) };
  await db().$transaction([
    db().passwordReset.upsert({ where: { userId: user.id }, create: { userId: user.id, ...link }, update: link }),
    recordChange(db(), {
      action: "account.reset-link-created",
      userId: null,
      summary: `Created a link that gives the account of ${user.email} a new password.`,
    }),
  ]);
  return { url: `${env().publicUrl}/reset-password/${token}`, expiresAt: link.expiresAt.toISOString() };
}

/**
 * Finds what a link's page shows. Null for a link that is wrong, used, replaced or older than an hour. Looking counts nothing: a
 * token of 256 bits cannot be guessed, and a page that counted would let mail scanners and strangers use up a person's attempts.
 */
export async function findPasswordReset(token: string, now = new Date()): Promise<PasswordResetView | null> {
  const row = await db().passwordReset.findFirst({
    where: { tokenHash: hashSecretToken(token), expiresAt: { gt: now } },
    select: { user: { select: { email: true } } },
  });
  return row && { email: row.user.email };
}

/**
 * Gives the account of a link a new password and ends all its sessions; API tokens and access keys stay. The link works once; a
 * refused password does not use it up. A link that does not work counts as a failed attempt to sign in from its address.
 *
 * @param address of the client, for the throttle
 * @returns the account, and the moment from which its sessions are valid, for the session that begins now
 * @throws AppError `not_found` when the link does not work, `invalid_request` with the field `password`, `rate_limited`
 */
export async function resetPassword(
  token: string,
  password: string,
  address: string,
  now = new Date(),
): Promise<{ user: SessionUser; sessionsValidFrom: Date }> {
  // Looked up first: hashing a password costs time, which a request without a link must not use.
  const attempt = await beginLinkAttempt(address, now);
  const found = await findPasswordReset(token, now);
  if (!found) throw invalidLink();
  await attempt.succeeded();
  refuseWeakPassword(password, found.email);
  const passwordHash = await hashPassword(password);
  const sessionsValidFrom = new Date();
  const user = await db().$transaction(async (tx) => {
    // Used up in one statement, so that of two people with one link only one chooses the password.
    const [used] = await tx.$queryRaw<{ user_id: string }[]>`delete from password_resets
      where token_hash = ${hashSecretToken(token)} and expires_at > ${now} returning user_id`;
    if (!used) throw invalidLink();
    const summary = "Chose a new password by a link, which ended the account's sessions.";
    await recordChange(tx, { action: "account.password-reset", userId: used.user_id, address, summary });
    return tx.user.update({
      where: { id: used.user_id },
      data: { passwordHash, sessionsValidFrom },
      select: SESSION_USER_COLUMNS,
    });
  });
  return { user, sessionsValidFrom };
}

function invalidLink(): AppError {
  return new AppError("not_found", "This link no longer works.", {
    hint: "It was used, replaced by a newer one, or is older than an hour. Ask for a new one.",
  });
}
