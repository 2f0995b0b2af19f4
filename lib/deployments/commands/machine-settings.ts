import { recordChange } from "../../admin-log/record.ts";
import { db } from "../../db/client.ts";
import type { Deployment, Prisma } from "../../db/generated/client.ts";
import type { MachineRef, MachineSize } from "../../runtime/runtime.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { loadFlySettings } from "../../settings/fly-settings.ts";
import { notifyDeploymentChange } from "../events.ts";
import { createInvalidInputsError } from "../inputs/server-edits.ts";
import { createMachineChange, parseRunningChange, toChangeColumn } from "../machine/machine-change.ts";
import { canOpenHostToken } from "../machine/machine-spec.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import { changeDeployment, rerunSteps } from "../reconcile/desired-state.ts";
import { scheduleReconcile } from "../reconcile/schedule.ts";
import type { DeploymentView } from "../view.ts";
import { parseName } from "./names.ts";
import { findChangeableDeployment } from "./owned.ts";

/** Memory sizes to choose from. Fly cannot suspend a machine with more than 2 GB. */
const MEMORY_SIZES_MB = [256, 512, 1024, 2048];

/**
 * Applies a person's edits to a machine's settings and checks them. A setting that is absent stays.
 *
 * @throws AppError `invalid_inputs` with `fields` named "memoryMb" and "region"
 */
export function applySizeEdits(before: MachineSize, edits: Partial<MachineSize>): MachineSize {
  const { memoryMb = before.memoryMb, region = before.region, alwaysOn = before.alwaysOn } = edits;
  const fields = new Map<string, string>();
  if (!MEMORY_SIZES_MB.includes(memoryMb)) {
    fields.set("memoryMb", `Choose ${MEMORY_SIZES_MB.slice(0, -1).join(", ")} or ${MEMORY_SIZES_MB.at(-1)} MB.`);
  }
  if (region !== null && !/^[a-z]{3}$/.test(region)) fields.set("region", "A region has three letters, such as fra.");
  if (fields.size > 0) throw createInvalidInputsError(Object.fromEntries(fields));
  return { memoryMb, region, alwaysOn };
}

/** The settings of a machine for which the person chose none. */
export const DEFAULT_MACHINE_SIZE: MachineSize = { memoryMb: 512, region: null, alwaysOn: false };

/**
 * Changes the region or memory of a deployment's machine, or whether it sleeps. A change of region is a move: the machine serves
 * until a new one has answered. Other settings are changed in place, and reverted when the machine does not start with them. Where
 * no machine serves, the steps apply them; for a stopped deployment, at its next start. A local machine only stores them.
 *
 * @throws AppError `invalid_inputs` with `fields` named "memoryMb" and "region", nothing saved; `not_found`; `conflict`
 */
export async function updateMachineSettings(
  userId: string,
  deploymentId: string,
  edits: Partial<MachineSize>,
): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const running = parseRunningChange(row.change);
  const size = applySizeEdits(running?.to ?? row, edits);
  if (running && isSameSize(size, running.to)) return getDeployment(userId, row.id);
  if (isSameSize(size, row)) {
    if (row.change !== null) await cancelChange(row.id, running !== null);
    return getDeployment(userId, row.id);
  }
  // A change in place is superseded while its steps run. The new one must fall back to the settings that last served.
  const resizing = running?.kind === "resize" ? running : null;
  const isOnlyRegion = resizing === null && isSameSize({ ...size, region: row.region }, row);
  const kind = row.runtime === "local" ? "none" : resizing ? "resize" : await chooseChangeKind(row, size);
  const record = async (transaction: Prisma.TransactionClient) => {
    const summary = `Changed the machine of “${row.name}”: ${describeSize(size)}.`;
    await recordChange(transaction, { action: "deployment.machine-changed", userId, summary });
  };
  const resized = async (transaction: Prisma.TransactionClient) => {
    await transaction.deployment.update({ where: { id: row.id }, data: size });
    await record(transaction);
  };
  if (kind === "none" || (kind === "resize" && isOnlyRegion)) {
    await db().$transaction(async (transaction) => {
      const where = { id: row.id, desired: { not: "deleted" } } as const;
      await transaction.deployment.updateMany({ where, data: size });
      await record(transaction);
    });
    notifyDeploymentChange(row.id);
  } else if (kind === "move") {
    await changeDeployment(row.id, { change: toChangeColumn(createMachineChange("move", row, size)) }, record);
    scheduleReconcile(row.id);
  } else if (kind === "resize") {
    const changes = { change: toChangeColumn(createMachineChange("resize", resizing?.from ?? row, size)) };
    await rerunSteps(row.id, "preparing", { changes }, resized);
  } else {
    await rerunSteps(row.id, "preparing", { desired: row.desired === "stopped" ? "stopped" : "running" }, resized);
  }
  return getDeployment(userId, row.id);
}

/** Cancels a running change and clears a failed one. */
async function cancelChange(deploymentId: string, isRunning: boolean): Promise<void> {
  if (!isRunning) {
    await db().deployment.updateMany({ where: { id: deploymentId }, data: { change: toChangeColumn(null) } });
    return notifyDeploymentChange(deploymentId);
  }
  await changeDeployment(deploymentId, {});
  scheduleReconcile(deploymentId);
}

function describeSize({ memoryMb, region, alwaysOn }: MachineSize): string {
  const place = region === null ? "the default region" : `region ${region}`;
  return `${memoryMb} MB, ${place}, ${alwaysOn ? "always on" : "sleeps when idle"}`;
}

function isSameSize(a: MachineSize, b: MachineSize): boolean {
  return a.memoryMb === b.memoryMb && a.region === b.region && a.alwaysOn === b.alwaysOn;
}

/**
 * Starts a move when the machine was created from an older image than new ones. Returns false when it is up to date, when no
 * machine serves, and when no key opens its token, since it cannot be reached then.
 */
export async function replaceOutdatedMachine(
  row: Deployment,
  also: (transaction: Prisma.TransactionClient) => Promise<void>,
): Promise<boolean> {
  const machine = await findServingMachine(row);
  if (machine === null || !canOpenHostToken(row) || !(await getRuntime(row.runtime).isOutdated(machine))) return false;
  const isElsewhere = typeof machine.region === "string" && machine.region !== (await loadFlySettings())?.region;
  const to = { ...row, region: row.region ?? (isElsewhere ? String(machine.region) : null) };
  await changeDeployment(row.id, { change: toChangeColumn(createMachineChange("move", row, to)) }, also);
  scheduleReconcile(row.id);
  return true;
}

/** Returns the machine of a complete deployment that should run, or null. */
async function findServingMachine(row: Deployment): Promise<MachineRef | null> {
  if (row.machine === null || row.desired !== "running") return null;
  const open = await db().deploymentStep.count({ where: { deploymentId: row.id, status: { not: "done" } } });
  return open > 0 ? null : (row.machine as MachineRef);
}

/** Returns how a machine gets other settings: `steps` where no machine serves that must go on. */
async function chooseChangeKind(row: Deployment, size: MachineSize): Promise<"move" | "resize" | "steps"> {
  const machine = await findServingMachine(row);
  if (machine === null) return "steps";
  // Without a chosen region the one of the settings counts.
  const region = size.region ?? (await loadFlySettings())?.region ?? machine.region;
  const isElsewhere = size.region !== row.region && region !== machine.region;
  return isElsewhere && getRuntime(row.runtime).reserveSecondary(machine, row.generation) !== null ? "move" : "resize";
}

/** Renames a deployment. Throws AppError `invalid_inputs` for the name; `not_found`; `conflict` when it is being deleted. */
export async function renameDeployment(userId: string, deploymentId: string, name: string): Promise<DeploymentView> {
  const row = await findChangeableDeployment(userId, deploymentId);
  const given = parseName(name);
  if (given === null) throw createInvalidInputsError({ name: "Give it a name." });
  await db().$transaction([
    db().deployment.updateMany({ where: { id: row.id, ownerId: userId }, data: { name: given } }),
    recordChange(db(), {
      action: "deployment.renamed",
      userId,
      summary: `Renamed the deployment “${row.name}” to “${given}”.`,
    }),
  ]);
  notifyDeploymentChange(row.id);
  return getDeployment(userId, row.id);
}
