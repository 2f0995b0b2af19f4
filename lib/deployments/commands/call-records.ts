import { recordChange } from "../../admin-log/record.ts";
import { db } from "../../db/client.ts";
import { deleteInBatches } from "../../db/delete-in-batches.ts";
import { type CallFilter, toConditions } from "../calls/call-query.ts";
import { notifyDeploymentChange } from "../events.ts";
import { findChangeableDeployment, findOwnedDeployment } from "./owned.ts";

/**
 * Deletes the call records that a filter finds, with their payloads. Returns their number.
 *
 * @throws AppError `not_found`
 */
export async function deleteCalls(userId: string, deploymentId: string, filter: CallFilter = {}): Promise<number> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const conditions = toConditions(deployment.id, filter);
  // Recorded first: a deletion that is cut off has happened in part.
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const summary = `Deleted ${isFiltered ? "some" : "all"} call records of “${deployment.name}”.`;
  await recordChange(db(), { action: "deployment.calls-deleted", userId, summary });
  return deleteInBatches(
    (batchSize) => db().$executeRaw`
      delete from call_records where id in (select id from call_records where ${conditions} order by at limit ${batchSize})`,
  );
}

/**
 * Sets whether what clients send and get is recorded. Turning it off deletes what was recorded.
 *
 * @throws AppError `not_found`; `conflict` when the deployment is being deleted
 */
export async function setPayloadRecording(userId: string, deploymentId: string, isOn: boolean): Promise<void> {
  const deployment = await findChangeableDeployment(userId, deploymentId);
  if (deployment.recordsPayloads !== isOn) {
    const summary = `Turned the recording of arguments and results of “${deployment.name}” ${isOn ? "on" : "off"}.`;
    await db().$transaction([
      db().deployment.updateMany({ where: { id: deployment.id }, data: { recordsPayloads: isOn } }),
      recordChange(db(), { action: "deployment.recording-changed", userId, summary }),
    ]);
    notifyDeploymentChange(deployment.id);
  }
  if (!isOn) await deletePayloads(deployment.id);
}

function deletePayloads(deploymentId: string): Promise<number> {
  return deleteInBatches(
    (batchSize) => db().$executeRaw`
      delete from call_payloads where call_id in (
        select call_id from call_payloads where deployment_id = ${deploymentId}::uuid limit ${batchSize})`,
  );
}
