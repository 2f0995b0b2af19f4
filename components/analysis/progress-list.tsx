import { Check, CircleAlert, CircleMinus } from "lucide-react";
import { Spinner } from "@/components/ui/spinner";
import type { AnalysisProgress } from "@/lib/analysis/progress";
import { cn } from "@/lib/util/class-names";

function StepIcon({ status }: { status: AnalysisProgress["status"] }) {
  switch (status) {
    case "running":
      return <Spinner className="text-brand" />;
    case "done":
      return <Check aria-hidden="true" className="size-4 text-success" />;
    case "skipped":
      return <CircleMinus aria-hidden="true" className="size-4 text-muted-foreground" />;
    case "failed":
      return <CircleAlert aria-hidden="true" className="size-4 text-destructive" />;
  }
}

const STATUS_WORDS: Record<AnalysisProgress["status"], string> = {
  running: "in progress",
  done: "done",
  skipped: "skipped",
  failed: "failed",
};

export interface ProgressListProps {
  steps: readonly AnalysisProgress[];
  className?: string;
}

/** Steps of an analysis. Each row has a fixed height, so that nothing moves when a step ends. */
export function ProgressList({ steps, className }: ProgressListProps) {
  return (
    <ol aria-label="Steps of the analysis" className={cn("grid", className)}>
      {steps.map(({ step, label, status, detail }) => (
        <li key={step} className="grid h-9 grid-cols-[1rem_auto_minmax(0,1fr)] items-center gap-3 text-sm max-sm:h-13">
          <StepIcon status={status} />
          <span className="contents max-sm:col-span-2 max-sm:grid max-sm:min-w-0 max-sm:grid-rows-[1.25rem_1.25rem]">
            <span className={cn("min-w-0 truncate", status === "skipped" && "text-muted-foreground")} title={label}>
              {label}
              <span className="sr-only"> ({STATUS_WORDS[status]})</span>
            </span>
            <span className="min-w-0 truncate text-[0.8125rem] text-muted-foreground sm:text-right" title={detail}>
              {detail}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
