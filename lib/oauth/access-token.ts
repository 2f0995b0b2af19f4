import { createHash, verify } from "node:crypto";
import { z } from "zod";
import { issuer } from "./issuer.ts";
import { verifierOf } from "./signing-keys.ts";

/** Claims of a valid access token. */
export interface AccessTokenClaims {
  /** The connector URL of the one deployment that it is for. */
  audience: string;
  /** The grant that it belongs to: a connected client's id. */
  grantId: string;
  /** The person who let the client in. */
  userId: string;
  clientId: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

const MAX_TOKEN_CHARACTERS = 4_096;
/** Clocks of two instances may differ by this much. */
const CLOCK_TOLERANCE_S = 30;
const MAX_REMEMBERED = 10_000;

const headerSchema = z.object({
  alg: z.literal("ES256"),
  typ: z.string().regex(/^(application\/)?at\+jwt$/i),
  kid: z.string(),
});

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  sub: z.string(),
  client_id: z.string(),
  gid: z.string(),
});

/**
 * Tokens whose signature was right, by the token's SHA-256. An ES256 signature takes longer to verify than everything else that the
 * gateway does for a call, and clients send the same token with each one.
 */
const verified = new Map<string, { claims: AccessTokenClaims; keyId: string }>();

/** Returns whether a bearer token has the form of a JWT. Access keys do not. */
function isJwt(token: string): boolean {
  return token.length <= MAX_TOKEN_CHARACTERS && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/**
 * Returns the claims of an access token that Catwalk issued (RFC 9068, section 4), or null when it is forged, expired or from another
 * issuer. The caller must check its deployment, and whether its grant is alive.
 *
 * @throws what the database threw, when no signing key is known yet
 */
export async function verifyAccessToken(token: string, nowMs = Date.now()): Promise<AccessTokenClaims | null> {
  if (!isJwt(token)) return null;
  const digest = createHash("sha256").update(token).digest("base64url");
  const remembered = verified.get(digest);
  if (remembered !== undefined) {
    // A key that was removed verifies nothing any more, what is remembered included.
    if ((await verifierOf(remembered.keyId)) === null) return null;
    return isInTime(remembered.claims, nowMs) ? remembered.claims : null;
  }
  const [header = "", payload = "", signature = ""] = token.split(".");
  const parsedHeader = headerSchema.safeParse(parsePart(header));
  if (!parsedHeader.success) return null;
  const key = await verifierOf(parsedHeader.data.kid);
  if (key === null) return null;
  const isRight = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isRight) return null;
  const parsed = claimsSchema.safeParse(parsePart(payload));
  if (!parsed.success || parsed.data.iss !== issuer()) return null;
  const { aud, gid, sub, client_id, exp, iat } = parsed.data;
  if (iat > nowMs / 1_000 + CLOCK_TOLERANCE_S) return null;
  const claims = { audience: aud, grantId: gid, userId: sub, clientId: client_id, expiresAt: exp };
  if (!isInTime(claims, nowMs)) return null;
  remember(digest, claims, parsedHeader.data.kid);
  return claims;
}

function isInTime(claims: AccessTokenClaims, nowMs: number): boolean {
  return claims.expiresAt + CLOCK_TOLERANCE_S > nowMs / 1_000;
}

function remember(digest: string, claims: AccessTokenClaims, keyId: string): void {
  verified.set(digest, { claims, keyId });
  if (verified.size <= MAX_REMEMBERED) return;
  for (const oldest of verified.keys()) {
    verified.delete(oldest);
    break;
  }
}

function parsePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
