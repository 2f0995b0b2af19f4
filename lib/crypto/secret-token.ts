import { createHash, randomBytes } from "node:crypto";

/** Creates a secret of 256 random bits: the prefix and 43 base64url characters. */
export function createSecretToken(prefix = ""): string {
  return prefix + randomBytes(32).toString("base64url");
}

/**
 * Hashes a secret token for storage: SHA-256 in hexadecimal. A fast hash is enough for 256 random bits, and a lookup by hash
 * leaks nothing about the token through its duration.
 */
export function hashSecretToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
