import { encrypt } from "../../crypto/cipher.ts";
import { callPayloadPlaces } from "../../crypto/fields.ts";
import type { PrismaClient } from "../../db/generated/client.ts";
import type { PayloadRedactor } from "../../deployments/calls/payload-redactor.ts";
import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import type { CallRecord } from "./call-queue.ts";
import type { CallPayload } from "./payload-capture.ts";

/** Returns a redactor of every secret of a deployment, or null when the deployment is gone. */
export type LoadRedactor = (deploymentId: string) => Promise<PayloadRedactor | null>;

/**
 * Writes the payloads of records that are written already: redacted, then encrypted. Of a deployment whose secrets cannot be read
 * nothing is kept, since nothing could be redacted.
 *
 * @throws what the database throws while it is away; writing the same payloads again does no harm
 */
export async function writePayloads(
  db: PrismaClient,
  records: readonly CallRecord[],
  loadRedactor: LoadRedactor,
): Promise<void> {
  const byDeployment = Map.groupBy(
    records.filter((record) => record.payload !== undefined),
    (record) => record.deploymentId,
  );
  for (const [deploymentId, group] of byDeployment) {
    const redactor = await loadRedactor(deploymentId).catch((error: unknown) => {
      if (isDatabaseUnavailable(error)) throw error;
      return null;
    });
    if (redactor === null) continue;
    const rows = group.flatMap(({ id, payload }) => (payload ? [seal(deploymentId, id, payload, redactor)] : []));
    // Recording may have been turned off meanwhile, and the record deleted.
    await db.$executeRaw`
      INSERT INTO call_payloads (call_id, deployment_id, request_ciphertext, response_ciphertext, is_cut)
      SELECT c.id, c.deployment_id, p.request, p.response, p."isCut"
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS p(id uuid, request text, response text, "isCut" boolean)
      JOIN call_records c ON c.id = p.id
      JOIN deployments d ON d.id = c.deployment_id AND d.records_payloads
      ON CONFLICT (call_id) DO NOTHING`;
  }
}

function seal(deploymentId: string, id: string, payload: CallPayload, redactor: PayloadRedactor) {
  const places = callPayloadPlaces(deploymentId, id);
  const redact = (text: string, isCut: boolean) => (isCut ? redactor.redactCut(text) : redactor.redact(text));
  return {
    id,
    request: encrypt(redact(payload.request, payload.isRequestCut), places.request),
    response: encrypt(redact(payload.response, payload.isResponseCut), places.response),
    isCut: payload.isRequestCut || payload.isResponseCut,
  };
}
