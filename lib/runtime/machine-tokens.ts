import { decrypt, encrypt } from "../crypto/cipher.ts";
import { MACHINE_TOKEN_FIELD } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import { isUuid } from "../util/uuid.ts";

/** Stores the platform's token for one deployment's machine, encrypted and bound to the deployment. */
export const machineTokens = {
  /**
   * Returns the token, which is secret; null when none is stored or the deployment is gone.
   *
   * @throws AppError `encryption_key_missing` when no configured key decrypts it
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

  /** Replaces the stored token; null removes it. Does nothing for a deployment that is gone. */
  async save(deploymentId: string, token: string | null): Promise<void> {
    if (!isUuid(deploymentId)) return;
    const machineTokenCiphertext =
      token === null ? null : encrypt(token, { scope: deploymentId, field: MACHINE_TOKEN_FIELD });
    await db().deployment.updateMany({ where: { id: deploymentId }, data: { machineTokenCiphertext } });
  },
};
