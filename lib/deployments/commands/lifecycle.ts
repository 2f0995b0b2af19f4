import { type AdminChange, recordChange } from "../../admin-log/record.ts";
import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { loadQuotas, requireQuota } from "../../settings/quotas.ts";
import { notifyDeploymentChange } from "../events.ts";
import { forgetWakeable } from "../machine/wake.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import { changeDeployment, rerunSteps } from "../reconcile/desired-state.ts";
import { scheduleReconcile } from "../reconcile/schedule.ts";
import { type DeploymentView, STEP_NAMES } from "../view.ts";
import { replaceOutdatedMachine } from "./machine-settings.ts";
import { findChangeableDeployment, findOwnedDeployment } from "./owned.ts";

/**
 * Retries the step that failed. A deployment that was complete and failed later is restarted; one whose steps run is left alone.
 *
 * @throws AppError `not_found`; `conflict` when it is stopped or being deleted
 */
export async function retryDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  if (row.desired === "stopped") throw createStoppedError(row.name);
  const steps = await db().deploymentStep.findMany({ where: { deploymentId: row.id } });
  const failed = STEP_NAMES.find((name) => steps.some((step) => step.name === name && step.status === "failed"));
  const also = recorder(userId, "deployment.retried", `Retried the deployment “${row.name}”.`);
  if (failed) await rerunSteps(row.id, failed, { keepAttempts: true }, also);
  else if (steps.every((step) => step.status === "done")) await rerunSteps(row.id, "encrypting", {}, also);
  return getDeployment(userId, row.id);
}

/**
 * Restarts a deployment: stops its machine and runs the steps again from the credentials on. A stopped one is started. A machine
 * with an outdated image serves until a new one has answered. Throws AppError `not_found`, `conflict`, and `quota_reached` for a stopped
 * one.
 */
export async function restartDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const also = recorder(userId, "deployment.restarted", `Restarted the deployment “${row.name}”.`);
  if (row.desired === "stopped") await startStopped(row, also);
  else if (!(await replaceOutdatedMachine(row, also))) await rerunSteps(row.id, "encrypting", {}, also);
  return getDeployment(userId, row.id);
}

/**
 * Restarts a deployment and installs its package as the registry has it now, without the hashes of the first install. Throws AppError
 * `not_found`, `conflict`.
 */
export async function resolvePackageAgain(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const changes = { packageLock: null, packageResolution: { increment: 1 } };
  const also = recorder(userId, "deployment.package-renewed", `Had the package of “${row.name}” resolved again.`);
  await rerunSteps(row.id, "encrypting", { changes }, also);
  return getDeployment(userId, row.id);
}

/**
 * Switches a deployment's install scripts on or off, and installs its package again where that changes. Throws AppError `not_found`,
 * `conflict`.
 */
export async function setInstallScripts(
  userId: string,
  deploymentId: string,
  runInstallScripts: boolean,
): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  if (row.runInstallScripts !== runInstallScripts) {
    const desired = row.desired === "stopped" ? "stopped" : "running";
    const summary = `Switched the install scripts of “${row.name}” ${runInstallScripts ? "on" : "off"}.`;
    const also = recorder(userId, "deployment.install-scripts-changed", summary);
    await rerunSteps(row.id, "encrypting", { desired, changes: { runInstallScripts } }, also);
  }
  return getDeployment(userId, row.id);
}

/**
 * Repairs a machine that was changed or destroyed from outside: runs the steps again from its creation on. Throws as
 * `retryDeployment`.
 */
export async function repairDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  if (row.desired === "stopped") throw createStoppedError(row.name);
  const also = recorder(userId, "deployment.repaired", `Had the machine of “${row.name}” repaired.`);
  await rerunSteps(row.id, "preparing", {}, also);
  return getDeployment(userId, row.id);
}

/** Starts a stopped deployment. One that runs is left alone. Throws AppError `not_found`, `conflict`, `quota_reached`. */
export async function startDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const also = recorder(userId, "deployment.started", `Started the deployment “${row.name}”.`);
  if (row.desired === "stopped") await startStopped(row, also);
  return getDeployment(userId, row.id);
}

async function startStopped(
  { id, ownerId }: { id: string; ownerId: string },
  also: (transaction: Prisma.TransactionClient) => Promise<void>,
): Promise<void> {
  const quotas = await loadQuotas(ownerId);
  await rerunSteps(id, "encrypting", {}, async (transaction) => {
    await requireQuota(transaction, ownerId, quotas, ["running"]);
    await also(transaction);
  });
}

/**
 * Stops a deployment until its owner starts it. Calls do not wake it; the installed server stays. Throws AppError `not_found`;
 * `conflict` when it is being deleted.
 */
export async function stopDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  if (row.desired === "running") {
    const also = recorder(userId, "deployment.stopped", `Stopped the deployment “${row.name}”.`);
    await changeDeployment(row.id, { desired: "stopped" }, also);
    forgetWakeable(row.id);
    scheduleReconcile(row.id);
  }
  return getDeployment(userId, row.id);
}

export interface DeletionView {
  id: string;
  status: "deleting";
  /** What is removed, each as a sentence. */
  removes: string[];
}

/**
 * Deletes a deployment. It answers no call from now on; its rows go once its machine is removed. Deleting it again is not an
 * error. Throws AppError `not_found`.
 */
export async function deleteDeployment(userId: string, deploymentId: string): Promise<DeletionView> {
  const row = await findOwnedDeployment(userId, deploymentId);
  const [keys, calls, credentials] = await Promise.all([
    db().accessKey.count({ where: { deploymentId: row.id } }),
    db().callRecord.count({ where: { deploymentId: row.id } }),
    db().credential.count({ where: { deploymentId: row.id } }),
  ]);
  await db().$transaction([
    db().deployment.updateMany({
      where: { id: row.id },
      data: { desired: "deleted", status: "deleting", generation: { increment: 1 }, error: Prisma.DbNull },
    }),
    // Deleting it again is not another deletion.
    ...(row.desired === "deleted"
      ? []
      : [
          recordChange(db(), {
            action: "deployment.deleted",
            userId,
            summary: `Deleted the deployment “${row.name}”.`,
          }),
        ]),
  ]);
  forgetWakeable(row.id);
  notifyDeploymentChange(row.id);
  scheduleReconcile(row.id);
  return {
    id: row.id,
    status: "deleting",
    removes: [
      "The machine, with everything that was installed or written on it.",
      "The connector URL: clients that use it get an error.",
      `${formatCount(credentials, "encrypted value")}, ${formatCount(keys, "access key")} and ${formatCount(calls, "call record")}.`,
    ],
  };
}

/** Records a change inside the transaction that makes it. */
function recorder(userId: string, action: AdminChange["action"], summary: string) {
  return async (transaction: Prisma.TransactionClient) => {
    await recordChange(transaction, { action, userId, summary });
  };
}

function createStoppedError(name: string): AppError {
  return new AppError("conflict", `${name} is stopped.`, { hint: "Start it instead." });
}

function formatCount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
