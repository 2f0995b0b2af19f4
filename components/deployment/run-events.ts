import type { ErrorBody } from "@/lib/errors/app-error";

/** What the app tells the page of one run of a tool, a line of JSON each, in this order: messages, then one of the others. */
export type RunEvent =
  /** A JSON-RPC message that the server sent while the tool ran. */
  | { type: "message"; message: unknown }
  | { type: "done"; request: unknown; response: unknown; durationMs: number }
  /** The call did not come to an answer. */
  | { type: "error"; error: ErrorBody };

export const RUN_EVENTS_MEDIA_TYPE = "application/x-ndjson";

/** The longest line that is read, in characters: a result of 12 MB with room for its escapes. */
const MAX_LINE_LENGTH = 32_000_000;

/**
 * Reads a stream of lines of JSON; empty lines only keep the connection alive.
 *
 * @throws SyntaxError for a line that is not JSON or does not end
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
