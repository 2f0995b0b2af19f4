import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals text that mcp-host gives away and gets back: AES-256-GCM under a key for one purpose. A holder can neither read nor forge
 * it, nor use it for another purpose. With a secret it opens after a restart too.
 */
export class Seal {
  readonly #key: Buffer;

  constructor(secret: string | null, scope: string, purpose: string) {
    const material = secret ?? randomBytes(32);
    this.#key = Buffer.from(hkdfSync("sha256", material, scope, `mcp-host ${purpose}`, 32));
  }

  /** Returns base64url text that {@link open} accepts with the same context only. */
  seal(plaintext: Buffer, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
  }

  /** Returns the sealed bytes, or null for any other text. */
  open(text: string, context: string): Buffer | null {
    if (!/^[\w-]+$/.test(text)) return null;
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString("base64url") !== text) return null;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  }
}
