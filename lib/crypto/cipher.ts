import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";

/** What a ciphertext belongs to. It is authenticated with the value, so that one cannot be moved to another place. */
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
 * AES-256-GCM under the keys of a comma-separated list (32 bytes each, base64). A ciphertext is
 * `v1.KEYID.NONCE.CIPHERTEXT.TAG`, the last three in base64url; the nonce is fresh for each, the place is associated data.
 *
 * `decrypt` throws AppError `encryption_key_missing` when no key of the list has that id, or when the value does not
 * belong to this place or was changed.
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

const slot = Symbol.for("catwalk.cipher");
const holder = globalThis as typeof globalThis & { [slot]?: Cipher };

/** The process's cipher, made at the first call from `ENCRYPTION_KEY`. */
export function cipher(): Cipher {
  holder[slot] ??= createCipher(env().ENCRYPTION_KEY);
  return holder[slot];
}

/** Encrypts a value for one place with the current key. */
export function encrypt(plaintext: string, place: Place): string {
  return cipher().encrypt(plaintext, place);
}

/** Decrypts a value of one place. Throws AppError `encryption_key_missing`, which names the place and nothing of the value. */
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
