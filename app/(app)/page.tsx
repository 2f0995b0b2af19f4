import type { Metadata } from "next";
import { DeploymentList } from "@/components/deployments/list";
import { requireUser } from "@/lib/auth/session";
import { listDeployments } from "@/lib/deployments/service";

export const metadata: Metadata = { title: "Deployments" };

export default async function DeploymentsPage() {
  const user = await requireUser();
  return <DeploymentList initial={await listDeployments(user.id)} />;
}
