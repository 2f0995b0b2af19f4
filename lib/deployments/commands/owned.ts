import { db } from "../../db/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { isUuid } from "../../util/uuid.ts";

/** Creates the same error for an unknown id and for another person's. */
export function createNotFoundError(what = "deployment"): AppError {
  return new AppError("not_found", `There is no ${what} of yours with this id.`, {
    hint: "It may have been deleted; the list shows what there is.",
  });
}

/**
 * Returns a deployment's row, looked up by its id together with its owner.
 *
 * @throws AppError `not_found`
 */
export async function findOwnedDeployment(userId: string, deploymentId: string) {
  if (!isUuid(deploymentId)) throw createNotFoundError();
  const row = await db().deployment.findFirst({ where: { id: deploymentId, ownerId: userId } });
  if (!row) throw createNotFoundError();
  return row;
}

/**
 * Returns a deployment's row for a change of it.
 *
 * @throws AppError `not_found`; `conflict` when it is being deleted
 */
export async function findChangeableDeployment(userId: string, deploymentId: string) {
  const row = await findOwnedDeployment(userId, deploymentId);
  refuseDeleted(row);
  return row;
}

/** @throws AppError `conflict` when a deployment is being deleted */
export function refuseDeleted({ name, desired }: { name: string; desired: string }): void {
  if (desired !== "deleted") return;
  throw new AppError("conflict", `${name} is being deleted.`, { hint: "Nothing can be changed about it any more." });
}
