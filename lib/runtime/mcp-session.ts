import { parseEvents } from "../http/sse.ts";
import { readText } from "./host-client.ts";

/** Headers of a POST to an MCP endpoint. The client MUST accept both content types (MCP 2025-11-25, basic/transports). */
export const MESSAGE_HEADERS = {
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
} as const;

/** Time in milliseconds for the end of a session. mcp-host's idle time ends a session that cannot be ended in it. */
const END_TIMEOUT_MS = 5_000;

/** A JSON-RPC message that the client sends. */
export interface ClientMessage {
  jsonrpc: "2.0";
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
}

export interface SessionRequest {
  method: "POST" | "DELETE";
  /** The session's own headers, names in lower case. The transport adds MESSAGE_HEADERS and the authorization. */
  headers: Record<string, string>;
  /** The body, or null for none. */
  message: ClientMessage | null;
  signal: AbortSignal;
}

export interface SessionResponse {
  /** The HTTP status. */
  status: number;
  contentType: string | null;
  sessionId: string | null;
  body: AsyncIterable<Uint8Array> | null;
  /** Releases the connection without reading the body. */
  discard(): Promise<void> | void;
}

/** The fields by which a session recognizes the response to its request. */
interface ServerMessage {
  id?: unknown;
  method?: unknown;
}

export interface McpSessionOptions<Message extends ServerMessage> {
  /** The transport. What it throws ends the request. */
  send(request: SessionRequest): Promise<SessionResponse>;
  /**
   * Returns the message in an event's data or in a whole body, or null to skip it. What it throws ends the request.
   *
   * @param isEvent whether the text is the data of an event
   */
  parse(text: string, isEvent: boolean): Message | null;
  /** Limit for a whole body in bytes, and for one event of a stream in characters. */
  maxResponseBytes: number;
  /** Ends every request but those that end the session. */
  signal: AbortSignal;
}

export interface RequestOptions<Message> {
  /** Asks for progress notifications, with the request's id as their token (MCP 2025-11-25, basic/utilities/progress). */
  wantsProgress?: boolean;
  /** Receives each message before the response. The next one is read when it has settled. */
  onMessage?: (message: Message) => Promise<void> | void;
}

export interface Exchange<Message> {
  request: ClientMessage;
  /** Null when the answer ended without the response. */
  response: Message | null;
  /** The HTTP status. */
  status: number;
  isEventStream: boolean;
  /** Bytes read of the answer's body. */
  bytes: number;
}

/**
 * A client's session of the legacy era with a machine's mcp-host (MCP 2025-11-25, basic/transports), with one request at a time.
 * It owns the ids, the session's headers and the limits of what is read. Its owner sends the requests and judges the messages,
 * which stay as they came over the wire.
 */
export class McpSession<Message extends ServerMessage> {
  /** The negotiated version, which the owner sets once the server has answered `initialize`. */
  protocolVersion: string | null = null;
  readonly #options: McpSessionOptions<Message>;
  #id: string | null = null;
  #lastRequestId = 0;
  #pendingId: number | null = null;

  constructor(options: McpSessionOptions<Message>) {
    this.#options = options;
  }

  /**
   * Sends a request and reads its answer up to the response.
   *
   * @throws BodyTooLargeError for a body over the limit, Error for an event over it, and what the transport, `parse` or `onMessage`
   *   throws
   */
  async request(
    method: string,
    params: Record<string, unknown>,
    { wantsProgress = false, onMessage }: RequestOptions<Message> = {},
  ): Promise<Exchange<Message>> {
    const id = ++this.#lastRequestId;
    const fullParams = wantsProgress ? { ...params, _meta: { progressToken: id } } : params;
    const request: ClientMessage = { jsonrpc: "2.0", id, method, params: fullParams };
    this.#pendingId = id;
    const answer = await this.#send("POST", request, this.#options.signal);
    this.#id ??= answer.sessionId;
    const isEventStream = answer.body !== null && (answer.contentType?.startsWith("text/event-stream") ?? false);
    const exchange: Exchange<Message> = { request, response: null, status: answer.status, isEventStream, bytes: 0 };
    const body = answer.body && countBytes(answer.body, exchange);
    for await (const message of body && isEventStream ? this.#readEvents(body) : this.#readBody(body)) {
      if (message.id === id && message.method === undefined) {
        this.#pendingId = null;
        exchange.response = message;
        return exchange;
      }
      await onMessage?.(message);
    }
    return exchange;
  }

  /** Sends a notification, or a response to the server. Returns the HTTP status. Throws what the transport throws. */
  async notify(message: ClientMessage, signal = this.#options.signal): Promise<number> {
    const answer = await this.#send("POST", message, signal);
    await answer.discard();
    return answer.status;
  }

  /**
   * Ends the session. Failures are ignored: the machine is gone then, or mcp-host's idle time ends the session.
   *
   * @param cancelReason cancels the pending request first, and tells the server why
   */
  async end(cancelReason?: string): Promise<void> {
    if (this.#id === null) return;
    const signal = AbortSignal.timeout(END_TIMEOUT_MS);
    try {
      if (cancelReason !== undefined && this.#pendingId !== null) {
        const params = { requestId: this.#pendingId, reason: cancelReason };
        await this.notify({ jsonrpc: "2.0", method: "notifications/cancelled", params }, signal);
      }
      await (await this.#send("DELETE", null, signal)).discard();
    } catch {
      // There is nothing left to do for the session from here.
    }
  }

  #send(
    method: SessionRequest["method"],
    message: ClientMessage | null,
    signal: AbortSignal,
  ): Promise<SessionResponse> {
    const headers = {
      ...(this.#id !== null && { "mcp-session-id": this.#id }),
      ...(this.protocolVersion !== null && { "mcp-protocol-version": this.protocolVersion }),
    };
    return this.#options.send({ method, headers, message, signal });
  }

  async *#readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
    for await (const { data } of parseEvents(body, { maxCharacters: this.#options.maxResponseBytes })) {
      // An event without data only names a point to resume from (MCP 2025-11-25, basic/transports).
      const message = data === "" ? null : this.#options.parse(data, true);
      if (message !== null) yield message;
    }
  }

  async *#readBody(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<Message> {
    const message = this.#options.parse(await readText({ body }, this.#options.maxResponseBytes), false);
    if (message !== null) yield message;
  }
}

async function* countBytes(body: AsyncIterable<Uint8Array>, counter: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    counter.bytes += chunk.byteLength;
    yield chunk;
  }
}
