import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { isUuid } from "../../util/uuid.ts";

/**
 * Returns the condition for the deployments that a person may use: their own, those whose owner lets them, and, for a person who may
 * use every deployment, all whose owner has not closed them to such people. What is being deleted is left out.
 */
export async function whereUsableBy(userId: string): Promise<Prisma.DeploymentWhereInput> {
  const person = await db().user.findUnique({ where: { id: userId }, select: { mayUseEveryDeployment: true } });
  const ofAll = person?.mayUseEveryDeployment ? [{ onlyListedUsers: false }] : [];
  return { OR: [{ ownerId: userId }, { users: { some: { userId } } }, ...ofAll], desired: { not: "deleted" } };
}

/** Returns a deployment that a person may use, or null: also for an id that is no UUID. */
export async function findUsableDeployment(userId: string, deploymentId: string) {
  if (!isUuid(deploymentId)) return null;
  return db().deployment.findFirst({ where: { id: deploymentId, ...(await whereUsableBy(userId)) } });
}
