import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { isUuid } from "../../util/uuid.ts";

/**
 * Returns the condition for the deployments that a person may use: their own, those whose owner lets them, and, for a person who may
 * use every deployment, all whose owner has not closed them to such people. What is being deleted is left out.
 */
export async function whereUsableBy(userId: string): Promise<Prisma.DeploymentWhereInput> {
  const [person, listed] = await Promise.all([
    db().user.findUnique({ where: { id: userId }, select: { mayUseEveryDeployment: true } }),
    db().deploymentUser.findMany({ where: { userId }, select: { deploymentId: true } }),
  ]);
  const ofAll = person?.mayUseEveryDeployment ? [{ onlyListedUsers: false }] : [];
  // By their ids, and not as a condition on each deployment, which would have all of them read.
  const ofLists = { id: { in: listed.map(({ deploymentId }) => deploymentId) } };
  return { OR: [{ ownerId: userId }, ofLists, ...ofAll], desired: { not: "deleted" } };
}

/** Returns a deployment that a person may use, or null: also for an id that is no UUID. */
export async function findUsableDeployment(userId: string, deploymentId: string) {
  if (!isUuid(deploymentId)) return null;
  return db().deployment.findFirst({ where: { id: deploymentId, ...(await whereUsableBy(userId)) } });
}
