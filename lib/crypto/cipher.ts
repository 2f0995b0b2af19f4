import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { processWide } from "../util/process-wide.ts";

/** Where a ciphertext belongs. GCM authenticates it with the value, so a ciphertext cannot be moved to another place. */
export interface Place {
  /** A deployment's id, or "settings". */
  scope: string;
  /** The input's key, or the setting's. */
  field: string;
}

interface Key {
  id: string;
  bytes: Buffer;
}

/** Encrypts with the first of its keys, decrypts with any of them. */
export interface Cipher {
  /** The id of the key that encrypts: the first 8 hexadecimal digits of the SHA-256 of its bytes. */
  readonly currentKeyId: string;
  /** The ids of all keys that decrypt. */
  readonly keyIds: readonly string[];
  encrypt(plaintext: string, place: Place): string;
  decrypt(ciphertext: string, place: Place): string;
}

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Creates a cipher: AES-256-GCM (NIST SP 800-38D) with a fresh 96-bit nonce for each value, and the place as associated data.
 * A ciphertext is `v1.KEYID.NONCE.CIPHERTEXT.TAG`, the last three in base64url.
 *
 * `decrypt` throws AppError `encryption_key_missing` when the list has no key of that id, and when the value was changed or
 * belongs to another place.
 *
 * @param keyList 32 bytes each in base64, separated by commas; the first encrypts, all decrypt
 */
export function createCipher(keyList: string): Cipher {
  const keys = keyList.split(",").map((text) => toKey(Buffer.from(text.trim(), "base64")));
  const [current] = keys;
  if (current === undefined) throw new TypeError("an empty list of keys");
  return {
    currentKeyId: current.id,
    keyIds: keys.map((key) => key.id),
    encrypt: (plaintext, place) => seal(current, plaintext, place),
    decrypt: (ciphertext, place) => open(keys, ciphertext, place),
  };
}

/** Returns the process's cipher, created from `ENCRYPTION_KEY` at the first call. */
export function cipher(): Cipher {
  return processWide("cipher", () => createCipher(env().ENCRYPTION_KEY));
}

/** Encrypts a value for one place with the current key. */
export function encrypt(plaintext: string, place: Place): string {
  return cipher().encrypt(plaintext, place);
}

/** Decrypts a value of one place. Throws AppError `encryption_key_missing`, which names the place and never the value. */
export function decrypt(ciphertext: string, place: Place): string {
  return cipher().decrypt(ciphertext, place);
}

function toKey(bytes: Buffer): Key {
  if (bytes.length !== 32) throw new TypeError("an encryption key must have 32 bytes");
  return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes };
}

function associatedData(place: Place): Buffer {
  return Buffer.from(`${place.scope}\n${place.field}`);
}

function seal(key: Key, plaintext: string, place: Place): string {
  const nonce = randomBytes(NONCE_BYTES);
  const encryption = createCipheriv(ALGORITHM, key.bytes, nonce, { authTagLength: TAG_BYTES });
  encryption.setAAD(associatedData(place));
  const sealed = Buffer.concat([encryption.update(plaintext, "utf8"), encryption.final()]);
  const parts = [nonce, sealed, encryption.getAuthTag()].map((part) => part.toString("base64url"));
  return `v1.${key.id}.${parts.join(".")}`;
}

function open(keys: Key[], ciphertext: string, place: Place): string {
  const [version, keyId, nonce, sealed, tag, ...rest] = ciphertext.split(".");
  if (version !== "v1" || nonce === undefined || sealed === undefined || tag === undefined || rest.length > 0) {
    throw damaged(place);
  }
  const key = keys.find((candidate) => candidate.id === keyId);
  if (key === undefined) {
    throw new AppError("encryption_key_missing", `No configured key opens ${describe(place)}.`, {
      hint: "Add the key it was encrypted with to ENCRYPTION_KEY, after the current one, or enter the value again.",
      detail: `The value was encrypted with the key ${keyId}; configured: ${keys.map((item) => item.id).join(", ")}.`,
    });
  }
  try {
    const decryption = createDecipheriv(ALGORITHM, key.bytes, Buffer.from(nonce, "base64url"), {
      authTagLength: TAG_BYTES,
    });
    decryption.setAAD(associatedData(place));
    decryption.setAuthTag(Buffer.from(tag, "base64url"));
    return Buffer.concat([decryption.update(Buffer.from(sealed, "base64url")), decryption.final()]).toString("utf8");
  } catch (cause) {
    throw damaged(place, cause);
  }
}

function damaged(place: Place, cause?: unknown): AppError {
  return new AppError("encryption_key_missing", `The stored value of ${describe(place)} cannot be opened.`, {
    hint: "It was changed in the database or belongs to something else. Enter the value again.",
    cause,
  });
}

function describe(place: Place): string {
  if (place.scope === "settings") return `the setting ${place.field}`;
  return `${place.field} of the deployment ${place.scope}`;
}
