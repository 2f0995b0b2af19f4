import { Skeleton } from "@/components/ui/skeleton";

const ROWS = ["first", "second", "third"];

/** Placeholder of the list, with the list's dimensions. */
export function DeploymentListSkeleton() {
  return (
    <div role="status" aria-label="Loading deployments">
      <div className="mb-8 flex items-start justify-between">
        <Skeleton className="h-8 w-44" />
        <Skeleton className="h-9 w-40 pointer-coarse:h-11" />
      </div>
      <div className="divide-y rounded-xl border bg-card">
        {ROWS.map((row) => (
          <div
            key={row}
            className="grid gap-x-6 gap-y-3 px-4 py-4 sm:px-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,22rem)_11rem] lg:items-center"
          >
            <div className="grid gap-2">
              <Skeleton className="h-5 w-40" />
              <Skeleton className="h-4 w-64 max-w-full" />
            </div>
            <Skeleton className="h-8 pointer-coarse:h-11" />
            <Skeleton className="h-4 w-24 lg:ml-auto" />
          </div>
        ))}
      </div>
    </div>
  );
}
