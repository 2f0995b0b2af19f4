import { reconcileAfterResponse } from "../reconcile/pending.ts";
import type { DeploymentSummary, DeploymentView } from "../view.ts";
import { getDeployment as readDeployment, listDeployments as readDeployments } from "./deployment-view.ts";

/** Returns a deployment as its owner sees it, and reconciles it afterwards where there is no worker. Throws AppError `not_found`. */
export async function getDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const view = await readDeployment(userId, deploymentId);
  reconcileAfterResponse([view.id]);
  return view;
}

/** A person's deployments, the newest first. */
export async function listDeployments(userId: string): Promise<DeploymentSummary[]> {
  const views = await readDeployments(userId);
  reconcileAfterResponse(views.map((view) => view.id));
  return views;
}
