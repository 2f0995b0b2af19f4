"use client";

import { TriangleAlert } from "lucide-react";
import { useNow } from "@/components/hooks/use-now";
import { formatDuration } from "./format";

export interface CheckedProps {
  /** When the state was last confirmed, by the browser's clock; null before the first look of the browser itself. */
  atMs: number | null;
  /** The server's time when the page was made. */
  renderedAtMs: number;
  /** Why the last look failed. */
  trouble: string | null;
}

/** How old the state is that the page shows, and why it is old if it is. */
export function Checked({ atMs, renderedAtMs, trouble }: CheckedProps) {
  const nowMs = useNow(renderedAtMs, 1_000, true);
  const seconds = Math.floor(Math.max(0, nowMs - (atMs ?? renderedAtMs)) / 1_000);
  const age = seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-muted-foreground text-xs">
      <span className="whitespace-nowrap tabular-nums">{seconds < 2 ? "checked just now" : `checked ${age} ago`}</span>
      <span role="status">
        {trouble && (
          <span className="flex items-center gap-1.5 text-warning">
            <TriangleAlert aria-hidden="true" className="size-3.5 shrink-0" />
            {trouble}
          </span>
        )}
      </span>
    </span>
  );
}
