"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { PageHeader } from "@/components/shell/page-header";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import type { DeploymentSummary } from "@/lib/deployments/view";
import { DeploymentRow } from "./deployment-row";
import { STATUS_LOOKS } from "./status-badge";
import { useDeployments } from "./use-deployments";

const EmptyState = dynamic(() => import("./empty-state").then((state) => state.EmptyState));

const FILTER_FROM = 6;

function matches(deployment: DeploymentSummary, filter: string): boolean {
  const { name, source, package: packageName, status, id } = deployment;
  const haystack = [name, source, packageName ?? "", STATUS_LOOKS[status].word, id].join("\n").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

export interface DeploymentListProps {
  initial: DeploymentSummary[];
  /** Setup problems to show to a person without deployments. */
  hint: ReactNode;
}

/** A person's deployments, kept current, or the start page without any. */
export function DeploymentList({ initial, hint }: DeploymentListProps) {
  const deployments = useDeployments(initial);
  const [filter, setFilter] = useState("");
  if (deployments.length === 0) return <EmptyState hint={hint} />;

  const shown = deployments.filter((deployment) => matches(deployment, filter.trim()));
  const hasFilter = deployments.length >= FILTER_FROM || filter !== "";
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
                onChange={(event) => setFilter(event.target.value)}
                className="pl-9"
              />
            </div>
          )
        }
      />
      <p role="status" className="sr-only">
        {filter !== "" && `${shown.length} of ${deployments.length} deployments`}
      </p>
      {shown.length > 0 ? (
        <ul aria-label="Deployments" className="divide-y rounded-xl border bg-card shadow-xs">
          {shown.map((deployment) => (
            <DeploymentRow key={deployment.id} deployment={deployment} />
          ))}
        </ul>
      ) : (
        <div className="grid justify-items-center gap-3 rounded-xl border border-dashed px-4 py-14 text-center text-muted-foreground">
          <p className="max-w-full break-words">No deployment matches “{filter.trim()}”.</p>
          <Button variant="outline" size="sm" onClick={() => setFilter("")}>
            Show all
          </Button>
        </div>
      )}
    </>
  );
}
