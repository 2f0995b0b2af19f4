import type { IncomingMessage, ServerResponse } from "node:http";
import type { Counters } from "../counters.ts";
import { accepts, header } from "../protocol/accept.ts";
import {
  type Classified,
  code,
  errorResponse,
  type Id,
  type NotificationMessage,
  type RequestMessage,
  RpcError,
} from "../protocol/jsonrpc.ts";
import { LEGACY_VERSIONS } from "../protocol/versions.ts";
import type { Link } from "../server/server-connection.ts";
import { MAX_CALLS, type Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { Refusals } from "./error-responses.ts";
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
export class LegacyEra {
  readonly #options: LegacyOptions;
  readonly #refusals: Refusals;

  constructor(options: LegacyOptions) {
    this.#options = options;
    this.#refusals = new Refusals(options.counters);
  }

  /** A POST whose body has been parsed into messages. */
  async post(request: IncomingMessage, response: ServerResponse, items: Classified[], batch: boolean): Promise<void> {
    const [first] = items;
    if (items.some((item) => item.kind === "request" && item.message.method === "initialize")) {
      if (batch) {
        return this.#refusals.refuse(response, 400, code.invalidRequest, "initialize must not be part of a batch");
      }
      if (first?.kind === "request") return this.#initialize(request, response, first.message);
    }
    const id = first?.kind === "request" && !batch ? first.message.id : null;
    const session = this.#session(request, response, id);
    if (session === null) return;
    if (batch && (session.protocolVersion ?? "") > "2025-03-26") {
      return this.#refusals.refuse(response, 400, code.invalidRequest, `MCP ${session.protocolVersion} has no batches`);
    }
    if (items.length > MAX_BATCH) {
      return this.#refusals.refuse(response, 400, code.invalidRequest, `A batch may hold ${MAX_BATCH} messages`);
    }
    session.touch();
    const requests = items.flatMap((item) => (item.kind === "request" ? [item.message] : []));
    if (session.callsInFlight + requests.length > MAX_CALLS) {
      return this.#refusals.busy(response, "Too many calls of this session are in flight", id, 5);
    }
    if (session.upstream.liveLink?.process.clogged) {
      return this.#refusals.busy(response, "The MCP server does not read its input", id);
    }
    const exchange = requests.length === 0 ? null : this.#exchange(request, response, session, requests.length, batch);
    this.#count(items);
    for (const item of items) {
      if (item.kind === "response") session.answer(item.message);
      else if (item.kind === "notification") this.#notification(session, item.message);
    }
    if (exchange === null) {
      response.writeHead(202, { "content-length": 0 }).end();
      return;
    }
    // The usual case goes straight through; only a server that is down or busy makes a request wait.
    const link = session.upstream.liveLink;
    if (link?.process.readyNow && !session.takenUp) this.#forward(link, session, requests, exchange);
    else await this.#forwardWhenReady(session, requests, exchange);
  }

  /** GET: the session's own stream, or one that is taken up again at Last-Event-ID. */
  get(request: IncomingMessage, response: ServerResponse): void {
    if (!accepts(request, "text/event-stream")) {
      this.#refusals.refuse(response, 406, code.transport, "Not Acceptable: the client must accept text/event-stream");
      return;
    }
    const session = this.#session(request, response);
    if (session === null) return;
    session.touch();
    const lastEventId = header(request, "last-event-id");
    const position = lastEventId ? session.findEvent(lastEventId) : null;
    if (lastEventId && position === null) {
      this.#refusals.refuse(
        response,
        400,
        code.invalidRequest,
        "Last-Event-ID names no event that can be replayed from",
      );
      return;
    }
    const stream = position?.stream ?? session.standalone;
    if (position === null && stream.connected) {
      this.#refusals.refuse(response, 409, code.transport, "Conflict: this session has an open stream already");
      return;
    }
    const connection = new SseConnection(response, { "mcp-session-id": session.id });
    if (position === null && (session.protocolVersion ?? "") >= "2025-11-25")
      connection.prime(stream.primingId, RETRY_MS);
    stream.attach(connection, position?.seq ?? null);
    // A session that was taken up hears of changes from now on; what there was between the two processes it has missed.
    if (session.takenUp) this.#wake(session, session.hasMissed && lastEventId !== undefined);
    session.hasMissed = false;
  }

  /** DELETE: the client has done with its session. */
  delete(request: IncomingMessage, response: ServerResponse): void {
    const id = this.#sessionId(request, response);
    if (id === null) return;
    if (!this.#options.sessions.end(id)) {
      this.#refusals.refuse(response, 404, code.sessionNotFound, "Session not found");
      return;
    }
    response.writeHead(200, { "content-length": 0 }).end();
  }

  async #initialize(request: IncomingMessage, response: ServerResponse, message: RequestMessage): Promise<void> {
    const params = message.params;
    if (typeof params?.protocolVersion !== "string") {
      const why = "initialize needs params.protocolVersion";
      return this.#refusals.refuse(response, 400, code.invalidParams, why, message.id);
    }
    try {
      await this.#options.ready();
    } catch (error) {
      return this.#refusals.fail(response, error, message.id);
    }
    if (response.closed) return;
    const session = this.#options.sessions.open(params);
    if (session === null) {
      const what = this.#options.sessions.full ? "sessions" : "server processes";
      return this.#refusals.busy(response, `Too many ${what}; try again later`, message.id);
    }
    this.#options.counters.requests++;
    const exchange = this.#exchange(request, response, session, 1, false);
    session.callsInFlight++;
    try {
      await session.connect();
      const result = session.upstream.result ?? {};
      session.protocolVersion = String(result.protocolVersion ?? session.initializeParams.protocolVersion);
      exchange.response({ jsonrpc: "2.0", id: message.id, result });
    } catch (error) {
      const failed = errorResponse(message.id, this.#refusals.errorOf(error));
      exchange.withoutHeaders();
      exchange.response(failed);
      this.#options.sessions.close(session);
    } finally {
      session.callsInFlight--;
      session.touch();
    }
    // A client that left before it got its session id can never use the session.
    if (response.closed && !response.writableFinished) this.#options.sessions.close(session);
  }

  #exchange(
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

  #forward(link: Link, session: Session, requests: RequestMessage[], exchange: Exchange): void {
    exchange.sent();
    session.upstream.sendInitialized();
    for (const message of requests) {
      const id = message.id;
      try {
        session.request(link, message, exchange);
      } catch (error) {
        exchange.response(errorResponse(id, this.#refusals.errorOf(error)));
      }
    }
  }

  async #forwardWhenReady(session: Session, requests: RequestMessage[], exchange: Exchange): Promise<void> {
    session.callsInFlight++;
    try {
      const link = await this.#connect(session);
      await link.process.ready();
      if (session.ended) throw new RpcError({ code: code.sessionNotFound, message: "The session has ended" });
      this.#forward(link, session, requests, exchange);
    } catch (error) {
      for (const message of requests) exchange.response(errorResponse(message.id, this.#refusals.errorOf(error)));
      this.#closeLost(session, error);
    } finally {
      session.callsInFlight--;
    }
  }

  /** The session's server. Throws RpcError, sessionNotFound when the server does not agree any more to what it agreed to before. */
  async #connect(session: Session): Promise<Link> {
    await this.#options.ready();
    const link = await session.connect();
    const agreed = session.upstream.result?.protocolVersion;
    if (typeof agreed !== "string" || agreed === session.protocolVersion) return link;
    if (session.protocolVersion === null) {
      session.protocolVersion = agreed;
      return link;
    }
    throw new RpcError({
      code: code.sessionNotFound,
      message: "Session not found: the server speaks another version now",
    });
  }

  /** Has the server of a session that was taken up know that its client is there, whatever comes first from it, and the client what it missed. */
  #wake(session: Session, hasMissed = false): void {
    const awake = () => {
      session.upstream.sendInitialized();
      if (hasMissed) session.upstream.tellOfLists(session);
    };
    this.#connect(session).then(awake, (error: unknown) => this.#closeLost(session, error));
  }

  /** A session that cannot go on has its end, once that has been said. */
  #closeLost(session: Session, error: unknown): void {
    const lost = error instanceof RpcError && error.body.code === code.sessionNotFound;
    if (lost) this.#options.sessions.close(session);
  }

  #notification(session: Session, message: NotificationMessage): void {
    const { method, params } = message;
    if (method === "notifications/initialized" && session.takenUp) {
      this.#wake(session);
      return;
    }
    const link = session.upstream.liveLink;
    if (link === null) return;
    if (method === "notifications/initialized") {
      session.upstream.sendInitialized();
      return;
    }
    if (method === "notifications/cancelled") {
      const cancelled = link.cancel(session, message);
      // The server will not answer any more, but the HTTP request wants its end; without a response its client would resume it.
      const error = { code: code.requestCancelled, message: "Request cancelled" };
      cancelled?.sink.response(errorResponse(cancelled.clientId, error));
      return;
    }
    if (method === "notifications/progress" && !session.mayReportProgress(params?.progressToken)) return;
    link.notify(message);
  }

  #sessionId(request: IncomingMessage, response: ServerResponse): string | null {
    const id = header(request, "mcp-session-id");
    if (id) return id;
    this.#refusals.refuse(response, 400, code.transport, "Mcp-Session-Id is missing; a session begins with initialize");
    return null;
  }

  /** The session that a request names; answers the request itself when there is none (400 without an id, 404 for one that is over). */
  #session(request: IncomingMessage, response: ServerResponse, requestId: Id | null = null): Session | null {
    const id = this.#sessionId(request, response);
    if (id === null) return null;
    const session = this.#options.sessions.find(id);
    if (session === "gone") {
      this.#refusals.refuse(response, 404, code.sessionNotFound, "Session not found", requestId);
      return null;
    }
    if (session === "busy" || !this.#options.sessions.provide(session)) {
      this.#refusals.busy(response, "No server can be started for this session now", requestId);
      return null;
    }
    const version = header(request, "mcp-protocol-version");
    // Whether its server still agrees to that version shows when it has been asked.
    if (session.takenUp && LEGACY_VERSIONS.includes(version ?? "")) session.protocolVersion ??= version ?? null;
    if (version !== undefined && version !== session.protocolVersion && !LEGACY_VERSIONS.includes(version)) {
      this.#refusals.refuse(
        response,
        400,
        code.transport,
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
