import type { Metadata } from "next";
import { Suspense } from "react";
import { DeploymentList } from "@/components/deployments/list";
import { DeploymentListSkeleton } from "@/components/deployments/list-skeleton";
import type { ListQuery } from "@/components/deployments/use-deployments";
import { SetupHint } from "@/components/setup/setup-hint";
import { requireUser } from "@/lib/auth/session";
import type { SessionUser } from "@/lib/auth/user";
import { listDeployments } from "@/lib/deployments/service";
import { LIST_PAGE_ROWS } from "@/lib/deployments/view";
import { env } from "@/lib/env/env";
import { runCheck } from "@/lib/setup/check";
import { listEssentialChecks } from "@/lib/setup/checks";

export const metadata: Metadata = { title: "Deployments" };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function DeploymentsPage({ searchParams }: Props) {
  const user = await requireUser();
  const { q, cursor } = await searchParams;
  const query: ListQuery = {
    ...(typeof q === "string" && q !== "" && { q: q.slice(0, 500) }),
    ...(typeof cursor === "string" && { cursor }),
  };
  return (
    <Suspense fallback={<DeploymentListSkeleton />}>
      <Deployments user={user} query={query} />
    </Suspense>
  );
}

async function Deployments({ user, query }: { user: SessionUser; query: ListQuery }) {
  const initial = await listDeployments(user.id, { search: query.q, cursor: query.cursor, limit: LIST_PAGE_ROWS });
  const isFirstRun = initial.deployments.length === 0 && query.q === undefined && user.role === "owner";
  const hint = isFirstRun && (
    <Suspense fallback={null}>
      <Hint user={user} />
    </Suspense>
  );
  return <DeploymentList initial={initial} query={query} hint={hint} />;
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
