import type { Metadata } from "next";
import { Suspense } from "react";
import { DeploymentList } from "@/components/deployments/list";
import { DeploymentListSkeleton } from "@/components/deployments/list-skeleton";
import { requireUser } from "@/lib/auth/session";
import { listDeployments } from "@/lib/deployments/service";

export const metadata: Metadata = { title: "Deployments" };

export default async function DeploymentsPage() {
  const user = await requireUser();
  return (
    <Suspense fallback={<DeploymentListSkeleton />}>
      <Deployments userId={user.id} />
    </Suspense>
  );
}

async function Deployments({ userId }: { userId: string }) {
  return <DeploymentList initial={await listDeployments(userId)} />;
}
