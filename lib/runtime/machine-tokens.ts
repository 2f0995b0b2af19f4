import { decrypt, encrypt } from "../crypto/cipher.ts";
import { MACHINE_TOKEN_FIELD } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import { isUuid } from "../util/uuid.ts";

/** Keeps the platform's token for one deployment's machine, encrypted and bound to the deployment. */
export const machineTokens = {
  /**
   * Secret. Null when none was kept, and when there is no such deployment.
   *
   * @throws AppError `encryption_key_missing` when no configured key opens it
   */
  async load(deploymentId: string): Promise<string | null> {
    if (!isUuid(deploymentId)) return null;
    const row = await db().deployment.findUnique({
      where: { id: deploymentId },
      select: { machineTokenCiphertext: true },
    });
    if (!row?.machineTokenCiphertext) return null;
    return decrypt(row.machineTokenCiphertext, { scope: deploymentId, field: MACHINE_TOKEN_FIELD });
  },

  /** Keeps a token in place of the one before; null keeps none. A deployment that has gone keeps nothing. */
  async save(deploymentId: string, token: string | null): Promise<void> {
    if (!isUuid(deploymentId)) return;
    const machineTokenCiphertext =
      token === null ? null : encrypt(token, { scope: deploymentId, field: MACHINE_TOKEN_FIELD });
    await db().deployment.updateMany({ where: { id: deploymentId }, data: { machineTokenCiphertext } });
  },
};
