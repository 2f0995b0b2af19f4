import { reconcileAfterResponse } from "../reconcile/pending.ts";
import type { DeploymentPage, DeploymentView } from "../view.ts";
import { type DeploymentQuery, listDeployments as readDeployments } from "./deployment-list.ts";
import { getDeployment as readDeployment } from "./deployment-view.ts";

/** Returns a deployment as its owner sees it, and reconciles it afterwards where there is no worker. Throws AppError `not_found`. */
export async function getDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const view = await readDeployment(userId, deploymentId);
  reconcileAfterResponse([view.id]);
  return view;
}

/** Returns one page of a person's deployments, and reconciles them afterwards where there is no worker. Throws as the query. */
export async function listDeployments(userId: string, query: DeploymentQuery = {}): Promise<DeploymentPage> {
  const page = await readDeployments(userId, query);
  reconcileAfterResponse(page.deployments.map(({ id }) => id));
  return page;
}
