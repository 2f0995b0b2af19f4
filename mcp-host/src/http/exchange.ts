import type { ServerResponse } from "node:http";
import { type HttpForm, type ResponseMessage, readHttpForm, serializeResponse } from "../protocol/jsonrpc.ts";
import { applyBackpressure } from "../server/backpressure.ts";
import type { CallSink } from "../server/peer.ts";
import type { Session } from "../session/session.ts";
import type { EventStream } from "../session/stream.ts";
import { clearDeadline, type Deadline, watchDeadline } from "./deadlines.ts";
import { sendJson, toHeaders } from "./reply.ts";
import { HIGH_WATER_BYTES, SseConnection, whenDrained } from "./sse.ts";

export interface ExchangeOptions {
  response: ServerResponse;
  session: Session;
  /** Number of requests in the POST. */
  expected: number;
  /** The POST was a JSON-RPC batch, so a JSON answer is an array. */
  batch: boolean;
  acceptsJson: boolean;
  acceptsStream: boolean;
  headers: Record<string, string>;
}

/** Delay after which a client reconnects a broken stream. */
export const RETRY_MS = 1_000;
/** How long a call can be at the server before its answer becomes a stream. */
const STREAM_AFTER_MS = 100;
/**
 * How long a request waits for its server before its answer becomes a stream. Until then the status can say that the server is
 * down, and the answer to `initialize` carries the session id.
 */
export const STATUS_HOLD_MS = 12_000;

/**
 * The answer to one POST with requests. It is plain JSON when all responses come at once and no message comes before them.
 * Otherwise it becomes a resumable event stream of what belongs to the calls, and ends with the last response.
 */
export class Exchange implements CallSink, Deadline {
  readonly #options: ExchangeOptions;
  dueMs = performance.now() + STATUS_HOLD_MS;
  #stream: EventStream | null = null;
  #held: string[] = [];
  #headers: Record<string, string>;
  #left: number;
  #form: HttpForm | null = null;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#left = options.expected;
    this.#headers = options.headers;
    if (options.acceptsStream) watchDeadline(this);
  }

  /** The requests have reached the server. */
  markSent(): void {
    if (this.#options.acceptsStream && !this.#options.acceptsJson && this.#left > 0) this.#becomeStream();
    else this.dueMs = performance.now() + STREAM_AFTER_MS;
  }

  expire(): void {
    this.#becomeStream();
  }

  message(text: string): void {
    const { session, acceptsStream } = this.#options;
    if (this.#left > 0 && acceptsStream) this.#becomeStream();
    (this.#left > 0 && this.#stream !== null ? this.#stream : session.standalone).push(text);
  }

  response(response: ResponseMessage): void {
    if (this.#left === 0) return;
    const text = serializeResponse(response);
    const form = readHttpForm(response);
    // One response from the server is enough to answer a batch with 200.
    this.#form = this.#left === this.#options.expected || this.#form !== null ? form : null;
    this.#left--;
    if (this.#stream !== null) this.#stream.push(text);
    else this.#held.push(text);
    if (this.#left > 0) return;
    clearDeadline(this);
    if (!this.#options.acceptsJson && this.#form === null) this.#becomeStream();
    if (this.#stream !== null) this.#stream.finish();
    else this.#answerJson();
  }

  /** Drops the session id from an answer that has not begun, because the session does not come about. */
  dropHeaders(): void {
    this.#headers = {};
  }

  #answerJson(): void {
    const { response, batch, session } = this.#options;
    const text = batch ? `[${this.#held.join(",")}]` : (this.#held[0] ?? "");
    sendJson(response, this.#form?.status ?? 200, text, { ...this.#headers, ...toHeaders(this.#form) });
    this.#held = [];
    if (response.writableLength > HIGH_WATER_BYTES) {
      applyBackpressure(session.upstream, { whenDrained: () => whenDrained(response), cut: () => response.destroy() });
    }
  }

  #becomeStream(): void {
    clearDeadline(this);
    const { response, session } = this.#options;
    // A client that left before the stream began does not know the stream and cannot resume it.
    if (this.#stream !== null || response.closed) return;
    const stream = session.openStream();
    this.#stream = stream;
    const connection = new SseConnection(response, this.#headers);
    // Older clients reject an event without data.
    if ((session.protocolVersion ?? "") >= "2025-11-25") connection.sendPriming(stream.primingId, RETRY_MS);
    stream.attach(connection, null);
    for (const text of this.#held.splice(0)) stream.push(text);
  }
}
