import { formatEvent } from "../../http/sse.ts";

/** Formats one message of an MCP stream. JSON text holds no line ends, so one data line carries it whole. */
export function formatMessageEvent(data: string, id: string | null = null): string {
  return formatEvent({ event: "message", ...(id !== null && { id }), data });
}

/**
 * What a stream begins with that is taken up at an event: that event's id again. A client that is cut off once more before anything else
 * has come would otherwise have none to come back with: the official SDKs know only the ids of the stream that has just ended.
 *
 * @param lastEventId the request's Last-Event-ID; null for a stream that begins
 */
export function formatResumePoint(lastEventId: string | null): string {
  return lastEventId !== null && /^[\x21-\x7e]{1,256}$/.test(lastEventId) ? `id: ${lastEventId}\ndata:\n\n` : "";
}

/** The end of a stream that its client is to open again at once. */
export const RECONNECT = "retry: 1000\n\n";
