import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log, LogEntry } from "../log.ts";
import { readHeader } from "../protocol/accept.ts";
import { SseConnection } from "./sse.ts";

/**
 * GET /logs: sends the stored entries, oldest first, then new ones. `?follow=0` ends after the stored entries; Last-Event-ID skips
 * those already read.
 */
export function handleLogs(request: IncomingMessage, response: ServerResponse, url: URL, log: Log): void {
  const connection = new SseConnection(response);
  const send = ({ id, time, stream, line }: LogEntry) =>
    connection.sendEvent(String(id), JSON.stringify({ time, stream, line }));
  let lastId = Number(readHeader(request, "last-event-id") ?? 0) || 0;
  const sendKept = () => {
    for (const entry of log.listSince(lastId)) {
      send(entry);
      lastId = entry.id;
    }
  };
  sendKept();
  if (url.searchParams.get("follow") === "0") {
    connection.end();
    return;
  }
  let waiting = false;
  const unsubscribe = log.subscribe((entry) => {
    if (waiting) return;
    send(entry);
    lastId = entry.id;
    if (!connection.isCongested) return;
    // A slow reader skips entries that have left the ring buffer when it catches up.
    waiting = true;
    void connection.whenDrained().then(() => {
      waiting = false;
      sendKept();
    });
  });
  connection.onClose(unsubscribe);
}
