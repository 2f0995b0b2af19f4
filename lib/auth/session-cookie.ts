import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { env } from "../env/env.ts";

/** How long a session lasts, from signing in. */
export const SESSION_MAX_AGE_S = 30 * 24 * 60 * 60;

/**
 * What a session's token says. The moment of signing in is a claim of its own, because next-auth renews `iat` whenever it
 * hands the token out again, and a session that was ended would come back to life.
 */
const claimsSchema = z.object({ sub: z.uuid(), signedInAtMs: z.number().int().positive() });

export type SessionClaims = z.infer<typeof claimsSchema>;

/** Cookies carry `Secure` exactly where browsers reach Catwalk through https. */
export function usesSecureCookies(): boolean {
  return env().publicUrl.startsWith("https://");
}

/** The session's cookie: next-auth's own name and attributes. */
export function sessionCookie() {
  const secure = usesSecureCookies();
  return {
    name: `${secure ? "__Secure-" : ""}next-auth.session-token`,
    options: { httpOnly: true, sameSite: "lax", path: "/", secure } as const,
  };
}

/** A session's token, encrypted as next-auth reads it. */
export function sealSession(claims: SessionClaims): Promise<string> {
  return encode({ token: claims, secret: env().NEXTAUTH_SECRET, maxAge: SESSION_MAX_AGE_S });
}

/** What a session's token says, or null when it is forged, expired or of another kind. */
export async function openSession(token: string | undefined): Promise<SessionClaims | null> {
  if (!token) return null;
  try {
    return claimsSchema.safeParse(await decode({ token, secret: env().NEXTAUTH_SECRET })).data ?? null;
  } catch {
    return null;
  }
}

/** A cookie of a request by its name, from the `Cookie` header. */
export function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, ...value] = pair.split("=");
    if (key?.trim() === name) return decodeCookieValue(value.join("=").trim());
  }
  return undefined;
}

function decodeCookieValue(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
