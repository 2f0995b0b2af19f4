import type { ServerResponse } from "node:http";
import type { ResponseMessage } from "../jsonrpc.ts";
import type { CallSink } from "../server/peer.ts";
import type { Session } from "../session/session.ts";
import type { EventStream } from "../session/stream.ts";
import { sendJson } from "./reply.ts";
import { SseConnection, whenDrained } from "./sse.ts";

export interface ExchangeOptions {
  response: ServerResponse;
  session: Session;
  /** How many requests the POST held. */
  expected: number;
  /** The POST was a JSON-RPC batch: a JSON answer is an array. */
  batch: boolean;
  acceptsJson: boolean;
  acceptsStream: boolean;
  headers: Record<string, string>;
  /** How long to wait for the response alone before the answer becomes a stream. */
  streamAfterMs: number;
}

const RETRY_MS = 1_000;
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * The answer to one POST with requests. When the responses come at once and nothing before them it is plain JSON;
 * else it becomes an event stream that carries what belongs to the calls, can be resumed, and ends with the last response.
 */
export class Exchange implements CallSink {
  readonly #options: ExchangeOptions;
  readonly #timer: NodeJS.Timeout | null = null;
  #stream: EventStream | null = null;
  #held: string[] = [];
  #headers: Record<string, string>;
  #left: number;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#left = options.expected;
    this.#headers = options.headers;
    if (!options.acceptsStream) return;
    if (!options.acceptsJson) this.#becomeStream();
    else this.#timer = setTimeout(() => this.#becomeStream(), options.streamAfterMs);
  }

  message(text: string): void {
    const { session, acceptsStream } = this.#options;
    if (this.#left > 0 && acceptsStream) this.#becomeStream().push(text);
    else session.standalone.push(text);
  }

  response(response: ResponseMessage): void {
    if (this.#left === 0) return;
    this.#left--;
    const text = JSON.stringify(response);
    if (this.#stream !== null) this.#stream.push(text);
    else this.#held.push(text);
    if (this.#left > 0) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#stream !== null) this.#stream.finish();
    else this.#answerJson();
  }

  /** Leaves the session id out of an answer that has not begun: there is to be no session. */
  withoutHeaders(): void {
    this.#headers = {};
  }

  #answerJson(): void {
    const { response, batch, session } = this.#options;
    sendJson(response, 200, batch ? `[${this.#held.join(",")}]` : (this.#held[0] ?? ""), this.#headers);
    this.#held = [];
    if (response.writableLength > HIGH_WATER_BYTES) {
      session.holdFor({ drained: () => whenDrained(response), cut: () => response.destroy() });
    }
  }

  #becomeStream(): EventStream {
    if (this.#stream !== null) return this.#stream;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { response, session } = this.#options;
    const stream = session.openStream();
    this.#stream = stream;
    // A client that has gone already cannot know the stream, but one that goes later can come back to it.
    if (!response.closed) {
      const connection = new SseConnection(response, this.#headers);
      // Older clients take an event without data for a broken message.
      if ((session.protocolVersion ?? "") >= "2025-11-25") connection.prime(stream.primingId, RETRY_MS);
      stream.attach(connection, null);
    }
    for (const text of this.#held.splice(0)) stream.push(text);
    return stream;
  }
}
