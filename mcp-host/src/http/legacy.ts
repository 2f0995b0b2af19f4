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
import { SseConnection } from "./sse.ts";

const MAX_BATCH = 100;

export interface LegacyOptions {
  sessions: Sessions;
  counters: Counters;
  /** Resolves when a server can be started. Rejects with RpcError when none can. */
  ready: () => Promise<void>;
}

/** Streamable HTTP as of MCP 2025-03-26, 2025-06-18 and 2025-11-25 (basic/transports): sessions, streams, resumption. */
export class LegacyTransport {
  readonly #options: LegacyOptions;
  readonly #errors: ErrorResponses;

  constructor(options: LegacyOptions) {
    this.#options = options;
    this.#errors = new ErrorResponses(options.counters);
  }

  /** A POST whose body has been parsed into messages. */
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
    // The usual case goes straight through; only a server that is down or busy makes a request wait.
    const connection = session.upstream.liveConnection;
    if (connection?.process.isReady && !session.isResumed) this.#forward(connection, session, requests, exchange);
    else await this.#forwardWhenReady(session, requests, exchange);
  }

  /** GET: the session's own stream, or one that is taken up again at Last-Event-ID. */
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
    if (position === null && stream.isConnected) {
      this.#errors.refuse(response, 409, ERROR_CODES.transport, "Conflict: this session has an open stream already");
      return;
    }
    const connection = new SseConnection(response, { "mcp-session-id": session.id });
    if (position === null && (session.protocolVersion ?? "") >= "2025-11-25")
      connection.sendPriming(stream.primingId, RETRY_MS);
    stream.attach(connection, position?.seq ?? null);
    // A session that was taken up hears of changes from now on; what there was between the two processes it has missed.
    if (session.isResumed) this.#resume(session, session.hasMissedEvents && lastEventId !== undefined);
    session.hasMissedEvents = false;
  }

  /** DELETE: the client has done with its session. */
  delete(request: IncomingMessage, response: ServerResponse): void {
    const id = this.#readSessionId(request, response);
    if (id === null) return;
    if (!this.#options.sessions.end(id)) {
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
    const session = this.#options.sessions.open(params);
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
    // A client that left before it got its session id can never use the session.
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

  /** The session's server. Throws RpcError, sessionNotFound when the server does not agree any more to what it agreed to before. */
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

  /** Has the server of a session that was taken up know that its client is there, whatever comes first from it, and the client what it missed. */
  #resume(session: Session, hasMissed = false): void {
    const onConnected = () => {
      session.upstream.sendInitialized();
      if (hasMissed) session.upstream.notifyListChanges(session);
    };
    this.#connect(session).then(onConnected, (error: unknown) => this.#closeIfLost(session, error));
  }

  /** A session that cannot go on has its end, once that has been said. */
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
      // The server will not answer any more, but the HTTP request wants its end; without a response its client would resume it.
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

  /** The session that a request names; answers the request itself when there is none (400 without an id, 404 for one that is over). */
  #findSession(request: IncomingMessage, response: ServerResponse, requestId: Id | null = null): Session | null {
    const id = this.#readSessionId(request, response);
    if (id === null) return null;
    const session = this.#options.sessions.find(id);
    if (session === "gone") {
      this.#errors.refuse(response, 404, ERROR_CODES.sessionNotFound, "Session not found", requestId);
      return null;
    }
    if (session === "busy" || !this.#options.sessions.ensureUpstream(session)) {
      this.#errors.busy(response, "No server can be started for this session now", requestId);
      return null;
    }
    const version = readHeader(request, "mcp-protocol-version");
    // Whether its server still agrees to that version shows when it has been asked.
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
