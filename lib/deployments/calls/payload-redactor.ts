import { Redactor } from "mcp-host/redact";
import { db } from "../../db/client.ts";
import { openSpec } from "../machine/machine-spec.ts";

/** Replaces secrets in a text by `[redacted]`; `redactCut` in one that was cut off, which can end in the middle of a secret. */
export type PayloadRedactor = Pick<Redactor, "redact" | "redactCut">;

/** Shorter values would match everywhere and make a payload unreadable. */
const MIN_SECRET_CHARACTERS = 4;

/**
 * Returns a redactor of every secret of a deployment, or null when the deployment is gone. Reads them from the database, so that it
 * works in a process that never started the machine.
 *
 * @throws AppError `encryption_key_missing`: what cannot be redacted must not be kept
 */
export async function loadPayloadRedactor(deploymentId: string): Promise<PayloadRedactor | null> {
  const row = await db().deployment.findUnique({
    where: { id: deploymentId },
    include: { credentials: { select: { key: true, ciphertext: true } } },
  });
  if (row === null) return null;
  return new Redactor(openSpec(row, "/").machine.secrets, { minLength: MIN_SECRET_CHARACTERS });
}
