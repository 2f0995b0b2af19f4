import { getDeployment as read, listDeployments as readAll } from "./present.ts";
import { attend } from "./reconcile/reconcile.ts";
import type { DeploymentSummary, DeploymentView } from "./view.ts";

/** A deployment as its owner sees it. Throws AppError `not_found`. */
export async function getDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  const view = await read(userId, deploymentId);
  attend([view.id]);
  return view;
}

/** A person's deployments, the newest first. */
export async function listDeployments(userId: string): Promise<DeploymentSummary[]> {
  const views = await readAll(userId);
  attend(views.map((view) => view.id));
  return views;
}
