import { argon2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { equalsInConstantTime } from "../crypto/constant-time.ts";
import { AppError } from "../errors/app-error.ts";
import { processWide } from "../util/process-wide.ts";
import { Semaphore, SemaphoreFullError } from "../util/semaphore.ts";
import { MAX_PASSWORD_LENGTH } from "./password-policy.ts";

const argon2Async = promisify(argon2);

/** OWASP's parameters for Argon2id (Password Storage Cheat Sheet): 19 MiB of memory, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** Hashes at once, with 19 MiB and half a core each, and how many more may wait for a second or so. */
const MAX_CONCURRENT_HASHES = 2;
const MAX_WAITING_HASHES = 32;

/** Upper bounds for the parameters of a stored hash, so that a damaged row cannot exhaust memory. */
const MAX_MEMORY_KIB = 1_048_576;
const MAX_PASSES = 16;

/**
 * Derives a hash when it is its turn, so that no number of sign-ins at once takes all memory and every thread of the pool.
 *
 * @throws AppError `rate_limited` when too many wait
 */
async function derive(parameters: Parameters<typeof argon2Async>[1]): Promise<Buffer> {
  const hashing = processWide("password-hashing", () => new Semaphore(MAX_CONCURRENT_HASHES, MAX_WAITING_HASHES));
  try {
    return await hashing.run(() => argon2Async("argon2id", parameters));
  } catch (thrown) {
    if (!(thrown instanceof SemaphoreFullError)) throw thrown;
    const hint = "Try again in a few seconds.";
    throw new AppError("rate_limited", "Too many people are signing in at this moment.", { hint, retryAfterS: 5 });
  }
}

/** Normalizes a password: keyboards compose characters in different ways (NIST SP 800-63B, 5.1.1.2). */
function normalize(password: string): Buffer {
  return Buffer.from(password.normalize("NFKC"), "utf8");
}

/** Hashes a password with Argon2id and a fresh salt. Returns the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const hash = await derive({
    message: normalize(password),
    nonce,
    parallelism: PARALLELISM,
    memory: MEMORY_KIB,
    passes: PASSES,
    tagLength: HASH_BYTES,
  });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(nonce)}$${base64(hash)}`;
}

/** Compared when there is no stored hash: no password matches it, and it costs as much as a real one. */
const DUMMY_HASH = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(randomBytes(SALT_BYTES))}$${base64(randomBytes(HASH_BYTES))}`;

/**
 * Verifies a password against a stored hash. Without a hash (no such account, or one that signs in elsewhere) it takes as long
 * and returns false, so that the duration does not reveal which accounts exist.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const isPlausible = password.length <= MAX_PASSWORD_LENGTH;
  const parsed = parsePhc(stored ?? DUMMY_HASH) ?? parsePhc(DUMMY_HASH);
  if (!parsed) return false;
  const hash = await derive({
    message: normalize(isPlausible ? password : ""),
    nonce: parsed.salt,
    parallelism: parsed.parallelism,
    memory: parsed.memoryKib,
    passes: parsed.passes,
    tagLength: parsed.hash.length,
  });
  return equalsInConstantTime(hash, parsed.hash) && isPlausible && stored !== null;
}

interface StoredHash {
  memoryKib: number;
  passes: number;
  parallelism: number;
  salt: Buffer;
  hash: Buffer;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function parsePhc(text: string): StoredHash | null {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(text) ?? [];
  if (!salt || !hash) return null;
  const parsed = {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
  const isBounded = parsed.memoryKib <= MAX_MEMORY_KIB && parsed.passes <= MAX_PASSES && parsed.passes > 0;
  return isBounded && parsed.parallelism > 0 ? parsed : null;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/(?<!=)=+$/, "");
}
