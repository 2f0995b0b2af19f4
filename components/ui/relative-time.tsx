"use client";

import { useSyncExternalStore } from "react";
import { formatRelative } from "@/lib/util/format-relative";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

/** One clock for every time on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, 5_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function currentMs(): number {
  if (timer === undefined) nowMs = Date.now();
  return nowMs;
}

export interface RelativeTimeProps {
  /** ISO 8601; null shows `fallback`. */
  value: string | null;
  fallback?: string;
  className?: string;
}

/** "3 minutes ago", kept current; the whole date and time on hover, in the reader's own time zone. */
export function RelativeTime({ value, fallback = "never", className }: RelativeTimeProps) {
  const now = useSyncExternalStore(subscribe, currentMs, () => null);
  if (value === null) return <span className={className}>{fallback}</span>;
  const date = new Date(value);
  return (
    // The server's clock is not the browser's, so the first text may differ by a second.
    <time
      dateTime={value}
      title={now === null ? undefined : date.toLocaleString(undefined, { dateStyle: "full", timeStyle: "medium" })}
      className={className}
      suppressHydrationWarning
    >
      {formatRelative(date.getTime(), now ?? Date.now())}
    </time>
  );
}
