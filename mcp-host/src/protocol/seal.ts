import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Text that mcp-host gives away and gets back: AES-256-GCM under a key for one purpose, so that it can be neither read,
 * nor forged, nor used for anything else. With a secret it can be opened after a restart too, without one it cannot.
 */
export class Seal {
  readonly #key: Buffer;

  constructor(secret: string | null, scope: string, purpose: string) {
    const material = secret ?? randomBytes(32);
    this.#key = Buffer.from(hkdfSync("sha256", material, scope, `mcp-host ${purpose}`, 32));
  }

  /** Base64url text that {@link open} takes with the same context alone. */
  seal(plaintext: Buffer, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
  }

  /** What was sealed; null for anything else. */
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
