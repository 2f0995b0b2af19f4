import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { env } from "../env/env.ts";

/** A session's oldest age, from signing in. Use does not extend it. */
export const SESSION_MAX_AGE_S = 30 * 24 * 60 * 60;

/**
 * The claims of a session's token. The moment of signing in is a claim of its own: next-auth renews `iat` and `exp` whenever it
 * seals the token again, so a session that was ended would come back to life, and one in use would never end.
 */
export const sessionClaimsSchema = z.object({ sub: z.uuid(), signedInAtMs: z.number().int().positive() });

export type SessionClaims = z.infer<typeof sessionClaimsSchema>;

/** Tells whether cookies need `Secure`: exactly where browsers reach Catwalk through https. */
export function usesSecureCookies(): boolean {
  return env().publicUrl.startsWith("https://");
}

/** Returns the session cookie's name and attributes, as next-auth sets them. */
export function sessionCookie() {
  const secure = usesSecureCookies();
  return {
    name: `${secure ? "__Secure-" : ""}next-auth.session-token`,
    options: { httpOnly: true, sameSite: "lax", path: "/", secure } as const,
  };
}

/** Seals a session's token, encrypted as next-auth reads it. */
export function sealSession(claims: SessionClaims): Promise<string> {
  return encode({ token: claims, secret: env().NEXTAUTH_SECRET, maxAge: SESSION_MAX_AGE_S });
}

/** Opens a session's token. Null when it is forged, expired, older than 30 days or of another kind. */
export async function openSession(token: string | undefined, now = new Date()): Promise<SessionClaims | null> {
  if (!token) return null;
  try {
    const claims = sessionClaimsSchema.safeParse(await decode({ token, secret: env().NEXTAUTH_SECRET })).data;
    const isTooOld = claims !== undefined && now.getTime() - claims.signedInAtMs >= SESSION_MAX_AGE_S * 1_000;
    return isTooOld ? null : (claims ?? null);
  } catch {
    return null;
  }
}

/** Reads a cookie of a request by its name. */
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
