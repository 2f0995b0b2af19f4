import { formatEvent } from "../../http/sse.ts";

/** Formats one message of an MCP stream. JSON text holds no line ends, so one data line carries it whole. */
export function formatMessageEvent(data: string, id: string | null = null): string {
  return formatEvent({ event: "message", ...(id !== null && { id }), data });
}

/**
 * Returns the beginning of a resumed stream: the id of the event it resumes at. A client whose stream is cut again
 * before the next event would otherwise have no id to resume with, because the official SDKs know only the ids of the
 * latest stream.
 *
 * @param lastEventId the request's Last-Event-ID, or null for a new stream
 */
export function formatResumePoint(lastEventId: string | null): string {
  return lastEventId !== null && /^[\x21-\x7e]{1,256}$/.test(lastEventId) ? `id: ${lastEventId}\ndata:\n\n` : "";
}

/** The end of a stream that its client is to open again at once. */
export const RECONNECT = "retry: 1000\n\n";
