import { createHash, randomBytes } from "node:crypto";

/** A new secret of 256 bits: the prefix and 43 base64url characters. */
export function createSecretToken(prefix = ""): string {
  return prefix + randomBytes(32).toString("base64url");
}

/**
 * What is kept of a secret token: its SHA-256 in hexadecimal. 256 random bits cannot be guessed, so a fast hash suffices,
 * and looking a token up by its hash tells nothing about it through the time that it takes.
 */
export function hashSecretToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
