"use client";

import { TriangleAlert } from "lucide-react";
import { useNow } from "@/components/hooks/use-now";
import { formatDuration } from "./format";

export interface LastCheckedProps {
  /** When the browser last confirmed the state, by its own clock, or null before its first request. */
  atMs: number | null;
  /** The server's time at which it rendered the page. */
  renderedAtMs: number;
  /** Why the last request failed, or null. */
  trouble: string | null;
}

/** A state that is younger than this is current, and its age would only be noise. */
const CURRENT_WITHIN_S = 15;

/** Warns when the state that the page shows is out of date, and says why. */
export function LastChecked({ atMs, renderedAtMs, trouble }: LastCheckedProps) {
  const nowMs = useNow(renderedAtMs, 1_000, true);
  const ageS = Math.floor(Math.max(0, nowMs - (atMs ?? renderedAtMs)) / 1_000);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 text-muted-foreground text-xs">
      {ageS >= CURRENT_WITHIN_S && (
        <span className="whitespace-nowrap tabular-nums">
          status from {ageS < 60 ? `${ageS} s` : formatDuration(ageS * 1_000)} ago
        </span>
      )}
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
