import Link from "next/link";
import { CopyButton } from "@/components/ui/copy-button";
import { RelativeTime } from "@/components/ui/relative-time";
import type { DeploymentSummary } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";
import { StatusBadge } from "./status-badge";

function formatPackage({ package: name, version, source }: DeploymentSummary): string {
  if (name === null) return source;
  return version === null ? name : `${name}@${version}`;
}

function describeDeployment({ status, error, toolCount }: DeploymentSummary): string {
  if (status === "failing" && error) return error.message;
  if (toolCount === 0) return status === "live" ? "No tools" : "";
  return toolCount === 1 ? "1 tool" : `${toolCount} tools`;
}

/** One row of the list. The link covers the row, and the copy button lies above the link. */
export function DeploymentRow({ deployment }: { deployment: DeploymentSummary }) {
  const { id, name, status, desired, url, lastCallAt } = deployment;
  return (
    <li className="relative grid min-w-0 gap-x-6 gap-y-3 px-4 py-4 transition-colors first:rounded-t-xl last:rounded-b-xl hover:bg-accent/50 sm:px-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,22rem)_11rem] lg:items-center">
      <div className="grid min-w-0 gap-1">
        <div className="flex min-w-0 items-center gap-3">
          <h2 className="min-w-0 truncate font-medium text-[0.9375rem] leading-6">
            <Link
              href={`/deployments/${id}`}
              title={name}
              className="rounded-sm outline-none after:absolute after:inset-0 after:content-[''] focus-visible:after:rounded-xl focus-visible:after:ring-2 focus-visible:after:ring-ring focus-visible:after:ring-inset"
            >
              {name}
            </Link>
          </h2>
          <StatusBadge status={status} desired={desired} className="relative ml-auto lg:ml-0" />
        </div>
        {/* On a phone an error gets lines of its own. */}
        <p
          className={cn(
            "flex min-w-0 items-baseline gap-x-2 text-[0.8125rem] text-muted-foreground leading-5",
            status === "failing" && "max-sm:flex-wrap",
          )}
        >
          <span className="min-w-0 truncate font-mono text-xs" title={formatPackage(deployment)}>
            {formatPackage(deployment)}
          </span>
          {describeDeployment(deployment) && (
            <span
              className={
                status === "failing"
                  ? "min-w-24 text-destructive max-sm:line-clamp-2 max-sm:basis-full sm:flex-1 sm:truncate"
                  : "shrink-0 max-lg:ml-auto"
              }
              title={status === "failing" ? describeDeployment(deployment) : undefined}
            >
              {describeDeployment(deployment)}
            </span>
          )}
        </p>
      </div>
      <div className="relative flex min-w-0 items-center rounded-md border bg-muted/60 pl-3">
        <span className="flex min-w-0 flex-1 font-mono text-xs" title={url}>
          {/* URLs differ at their end, so the middle is cut. */}
          <span className="min-w-0 truncate">{url.slice(0, -8).replace(/^https?:\/\//, "")}</span>
          <span className="shrink-0">{url.slice(-8)}</span>
        </span>
        <CopyButton value={url} label={`connector URL of ${name}`} />
      </div>
      <p className="text-[0.8125rem] text-muted-foreground lg:text-right">
        {lastCallAt ? (
          <>
            <span>Last used </span>
            <RelativeTime value={lastCallAt} className="relative" />
          </>
        ) : (
          "Never used"
        )}
      </p>
    </li>
  );
}
