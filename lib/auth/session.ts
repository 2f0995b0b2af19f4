import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { findUserBySession } from "./authenticate.ts";
import { PATH_HEADER } from "./path-header.ts";
import { toSafePath } from "./paths.ts";
import { SESSION_MAX_AGE_S, sealSession, sessionCookie } from "./session-cookie.ts";
import type { SessionUser } from "./user.ts";

export type { SessionUser } from "./user.ts";

/**
 * Returns the signed-in person, or null, for pages and server actions. Looks it up once per request.
 *
 * @throws AppError `database_unavailable`
 */
export const getCurrentUser: () => Promise<SessionUser | null> = cache(async () =>
  findUserBySession((await cookies()).get(sessionCookie().name)?.value),
);

/** Returns the signed-in person. Redirects everyone else to the sign-in page, and from there back. */
export async function requireUser(): Promise<SessionUser> {
  const user = await getCurrentUser();
  if (user) return user;
  const path = toSafePath((await headers()).get(PATH_HEADER));
  redirect(path === "/" ? "/sign-in" : `/sign-in?callbackUrl=${encodeURIComponent(path)}`);
}

/** Starts a session for the browser that sent the request. For server actions that have just verified the person. */
export async function startSession(userId: string, signedInAt: Date): Promise<void> {
  const { name, options } = sessionCookie();
  const token = await sealSession({ sub: userId, signedInAtMs: signedInAt.getTime() });
  (await cookies()).set(name, token, { ...options, maxAge: SESSION_MAX_AGE_S });
}
