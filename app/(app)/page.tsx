import type { Metadata } from "next";
import { Suspense } from "react";
import { DeploymentList } from "@/components/deployments/list";
import { DeploymentListSkeleton } from "@/components/deployments/list-skeleton";
import { SetupHint } from "@/components/setup/setup-hint";
import { requireUser } from "@/lib/auth/session";
import type { SessionUser } from "@/lib/auth/user";
import { listDeployments } from "@/lib/deployments/service";
import { env } from "@/lib/env/env";
import { runCheck } from "@/lib/setup/check";
import { listEssentialChecks } from "@/lib/setup/checks";

export const metadata: Metadata = { title: "Deployments" };

export default async function DeploymentsPage() {
  const user = await requireUser();
  return (
    <Suspense fallback={<DeploymentListSkeleton />}>
      <Deployments user={user} />
    </Suspense>
  );
}

async function Deployments({ user }: { user: SessionUser }) {
  const initial = await listDeployments(user.id);
  const isFirstRun = initial.length === 0 && user.role === "owner";
  const hint = isFirstRun && (
    <Suspense fallback={null}>
      <Hint user={user} />
    </Suspense>
  );
  return <DeploymentList initial={initial} hint={hint} />;
}

async function Hint({ user }: { user: SessionUser }) {
  const runs = listEssentialChecks().map(async (check) => ({
    title: check.title,
    result: await runCheck(check, user),
  }));
  const problems = (await Promise.all(runs))
    .filter(({ result }) => result.state === "bad")
    .map(({ title, result }) => ({ title, message: result.message }));
  return <SetupHint problems={problems} publicUrl={env().publicUrl} />;
}
