import type { IncomingMessage, ServerResponse } from "node:http";
import type { Counters } from "../counters.ts";
import { accepts, readHeader } from "../protocol/accept.ts";
import {
  type Classified,
  ERROR_CODES,
  type Id,
  type NotificationMessage,
  type RequestMessage,
  RpcError,
  toErrorResponse,
} from "../protocol/jsonrpc.ts";
import { LEGACY_VERSIONS } from "../protocol/versions.ts";
import type { ServerConnection } from "../server/server-connection.ts";
import { MAX_CALLS, type Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { ErrorResponses } from "./error-responses.ts";
import { Exchange, RETRY_MS } from "./exchange.ts";
import { readHolder } from "./holder.ts";
import { SseConnection } from "./sse.ts";

const MAX_BATCH = 100;

export interface LegacyOptions {
  sessions: Sessions;
  counters: Counters;
  /** Resolves when a server can be started. Rejects with RpcError when none can. */
  ready: () => Promise<void>;
}

/**
 * Streamable HTTP of MCP 2025-03-26, 2025-06-18 and 2025-11-25 (basic/transports).
 * Owns the HTTP side of sessions: POST, GET and DELETE, streams and their resumption. Leaves to Session what a client has set, and
 * to Upstream the handshake with the server.
 */
export class LegacyTransport {
  readonly #options: LegacyOptions;
  readonly #errors: ErrorResponses;

  constructor(options: LegacyOptions) {
    this.#options = options;
    this.#errors = new ErrorResponses(options.counters);
  }

  /** Handles a POST whose body has been parsed into messages. */
  async post(request: IncomingMessage, response: ServerResponse, items: Classified[], batch: boolean): Promise<void> {
    const [first] = items;
    if (items.some((item) => item.kind === "request" && item.message.method === "initialize")) {
      if (batch) {
        return this.#errors.refuse(response, 400, ERROR_CODES.invalidRequest, "initialize must not be part of a batch");
      }
      if (first?.kind === "request") return this.#initialize(request, response, first.message);
    }
    const id = first?.kind === "request" && !batch ? first.message.id : null;
    const session = this.#findSession(request, response, id);
    if (session === null) return;
    if (batch && (session.protocolVersion ?? "") > "2025-03-26") {
      return this.#errors.refuse(
        response,
        400,
        ERROR_CODES.invalidRequest,
        `MCP ${session.protocolVersion} has no batches`,
      );
    }
    if (items.length > MAX_BATCH) {
      return this.#errors.refuse(response, 400, ERROR_CODES.invalidRequest, `A batch may hold ${MAX_BATCH} messages`);
    }
    session.touch();
    const requests = items.flatMap((item) => (item.kind === "request" ? [item.message] : []));
    if (session.callsInFlight + requests.length > MAX_CALLS) {
      return this.#errors.busy(response, "Too many calls of this session are in flight", id, 5);
    }
    if (session.upstream.liveConnection?.process.isClogged) {
      return this.#errors.busy(response, "The MCP server does not read its input", id);
    }
    const exchange =
      requests.length === 0 ? null : this.#openExchange(request, response, session, requests.length, batch);
    this.#count(items);
    for (const item of items) {
      if (item.kind === "response") session.acceptResponse(item.message);
      else if (item.kind === "notification") this.#acceptNotification(session, item.message);
    }
    if (exchange === null) {
      response.writeHead(202, { "content-length": 0 }).end();
      return;
    }
    // Usually the server is ready and the request goes straight through.
    const connection = session.upstream.liveConnection;
    if (connection?.process.isReady && !session.isResumed) this.#forward(connection, session, requests, exchange);
    else await this.#forwardWhenReady(session, requests, exchange);
  }

  /**
   * Opens the session's own stream, or resumes a stream at Last-Event-ID. A newer connection replaces an older one: a client that lost
   * its connection comes back before mcp-host can notice the loss.
   */
  get(request: IncomingMessage, response: ServerResponse): void {
    if (!accepts(request, "text/event-stream")) {
      this.#errors.refuse(
        response,
        406,
        ERROR_CODES.transport,
        "Not Acceptable: the client must accept text/event-stream",
      );
      return;
    }
    const session = this.#findSession(request, response);
    if (session === null) return;
    session.touch();
    const lastEventId = readHeader(request, "last-event-id");
    const position = lastEventId ? session.findEvent(lastEventId) : null;
    if (lastEventId && position === null) {
      this.#errors.refuse(
        response,
        400,
        ERROR_CODES.invalidRequest,
        "Last-Event-ID names no event that can be replayed from",
      );
      return;
    }
    const stream = position?.stream ?? session.standalone;
    const connection = new SseConnection(response, { "mcp-session-id": session.id });
    if (position === null && (session.protocolVersion ?? "") >= "2025-11-25")
      connection.sendPriming(stream.primingId, RETRY_MS);
    stream.attach(connection, position?.seq ?? null);
    // A resumed session hears of changes from now on. It has missed what changed between the two processes.
    if (session.isResumed) this.#resume(session, session.hasMissedEvents && lastEventId !== undefined);
    session.hasMissedEvents = false;
  }

  /** Ends a session that its client is done with. */
  delete(request: IncomingMessage, response: ServerResponse): void {
    const id = this.#readSessionId(request, response);
    if (id === null) return;
    if (!this.#options.sessions.end(id, readHolder(request))) {
      this.#errors.refuse(response, 404, ERROR_CODES.sessionNotFound, "Session not found");
      return;
    }
    response.writeHead(200, { "content-length": 0 }).end();
  }

  async #initialize(request: IncomingMessage, response: ServerResponse, message: RequestMessage): Promise<void> {
    const params = message.params;
    if (typeof params?.protocolVersion !== "string") {
      const why = "initialize needs params.protocolVersion";
      return this.#errors.refuse(response, 400, ERROR_CODES.invalidParams, why, message.id);
    }
    try {
      await this.#options.ready();
    } catch (error) {
      return this.#errors.fail(response, error, message.id);
    }
    if (response.closed) return;
    const session = this.#options.sessions.open(params, readHolder(request));
    if (session === null) {
      const what = this.#options.sessions.isFull ? "sessions" : "server processes";
      return this.#errors.busy(response, `Too many ${what}; try again later`, message.id);
    }
    this.#options.counters.requests++;
    const exchange = this.#openExchange(request, response, session, 1, false);
    session.callsInFlight++;
    try {
      await session.connect();
      const result = session.upstream.result ?? {};
      session.protocolVersion = String(result.protocolVersion ?? session.initializeParams.protocolVersion);
      exchange.response({ jsonrpc: "2.0", id: message.id, result });
    } catch (error) {
      const failed = toErrorResponse(message.id, this.#errors.toErrorBody(error));
      exchange.dropHeaders();
      exchange.response(failed);
      this.#options.sessions.close(session);
    } finally {
      session.callsInFlight--;
      session.touch();
    }
    // The client left before it got its session id, so it can never use the session.
    if (response.closed && !response.writableFinished) this.#options.sessions.close(session);
  }

  #openExchange(
    request: IncomingMessage,
    response: ServerResponse,
    session: Session,
    expected: number,
    batch: boolean,
  ): Exchange {
    return new Exchange({
      response,
      session,
      expected,
      batch,
      acceptsJson: accepts(request, "application/json"),
      acceptsStream: accepts(request, "text/event-stream"),
      headers: { "mcp-session-id": session.id },
    });
  }

  #forward(connection: ServerConnection, session: Session, requests: RequestMessage[], exchange: Exchange): void {
    exchange.markSent();
    session.upstream.sendInitialized();
    for (const message of requests) {
      const id = message.id;
      try {
        session.request(connection, message, exchange);
      } catch (error) {
        exchange.response(toErrorResponse(id, this.#errors.toErrorBody(error)));
      }
    }
  }

  async #forwardWhenReady(session: Session, requests: RequestMessage[], exchange: Exchange): Promise<void> {
    session.callsInFlight++;
    try {
      const connection = await this.#connect(session);
      await connection.process.whenReady();
      if (session.isEnded) throw new RpcError({ code: ERROR_CODES.sessionNotFound, message: "The session has ended" });
      this.#forward(connection, session, requests, exchange);
    } catch (error) {
      for (const message of requests) exchange.response(toErrorResponse(message.id, this.#errors.toErrorBody(error)));
      this.#closeIfLost(session, error);
    } finally {
      session.callsInFlight--;
    }
  }

  /**
   * Connects the session to its server. Throws RpcError, with sessionNotFound when the server no longer agrees to the session's
   * version.
   */
  async #connect(session: Session): Promise<ServerConnection> {
    await this.#options.ready();
    const connection = await session.connect();
    const agreed = session.upstream.result?.protocolVersion;
    if (typeof agreed !== "string" || agreed === session.protocolVersion) return connection;
    if (session.protocolVersion === null) {
      session.protocolVersion = agreed;
      return connection;
    }
    throw new RpcError({
      code: ERROR_CODES.sessionNotFound,
      message: "Session not found: the server speaks another version now",
    });
  }

  /** Completes the handshake for a resumed session, whatever its client sends first, and tells the client what it missed. */
  #resume(session: Session, hasMissed = false): void {
    const onConnected = () => {
      session.upstream.sendInitialized();
      if (hasMissed) session.upstream.notifyListChanges(session);
    };
    this.#connect(session).then(onConnected, (error: unknown) => this.#closeIfLost(session, error));
  }

  /** Closes a session that cannot go on, once its client has been told. */
  #closeIfLost(session: Session, error: unknown): void {
    const lost = error instanceof RpcError && error.body.code === ERROR_CODES.sessionNotFound;
    if (lost) this.#options.sessions.close(session);
  }

  #acceptNotification(session: Session, message: NotificationMessage): void {
    const { method, params } = message;
    if (method === "notifications/initialized" && session.isResumed) {
      this.#resume(session);
      return;
    }
    const connection = session.upstream.liveConnection;
    if (connection === null) return;
    if (method === "notifications/initialized") {
      session.upstream.sendInitialized();
      return;
    }
    if (method === "notifications/cancelled") {
      const cancelled = connection.cancel(session, message);
      // The server no longer answers. Without a response the client would resume the stream and wait for ever.
      const error = { code: ERROR_CODES.requestCancelled, message: "Request cancelled" };
      cancelled?.sink.response(toErrorResponse(cancelled.clientId, error));
      return;
    }
    if (method === "notifications/progress" && !session.mayReportProgress(params?.progressToken)) return;
    connection.notify(message);
  }

  #readSessionId(request: IncomingMessage, response: ServerResponse): string | null {
    const id = readHeader(request, "mcp-session-id");
    if (id) return id;
    this.#errors.refuse(
      response,
      400,
      ERROR_CODES.transport,
      "Mcp-Session-Id is missing; a session begins with initialize",
    );
    return null;
  }

  /** Returns the session that a request names. When there is none, answers 400 (no id) or 404 (ended) and returns null. */
  #findSession(request: IncomingMessage, response: ServerResponse, requestId: Id | null = null): Session | null {
    const id = this.#readSessionId(request, response);
    if (id === null) return null;
    const session = this.#options.sessions.find(id, readHolder(request));
    if (session === "gone") {
      this.#errors.refuse(response, 404, ERROR_CODES.sessionNotFound, "Session not found", requestId);
      return null;
    }
    if (session === "busy" || !this.#options.sessions.ensureUpstream(session)) {
      this.#errors.busy(response, "No server can be started for this session now", requestId);
      return null;
    }
    const version = readHeader(request, "mcp-protocol-version");
    // The server confirms that version at the next handshake.
    if (session.isResumed && LEGACY_VERSIONS.includes(version ?? "")) session.protocolVersion ??= version ?? null;
    if (version !== undefined && version !== session.protocolVersion && !LEGACY_VERSIONS.includes(version)) {
      this.#errors.refuse(
        response,
        400,
        ERROR_CODES.transport,
        `MCP-Protocol-Version is none of ${LEGACY_VERSIONS.join(", ")}`,
      );
      return null;
    }
    return session;
  }

  #count(items: Classified[]): void {
    for (const item of items) {
      if (item.kind === "request") this.#options.counters.requests++;
      if (item.kind === "notification") this.#options.counters.notifications++;
    }
  }
}
