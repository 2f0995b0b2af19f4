import { summarize } from "../calls/message-summary.ts";
import type { RequestId } from "../errors.ts";

/** Maximum part of an event that is inspected. */
const MAX_EVENT_CHARACTERS = 64 * 1024;

/** Looks at an event stream (WHATWG HTML, 9.2) as it goes by: where its events end, and whether the call's answer was among them. */
export class SseObserver {
  readonly #requestId: RequestId | null;
  /** The current event so far, up to the limit. */
  #event = "";
  /** The last three characters that went by; an event's end is found across chunks with them. */
  #tail = "\n\n";
  #hasResponse = false;
  #errorCode: number | null = null;
  #isToolError = false;
  #isResumable = false;

  constructor(requestId: RequestId | null) {
    this.#requestId = requestId;
  }

  /** True between events, where a comment or another event can be inserted. */
  get isAtBoundary(): boolean {
    return /(?:\r\n|\n|\r)(?:\r\n|\n|\r)$/.test(this.#tail) && this.#event === "";
  }

  /** True once the response to the request has passed. */
  get hasResponse(): boolean {
    return this.#hasResponse;
  }

  /** The code of that response, when it is an error. */
  get errorCode(): number | null {
    return this.#errorCode;
  }

  /** True if that response says that the tool failed. */
  get isToolError(): boolean {
    return this.#isToolError;
  }

  /** True if the stream has event ids, so that its client can resume it (Last-Event-ID). */
  get isResumable(): boolean {
    return this.#isResumable;
  }

  push(chunk: Buffer): void {
    // Every byte becomes one character; only ASCII matters here, and nothing is broken by a chunk's edge.
    const text = chunk.toString("latin1");
    let start = 0;
    // A line's end may have come with the chunk before.
    const seam = this.#tail.length;
    const joined = this.#tail + text;
    const boundary = /\r\n\r\n|\n\n|\r\r/g;
    boundary.lastIndex = Math.max(0, seam - 3);
    for (let match = boundary.exec(joined); match !== null; match = boundary.exec(joined)) {
      const end = match.index + match[0].length - seam;
      if (end <= 0) continue;
      this.#take(text, start, end);
      this.#finish();
      start = end;
    }
    this.#take(text, start, text.length);
    this.#tail = joined.slice(-4);
  }

  #take(text: string, start: number, end: number): void {
    const room = MAX_EVENT_CHARACTERS - this.#event.length;
    if (room > 0 && end > start) this.#event += text.slice(start, Math.min(end, start + room));
  }

  #finish(): void {
    const event = this.#event;
    this.#event = "";
    if (!this.#isResumable && /(?:^|[\r\n])id:/.test(event.slice(0, 256))) this.#isResumable = true;
    if (this.#hasResponse || !event.includes("data:")) return;
    // Most events are progress; only a response has one of these.
    if (!event.includes('"result"') && !event.includes('"error"')) return;
    const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
    const data = Buffer.from(lines.map((line) => line.slice(5)).join("\n"), "latin1").toString("utf8");
    const message = summarize(data);
    if (message.kind !== "response") return;
    // The id of a long response may lie beyond the inspected part. On a call's own stream it belongs to that call.
    if (message.id !== null && this.#requestId !== null && message.id !== this.#requestId) return;
    this.#hasResponse = true;
    this.#errorCode = message.errorCode;
    this.#isToolError = message.isToolError;
  }
}
