import { cookies } from "next/headers";
import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { env } from "../env/env.ts";
import { getCurrentUser } from "./session.ts";
import { usesSecureCookies } from "./session-cookie.ts";

const MAX_AGE_S = 15 * 60;
const PATH = "/api/auth";

const claimsSchema = z.object({ gitHubLinkFor: z.uuid() });

function cookieName(): string {
  return `${usesSecureCookies() ? "__Secure-" : ""}catwalk.github-link`;
}

/**
 * Remembers during the redirect to GitHub that a signed-in person wants to link the account there. The cookie is sealed for this
 * person: one that another site managed to set does nothing.
 */
export async function setGitHubLinkCookie(userId: string): Promise<void> {
  const token = await encode({ token: { gitHubLinkFor: userId }, secret: env().NEXTAUTH_SECRET, maxAge: MAX_AGE_S });
  (await cookies()).set(cookieName(), token, {
    httpOnly: true,
    sameSite: "lax",
    secure: usesSecureCookies(),
    path: PATH,
    maxAge: MAX_AGE_S,
  });
}

/** Returns the id of the person who asked for a link and is still signed in, or null. The cookie counts once. */
export async function takeGitHubLinkCookie(): Promise<string | null> {
  const jar = await cookies();
  const token = jar.get(cookieName())?.value;
  if (token === undefined) return null;
  jar.delete({ name: cookieName(), path: PATH });
  const claims = await decode({ token, secret: env().NEXTAUTH_SECRET }).catch(() => null);
  const userId = claimsSchema.safeParse(claims).data?.gitHubLinkFor;
  return userId !== undefined && (await getCurrentUser())?.id === userId ? userId : null;
}
