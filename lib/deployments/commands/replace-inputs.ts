import { recordChange } from "../../admin-log/record.ts";
import { encrypt } from "../../crypto/cipher.ts";
import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { checkInputs } from "../inputs/check-inputs.ts";
import type { ExtraInput } from "../inputs/extra-inputs.ts";
import { clearPrefills } from "../inputs/prefill.ts";
import { addInputs, createInvalidInputsError } from "../inputs/server-edits.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { waiveInputs } from "../inputs/waive-inputs.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import { rerunSteps } from "../reconcile/desired-state.ts";
import { storableJson } from "../redact.ts";
import type { DeploymentView } from "../view.ts";
import { findChangeableDeployment } from "./owned.ts";

/**
 * Replaces values of inputs: a key that is absent keeps its value, one with "" loses it. Inputs that
 * the person says are not needed become optional; inputs can be added. The deployment then runs its steps again
 * from the credentials on; a stopped one does so with its next start.
 *
 * @throws AppError `invalid_inputs` with a sentence for each bad key, nothing saved; `not_found`; `conflict`
 */
export async function replaceInputs(
  userId: string,
  deploymentId: string,
  inputs: Record<string, string>,
  { notNeeded = [], extraInputs = [] }: { notNeeded?: string[]; extraInputs?: ExtraInput[] } = {},
): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const stored = await db().credential.findMany({ where: { deploymentId: row.id }, select: { key: true } });
  const before = parseStoredSpec(row.spec);
  const spec = waiveInputs(
    { ...before, inputs: clearPrefills(addInputs(before.inputs, extraInputs), inputs) },
    notNeeded,
  );
  const alreadySet = stored.map((credential) => credential.key);
  const checked = checkInputs(inputs, spec.inputs, spec.alternatives, { alreadySet });
  if (checked.problems) throw createInvalidInputsError(checked.problems);
  const { values } = checked;
  const given = Object.entries(values);
  const taken = Object.keys(inputs).filter((key) => !Object.hasOwn(values, key));
  await rerunSteps(
    row.id,
    "encrypting",
    {
      desired: row.desired === "stopped" ? "stopped" : "running",
      changes: { spec: storableJson(spec) as unknown as Prisma.InputJsonValue },
    },
    async (transaction) => {
      await transaction.credential.deleteMany({ where: { deploymentId: row.id, key: { in: taken } } });
      for (const [key, value] of given) {
        const ciphertext = encrypt(value, { scope: row.id, field: key });
        await transaction.credential.upsert({
          where: { deploymentId_key: { deploymentId: row.id, key } },
          create: { deploymentId: row.id, key, ciphertext },
          update: { ciphertext },
        });
      }
      const summary = `Replaced values of “${row.name}”: ${describeKeys(
        given.map(([key]) => key),
        taken,
      )}.`;
      await recordChange(transaction, { action: "deployment.inputs-replaced", userId, summary });
    },
  );
  return getDeployment(userId, row.id);
}

/** Names the inputs that got a value and those that lost theirs, never a value. */
function describeKeys(given: string[], taken: string[]): string {
  const parts = [given.length > 0 && `set ${given.join(", ")}`, taken.length > 0 && `cleared ${taken.join(", ")}`];
  return parts.filter(Boolean).join("; ") || "none";
}
