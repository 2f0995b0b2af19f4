import { formatDuration } from "@/components/deployment/format";
import type { ToolRun } from "@/components/deployment/use-tool-runs";
import { RelativeTime } from "@/components/ui/relative-time";
import { cn } from "@/lib/util/class-names";
import { toRunLook } from "./run-look";

export interface RunHistoryProps {
  runs: ToolRun[];
  shownId: number | null;
  onOpen: (run: ToolRun) => void;
}

/** Tool runs since the page was opened. */
export function RunHistory({ runs, shownId, onOpen }: RunHistoryProps) {
  if (runs.length < 2) return null;
  return (
    <section aria-labelledby="run-history" className="grid min-w-0 gap-2">
      <h3 id="run-history" className="font-medium text-muted-foreground text-sm">
        Runs since you opened this page
      </h3>
      <ul className="grid max-h-72 min-w-0 content-start overflow-y-auto rounded-lg border">
        {runs.map((run) => {
          const { icon: Icon, word, variant } = toRunLook(run);
          return (
            <li key={run.id} className="min-w-0 border-b last:border-b-0">
              <button
                type="button"
                onClick={() => onOpen(run)}
                aria-current={run.id === shownId ? "true" : undefined}
                className={cn(
                  "flex h-10 w-full min-w-0 items-center gap-3 px-3 text-left outline-none hover:bg-muted focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset",
                  run.id === shownId && "bg-muted",
                )}
              >
                <Icon
                  aria-label={word}
                  className={cn(
                    "size-4 shrink-0",
                    variant === "success"
                      ? "text-success"
                      : variant === "destructive"
                        ? "text-destructive"
                        : "text-muted-foreground",
                    run.state === "running" && "animate-spin text-brand",
                  )}
                />
                <span className="min-w-0 shrink-0 truncate font-mono text-[0.8125rem]">{run.tool}</span>
                <span className="min-w-0 flex-1 truncate font-mono text-muted-foreground text-xs">
                  {JSON.stringify(run.arguments).slice(0, 200)}
                </span>
                <span className="hidden shrink-0 text-muted-foreground text-xs tabular-nums sm:inline">
                  {run.durationMs === null ? "" : formatDuration(run.durationMs)}
                </span>
                <RelativeTime
                  value={new Date(run.startedAtMs).toISOString()}
                  className="w-24 shrink-0 text-right text-muted-foreground text-xs"
                />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
