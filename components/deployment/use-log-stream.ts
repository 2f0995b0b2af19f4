"use client";

import { useEffect, useState } from "react";
import type { LogLine } from "@/lib/runtime/runtime";
import { appendLines, EMPTY_LOG_BUFFER, type LogBuffer, markReopened, parseLogLine } from "./log-buffer";

export type LogConnection = "connecting" | "open" | "waiting";

/** Pause before reopening a stream that the server refused or ended. The browser itself retries a broken connection. */
const RETRY_DELAY_MS = 3_000;
/** Interval at which new lines are rendered, so that a flood of lines does not freeze the page. */
const FLUSH_DELAY_MS = 150;

/** Follows a deployment's log while mounted: the stored lines, then new ones. */
export function useLogStream(deploymentId: string): { buffer: LogBuffer; connection: LogConnection } {
  const [buffer, setBuffer] = useState(EMPTY_LOG_BUFFER);
  const [connection, setConnection] = useState<LogConnection>("connecting");

  useEffect(() => {
    let source: EventSource | undefined;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    let flushTimer: ReturnType<typeof setTimeout> | undefined;
    let waiting: LogLine[] = [];

    const flush = () => {
      flushTimer = undefined;
      const lines = waiting;
      waiting = [];
      setBuffer((before) => appendLines(before, lines));
    };
    const open = () => {
      source = new EventSource(`/api/deployments/${deploymentId}/logs`);
      source.onopen = () => {
        if (flushTimer !== undefined) {
          clearTimeout(flushTimer);
          flush();
        }
        setConnection("open");
        setBuffer(markReopened);
      };
      source.onmessage = (event: MessageEvent<string>) => {
        const line = parseLogLine(event.data);
        if (!line) return;
        waiting.push(line);
        flushTimer ??= setTimeout(flush, FLUSH_DELAY_MS);
      };
      source.onerror = () => {
        setConnection("waiting");
        if (source?.readyState !== EventSource.CLOSED) return;
        source.close();
        retryTimer = setTimeout(open, RETRY_DELAY_MS);
      };
    };

    // Browsers open few connections to one host. A hidden page releases its connection and catches up when it is visible again.
    const onVisibility = () => {
      source?.close();
      clearTimeout(retryTimer);
      if (!document.hidden) open();
    };

    open();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      source?.close();
      clearTimeout(retryTimer);
      clearTimeout(flushTimer);
    };
  }, [deploymentId]);

  return { buffer, connection };
}
