"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type ReactNode, useState, useTransition } from "react";
import { PageHeader } from "@/components/shell/page-header";
import { Button } from "@/components/ui/button";
import { ButtonLink } from "@/components/ui/button-link";
import { Input } from "@/components/ui/input";
import type { DeploymentPage } from "@/lib/deployments/view";
import { DeploymentRow } from "./deployment-row";
import { formatListQuery, type ListQuery, useDeployments } from "./use-deployments";

const EmptyState = dynamic(() => import("./empty-state").then((state) => state.EmptyState));

const FILTER_FROM = 6;

export interface DeploymentListProps {
  initial: DeploymentPage;
  query: ListQuery;
  /** Setup problems to show to a person without deployments. */
  hint: ReactNode;
}

/** A person's deployments, kept current, or the start page without any. */
export function DeploymentList({ initial, query, hint }: DeploymentListProps) {
  const router = useRouter();
  const { deployments, nextCursor } = useDeployments(initial, query);
  const [filter, setFilter] = useState(query.q ?? "");
  const [, startTransition] = useTransition();
  const isWhole = query.q === undefined && query.cursor === undefined;
  if (deployments.length === 0 && isWhole && filter === "") return <EmptyState hint={hint} />;

  const search = (text: string) => {
    setFilter(text);
    startTransition(() => router.replace(`/${formatListQuery({ q: text.trim() })}`, { scroll: false }));
  };
  const hasFilter = deployments.length >= FILTER_FROM || nextCursor !== null || !isWhole || filter !== "";
  return (
    <>
      <PageHeader
        title="Deployments"
        actions={
          hasFilter && (
            <div className="relative w-full sm:w-64">
              <Search
                aria-hidden="true"
                className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted-foreground"
              />
              <Input
                type="search"
                aria-label="Filter deployments"
                placeholder="Filter by name, package, state"
                value={filter}
                onChange={(event) => search(event.target.value)}
                className="pl-9"
              />
            </div>
          )
        }
      />
      <p role="status" className="sr-only">
        {query.q !== undefined && `${deployments.length}${nextCursor === null ? "" : " or more"} deployments match`}
      </p>
      {deployments.length > 0 ? (
        <ul aria-label="Deployments" className="divide-y rounded-xl border bg-card shadow-xs">
          {deployments.map((deployment) => (
            <DeploymentRow key={deployment.id} deployment={deployment} />
          ))}
        </ul>
      ) : (
        <div className="grid justify-items-center gap-3 rounded-xl border border-dashed px-4 py-14 text-center text-muted-foreground">
          <p className="max-w-full break-words">No deployment matches “{query.q ?? filter.trim()}”.</p>
          <Button variant="outline" size="sm" onClick={() => search("")}>
            Show all
          </Button>
        </div>
      )}
      {(query.cursor !== undefined || nextCursor !== null) && (
        <nav aria-label="Pages of the list" className="mt-4 flex justify-between gap-3">
          {query.cursor !== undefined ? (
            <ButtonLink variant="outline" size="sm" href={`/${formatListQuery({ ...query, cursor: undefined })}`}>
              Newest
            </ButtonLink>
          ) : (
            <span />
          )}
          {nextCursor !== null && (
            <ButtonLink variant="outline" size="sm" href={`/${formatListQuery({ ...query, cursor: nextCursor })}`}>
              Older
            </ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}
