import { recordChange } from "../../admin-log/record.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { createInvalidInputsError } from "../inputs/server-edits.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import { changeDeployment, rerunSteps } from "../reconcile/desired-state.ts";
import { storableJson } from "../redact.ts";
import { type DeploymentView, MAX_START_TIMEOUT_S, MIN_START_TIMEOUT_S } from "../view.ts";
import { findChangeableDeployment } from "./owned.ts";

/**
 * Sets how long a deployment's server may take to its first answer, in whole seconds. One that has failed is tried again with it; a
 * running one gets it with its next start.
 *
 * @throws AppError `invalid_inputs` with `fields` named "startTimeoutS"; `not_found`; `conflict` when it is being deleted
 */
export async function updateStartTimeout(
  userId: string,
  deploymentId: string,
  startTimeoutS: number,
): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  if (!Number.isInteger(startTimeoutS) || startTimeoutS < MIN_START_TIMEOUT_S || startTimeoutS > MAX_START_TIMEOUT_S) {
    throw createInvalidInputsError({
      startTimeoutS: `Give whole seconds from ${MIN_START_TIMEOUT_S} to ${MAX_START_TIMEOUT_S}.`,
    });
  }
  const spec = { ...parseStoredSpec(row.spec), startTimeoutS };
  const changes = { spec: storableJson(spec) as unknown as Prisma.InputJsonValue };
  const record = async (transaction: Prisma.TransactionClient) => {
    const summary = `Gave the server of “${row.name}” ${startTimeoutS} s to its first answer.`;
    await recordChange(transaction, { action: "deployment.start-timeout-changed", userId, summary });
  };
  if (row.status === "failing" && row.desired === "running") await rerunSteps(row.id, "preparing", { changes }, record);
  else await changeDeployment(row.id, changes, record);
  return getDeployment(userId, row.id);
}
