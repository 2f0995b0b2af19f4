"use client";

import { usePolling } from "@/components/hooks/use-polling";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import type { ConnectionEventView } from "@/lib/oauth/connection-log";
import { explainProblem, STEP_LABELS } from "@/lib/oauth/connection-steps";
import { cn } from "@/lib/util/class-names";
import { useDeploymentPage } from "./context";

const REFRESH_MS = 5_000;

/** Every step that clients took on their way to the first call, with what went wrong in words. */
export function ConnectionLog() {
  const { view } = useDeploymentPage();
  const { value } = usePolling<{ events: ConnectionEventView[] }>(`/api/deployments/${view.id}/connections`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  return (
    <section aria-labelledby="connection-log" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="connection-log" className="font-semibold text-base leading-6">
          Connection log
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          The steps of clients up to their first call, and what was refused. If one does not connect, its last step says
          why.
        </p>
      </div>
      {value === null ? (
        <Skeleton className="h-24" />
      ) : value.events.length === 0 ? (
        <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
          No client has asked yet. Nothing here although you pasted the URL? Then the client cannot reach it.
        </p>
      ) : (
        <ol aria-label="Connection log" className="max-h-112 divide-y overflow-y-auto rounded-xl border">
          {value.events.map((event) => (
            <li key={event.id} className="grid min-w-0 gap-0.5 px-4 py-2.5">
              <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-4">
                <span className={cn("font-medium", event.problem !== null && "text-destructive")}>
                  {STEP_LABELS[event.step]}
                  {event.problem !== null && <span className="sr-only"> failed</span>}
                </span>
                <RelativeTime value={event.at} className="text-[0.8125rem] text-muted-foreground" />
              </div>
              {(event.client ?? event.person) && (
                <span className="min-w-0 break-words text-[0.8125rem] text-muted-foreground">
                  {[event.client, event.person].filter(Boolean).join(" · ")}
                </span>
              )}
              {event.problem !== null && (
                <span className="text-sm leading-5">{explainProblem(event.step, event.problem)}</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
