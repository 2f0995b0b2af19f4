import { recordChange, recordFailedSignIn } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { verifyPassword } from "./password.ts";
import { beginAttempt } from "./throttle.ts";
import { normalizeEmail, SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

/** Longer than any address that mail can be sent to (RFC 5321, section 4.5.3.1.3). */
const MAX_EMAIL_LENGTH = 254;

/**
 * The account of an e-mail address and its password. Whether the address or the password was wrong is told by nothing: not by the
 * answer, not by the time that it takes, not by when the waiting begins.
 *
 * @param address of the client, for the throttle
 * @throws AppError `unauthenticated`, `rate_limited`
 */
export async function signInWithPassword(
  credentials: { email: string; password: string; address: string },
  now = new Date(),
): Promise<SessionUser> {
  const email = normalizeEmail(credentials.email).slice(0, MAX_EMAIL_LENGTH + 1);
  const { address } = credentials;
  const attempt = await beginAttempt(email, address, now).catch(async (thrown: unknown) => {
    if (thrown instanceof AppError && thrown.code === "rate_limited") {
      await recordFailedSignIn(email, address, "throttled");
    }
    throw thrown;
  });
  const row = await db().user.findUnique({
    where: { email },
    select: { ...SESSION_USER_COLUMNS, passwordHash: true },
  });
  const isRight = await verifyPassword(credentials.password, row?.passwordHash ?? null);
  if (!row || !isRight) {
    await recordFailedSignIn(email, address, "failed");
    throw new AppError("unauthenticated", "E-mail address or password is wrong.");
  }
  await attempt.succeeded();
  await recordChange(db(), {
    action: "sign-in.password",
    userId: row.id,
    address,
    summary: "Signed in with a password.",
  });
  const { passwordHash: _, ...user } = row;
  return user;
}
