import { db } from "../db/client.ts";
import type { MachineSize } from "../runtime/runtime.ts";
import { begin } from "./changes.ts";
import { notifyDeploymentChange } from "./events.ts";
import { givenName } from "./names.ts";
import { changeableDeployment } from "./owned.ts";
import { getDeployment } from "./present.ts";
import { invalidInputs } from "./server-edits.ts";
import type { DeploymentView } from "./view.ts";

/** What a machine can have; more than 2 GB could not be suspended. */
const MEMORY_SIZES_MB = [256, 512, 1024, 2048];

/**
 * A machine's settings as a person gave them, checked; what they left out is as before.
 *
 * @throws AppError `invalid_inputs` with `fields` named "memoryMb" and "region"
 */
export function editedSize(before: MachineSize, edits: Partial<MachineSize>): MachineSize {
  const { memoryMb = before.memoryMb, region = before.region, alwaysOn = before.alwaysOn } = edits;
  const fields = new Map<string, string>();
  if (!MEMORY_SIZES_MB.includes(memoryMb)) {
    fields.set("memoryMb", `Choose ${MEMORY_SIZES_MB.slice(0, -1).join(", ")} or ${MEMORY_SIZES_MB.at(-1)} MB.`);
  }
  if (region !== null && !/^[a-z]{3}$/.test(region)) fields.set("region", "A region has three letters, such as fra.");
  if (fields.size > 0) throw invalidInputs(Object.fromEntries(fields));
  return { memoryMb, region, alwaysOn };
}

/** The settings of a machine for which nobody chose any. */
export const defaultSize: MachineSize = { memoryMb: 512, region: null, alwaysOn: false };

/**
 * Changes where a deployment's machine is, its memory, or whether it sleeps. When something changes, the steps make the machine
 * anew or put it right, unless the deployment is stopped: then its next start does. A local machine has no such settings.
 *
 * @throws AppError `invalid_inputs` with `fields` named "memoryMb" and "region", nothing saved; `not_found`; `conflict`
 */
export async function updateMachineSettings(
  userId: string,
  deploymentId: string,
  edits: Partial<MachineSize>,
): Promise<DeploymentView> {
  const row = await changeableDeployment(userId, deploymentId);
  const size = editedSize(row, edits);
  const isSame = size.memoryMb === row.memoryMb && size.region === row.region && size.alwaysOn === row.alwaysOn;
  if (!isSame && row.runtime === "local") {
    await db().deployment.updateMany({ where: { id: row.id }, data: size });
  } else if (!isSame) {
    const desired = row.desired === "stopped" ? "stopped" : "running";
    await begin(row.id, "preparing", { desired }, async (transaction) => {
      await transaction.deployment.update({ where: { id: row.id }, data: size });
    });
  }
  return getDeployment(userId, row.id);
}

/** Gives a deployment another name. Throws AppError `invalid_inputs` for the name; `not_found`; `conflict` when it is being deleted. */
export async function renameDeployment(userId: string, deploymentId: string, name: string): Promise<DeploymentView> {
  const row = await changeableDeployment(userId, deploymentId);
  const given = givenName(name);
  if (given === null) throw invalidInputs({ name: "Give it a name." });
  await db().deployment.updateMany({ where: { id: row.id, ownerId: userId }, data: { name: given } });
  notifyDeploymentChange(row.id);
  return getDeployment(userId, row.id);
}
