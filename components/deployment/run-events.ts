import type { ErrorBody } from "@/lib/errors/app-error";

/** Event of a tool run, one line of JSON each: any number of messages, then one "done" or "error". */
export type RunEvent =
  /** A JSON-RPC message that the server sent while the tool ran. */
  | { type: "message"; message: unknown }
  | { type: "done"; request: unknown; response: unknown; durationMs: number }
  /** The call failed before the server answered. */
  | { type: "error"; error: ErrorBody };

export const RUN_EVENTS_MEDIA_TYPE = "application/x-ndjson";

/** Longest line that is read, in characters: a result of 12 MB with room for its escapes. */
const MAX_LINE_LENGTH = 32_000_000;

/**
 * Yields the events of a stream of JSON lines. Empty lines are keep-alives.
 *
 * @throws SyntaxError for a line that is not JSON or that exceeds 32,000,000 characters
 */
export async function* readRunEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<RunEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      let end = rest.indexOf("\n");
      while (end !== -1) {
        const line = rest.slice(0, end).trim();
        rest = rest.slice(end + 1);
        if (line !== "") yield JSON.parse(line) as RunEvent;
        end = rest.indexOf("\n");
      }
      if (rest.length > MAX_LINE_LENGTH) throw new SyntaxError("A line of the answer does not end.");
      if (done) break;
    }
    if (rest.trim() !== "") yield JSON.parse(rest) as RunEvent;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
