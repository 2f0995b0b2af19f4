import { timingSafeEqual } from "node:crypto";

/**
 * Compares a secret with a value from outside in a time that does not depend on where they differ. Lengths are not hidden:
 * pass the hashes of both where the secret's length is one itself.
 */
export function equalsInConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
