// Server-sent events, written and read (HTML Living Standard, section 9.2). The browser imports this module too.

import { createParser } from "eventsource-parser";

/** The headers of an event stream. Proxies must neither keep, transform nor buffer it. */
export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;

export interface EventFields {
  /** The event's type; clients take `message` without it. */
  event?: string;
  id?: string;
  /** One line of text; JSON always is one. */
  data: string;
}

/** The text of one event. */
export function formatEvent({ event, id, data }: EventFields): string {
  return `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;
}

export interface ServerSentEvent {
  /** `message` when the stream names none. */
  event: string;
  /** Null when the event has none of its own. */
  id: string | null;
  data: string;
}

/**
 * Yields the events of a `text/event-stream` body as they arrive, and cancels the body when the reader stops early.
 *
 * @param options.maxCharacters the most that is held of an event which has not ended yet
 * @throws Error after the last whole event when one is larger, and whatever reading the body throws
 */
export async function* parseEvents(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  { maxCharacters }: { maxCharacters: number },
): AsyncGenerator<ServerSentEvent> {
  let events: ServerSentEvent[] = [];
  let isTooLarge = false;
  const parser = createParser({
    maxBufferSize: maxCharacters,
    onEvent: ({ event = "message", id = null, data }) => events.push({ event, id, data }),
    onError: ({ type }) => {
      isTooLarge ||= type === "max-buffer-size-exceeded";
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body instanceof ReadableStream ? chunksOf(body) : body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events;
    events = [];
    if (isTooLarge) throw new Error("an event of the stream is too large");
  }
}

/** Yields a stream's chunks through its reader, since not every browser iterates over a ReadableStream. Cancels an unread rest. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
