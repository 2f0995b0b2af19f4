import type { ServerResponse } from "node:http";
import type { Answer } from "../modern/types.ts";
import { type ResponseMessage, readHttpForm, serializeResponse } from "../protocol/jsonrpc.ts";
import { toHttpStatus } from "../protocol/results.ts";
import type { SlowConnection } from "../server/backpressure.ts";
import { clearDeadline, type Deadline, watchDeadline } from "./deadlines.ts";
import { STATUS_HOLD_MS } from "./exchange.ts";
import { sendJson, toHeaders } from "./reply.ts";
import { HIGH_WATER_BYTES, SseConnection, whenDrained } from "./sse.ts";

/** An error from the server within this time keeps its HTTP status. After it, proxies must see that the call is alive. */
const STREAM_AFTER_MS = 2_000;

export interface ModernAnswerOptions {
  response: ServerResponse;
  acceptsJson: boolean;
  acceptsStream: boolean;
  /** Pauses the server for a client that reads slowly. */
  hold: (connection: SlowConnection) => void;
}

/**
 * The answer to one POST of the modern era: JSON, or an event stream once a message comes before the response. Streams have no
 * event ids and cannot be resumed. A client that disconnects has cancelled.
 */
export class ModernAnswer implements Answer, Deadline {
  dueMs = performance.now() + STATUS_HOLD_MS;
  readonly #options: ModernAnswerOptions;
  #stream: SseConnection | null = null;
  #done = false;

  constructor(options: ModernAnswerOptions) {
    this.#options = options;
    if (options.acceptsStream) watchDeadline(this);
  }

  /** The request has reached the server. */
  markSent(): void {
    if (!this.#options.acceptsJson) this.#becomeStream();
    else this.dueMs = performance.now() + STREAM_AFTER_MS;
  }

  /** Calls `listener` when the client disconnects before it was answered. */
  onDisconnect(listener: () => void): void {
    this.#options.response.once("close", () => {
      clearDeadline(this);
      if (!this.#done) listener();
    });
  }

  get isDisconnected(): boolean {
    return this.#options.response.closed;
  }

  expire(): void {
    this.#becomeStream();
  }

  message(text: string): void {
    if (this.#done || !this.#options.acceptsStream) return;
    const stream = this.#becomeStream();
    stream?.sendMessage(text);
    if (stream?.isCongested) this.#options.hold(stream);
  }

  respond(response: ResponseMessage): void {
    if (this.#done) return;
    const form = readHttpForm(response);
    if (!this.#options.acceptsJson && form === null) this.#becomeStream();
    this.#done = true;
    clearDeadline(this);
    const text = serializeResponse(response);
    const http = this.#options.response;
    if (this.#stream !== null) {
      this.#stream.sendMessage(text);
      this.#stream.end();
    } else sendJson(http, form?.status ?? toHttpStatus(response), text, toHeaders(form));
    if (http.writableLength > HIGH_WATER_BYTES) {
      this.#options.hold({ whenDrained: () => whenDrained(http), cut: () => http.destroy() });
    }
  }

  #becomeStream(): SseConnection | null {
    clearDeadline(this);
    if (this.#stream === null && !this.#done && !this.isDisconnected)
      this.#stream = new SseConnection(this.#options.response);
    return this.#stream;
  }
}
