import { cookies } from "next/headers";
import { usesSecureCookies } from "./session-cookie.ts";

const MAX_AGE_S = 15 * 60;

function cookieName(): string {
  return `${usesSecureCookies() ? "__Secure-" : ""}catwalk.invitation`;
}

/** Remembers which invitation a person is accepting during the redirect to GitHub. */
export async function setInvitationCookie(token: string): Promise<void> {
  (await cookies()).set(cookieName(), token, {
    httpOnly: true,
    sameSite: "lax",
    secure: usesSecureCookies(),
    path: "/api/auth",
    maxAge: MAX_AGE_S,
  });
}

/** Reads the token of the invitation that a person is accepting. */
export async function readInvitationCookie(): Promise<string | null> {
  return (await cookies()).get(cookieName())?.value ?? null;
}
