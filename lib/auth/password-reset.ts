import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { refuseWeakPassword } from "./accounts.ts";
import { hashPassword } from "./password.ts";
import { beginLinkAttempt } from "./throttle.ts";
import { normalizeEmail, SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

const VALID_FOR_MS = 60 * 60_000;

/** What the link's page has to know of whose password it changes. */
export interface PasswordResetView {
  email: string;
}

/**
 * Makes a link that gives an account a new password, once, within an hour; an older link of the account ends. The link is in
 * the answer and nowhere else. For who runs this Catwalk, who says who may have it.
 *
 * @throws AppError `not_found` when no account has this address
 */
export async function createPasswordReset(
  email: string,
  now = new Date(),
): Promise<{ url: string; expiresAt: string }> {
  const user = await db().user.findUnique({
    where: { email: normalizeEmail(email) },
    select: { id: true, role: true, passwordHash: true, githubId: true },
  });
  // A member without any way to sign in has been removed, and only waits for the last of what they deployed to be gone.
  const isRemoved = user?.role === "member" && user.passwordHash === null && user.githubId === null;
  if (!user || isRemoved) throw new AppError("not_found", `There is no account with the e-mail address ${email}.`);
  const token = createSecretToken();
  const link = { tokenHash: hashSecretToken(token), expiresAt: new Date(now.getTime() + VALID_FOR_MS) };
  await db().passwordReset.upsert({ where: { userId: user.id }, create: { userId: user.id, ...link }, update: link });
  return { url: `${env().publicUrl}/reset-password/${token}`, expiresAt: link.expiresAt.toISOString() };
}

/**
 * What a link's page shows; null for a link that is wrong, used, replaced or older than an hour. A link that does not work
 * counts as a failed attempt to sign in from its address.
 *
 * @param address of the client, for the throttle
 * @throws AppError `rate_limited`
 */
export async function findPasswordReset(
  token: string,
  address: string,
  now = new Date(),
): Promise<PasswordResetView | null> {
  const attempt = await beginLinkAttempt(address, now);
  const row = await db().passwordReset.findFirst({
    where: { tokenHash: hashSecretToken(token), expiresAt: { gt: now } },
    select: { user: { select: { email: true } } },
  });
  if (row) await attempt.succeeded();
  return row && { email: row.user.email };
}

/**
 * Gives the account of a link a new password, and ends all its sessions; API tokens and access keys stay. The link is of no use
 * afterwards. A password that is too easy does not use it up.
 *
 * @param address of the client, for the throttle
 * @returns whose it is, and the moment from which sessions are valid, for the one that begins now
 * @throws AppError `not_found` when the link does not work (any more), `invalid_request` with the field `password`, `rate_limited`
 */
export async function resetPassword(
  token: string,
  password: string,
  address: string,
  now = new Date(),
): Promise<{ user: SessionUser; sessionsValidFrom: Date }> {
  // A hash is dear, and nobody without a link should have us make one.
  const found = await findPasswordReset(token, address, now);
  if (!found) throw uselessLink();
  refuseWeakPassword(password, found.email);
  const passwordHash = await hashPassword(password);
  const sessionsValidFrom = new Date();
  const user = await db().$transaction(async (tx) => {
    // Taken as one step: of two people with one link only one chooses the password.
    const [used] = await tx.$queryRaw<{ user_id: string }[]>`delete from password_resets
      where token_hash = ${hashSecretToken(token)} and expires_at > ${now} returning user_id`;
    if (!used) throw uselessLink();
    return tx.user.update({
      where: { id: used.user_id },
      data: { passwordHash, sessionsValidFrom },
      select: SESSION_USER_COLUMNS,
    });
  });
  return { user, sessionsValidFrom };
}

function uselessLink(): AppError {
  return new AppError("not_found", "This link does not work any more.", {
    hint: "It was used, replaced by a newer one, or is older than an hour. Ask for a new one.",
  });
}
