import { db } from "../db/client.ts";
import { toAppError } from "../errors/app-error.ts";
import { findUserByApiToken } from "./api-tokens.ts";
import { openSession, readCookie, sessionCookie } from "./session-cookie.ts";
import { SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

/**
 * Finds the person of a session's token. Returns null when the token is invalid, the session was ended or the account is gone.
 *
 * @throws AppError `database_unavailable`, since null would sign the person out
 */
export async function findUserBySession(token: string | undefined): Promise<SessionUser | null> {
  const claims = await openSession(token);
  if (!claims) return null;
  try {
    const row = await db().user.findUnique({
      where: { id: claims.sub },
      select: {
        ...SESSION_USER_COLUMNS,
        sessionsValidFrom: true,
        signedOutSessions: { where: { signedInAt: new Date(claims.signedInAtMs) }, select: { signedInAt: true } },
      },
    });
    if (!row || claims.signedInAtMs < row.sessionsValidFrom.getTime() || row.signedOutSessions.length > 0) return null;
    const { sessionsValidFrom: _from, signedOutSessions: _ended, ...user } = row;
    return user;
  } catch (thrown) {
    throw toAppError(thrown);
  }
}

/** The person who sent a request, and the credential that proved it. */
export interface Authentication {
  user: SessionUser;
  by: "session" | "token";
}

/** Authenticates a request by its `Authorization` header when it has one, else by the session cookie. */
export async function authenticate(request: Request): Promise<Authentication | null> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    const user = token ? await findUserByApiToken(token) : null;
    return user && { user, by: "token" };
  }
  const user = await findUserBySession(readCookie(request, sessionCookie().name));
  return user && { user, by: "session" };
}
