"use client";

import { formatDuration } from "./format";
import { useNow } from "./use-now";

export interface CheckedProps {
  /** When the state was last confirmed, by the browser's clock; null before the first look of the browser itself. */
  atMs: number | null;
  renderedAtMs: number;
}

/** How old the state is that the page shows. */
export function Checked({ atMs, renderedAtMs }: CheckedProps) {
  const nowMs = useNow(renderedAtMs, 1_000, true);
  const ageMs = atMs === null ? 0 : Math.max(0, nowMs - atMs);
  const seconds = Math.floor(ageMs / 1_000);
  const age = seconds < 60 ? `${seconds} s` : formatDuration(ageMs);
  const words = seconds < 2 ? "checked just now" : `checked ${age} ago`;
  return <span className="whitespace-nowrap text-muted-foreground text-xs tabular-nums">{words}</span>;
}
