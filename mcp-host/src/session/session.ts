import { randomInt } from "node:crypto";
import { parseEventId } from "../protocol/event-ids.ts";
import {
  findMeta,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
  toIdKey,
} from "../protocol/jsonrpc.ts";
import { findLowestLevel } from "../protocol/log-levels.ts";
import { applyBackpressure } from "../server/backpressure.ts";
import type { CallSink, Peer, ServerRequest } from "../server/peer.ts";

import type { ServerConnection } from "../server/server-connection.ts";
import type { Upstream } from "../server/upstream.ts";
import type { Clock } from "../util/clock.ts";
import { ReplayBudget } from "./replay.ts";
import { EventStream } from "./stream.ts";

const MAX_EVENTS = 512;
const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const MAX_SERVER_REQUESTS = 256;
export const MAX_CALLS = 1024;
/** Finished POST streams kept for a client that lost their end. */
const MAX_STREAMS = 64;

export interface SessionOptions {
  id: string;
  /** The gateway's client that it belongs to; empty where there is no gateway. */
  holder: string;
  initializeParams: Record<string, unknown>;
  upstream: Upstream;
  /** The budget that all sessions share. */
  replay: ReplayBudget;
  clock: Clock;
  /** It began in a previous process. */
  isResumed: boolean;
}

/**
 * One client session of the legacy era: what it declared and set, its streams, and the server's requests that it has yet to answer.
 */
export class Session implements Peer {
  readonly id: string;
  readonly holder: string;
  readonly initializeParams: Record<string, unknown>;
  readonly subscribedUris = new Set<string>();
  readonly standalone: EventStream;
  logLevel: string | null = null;
  /** The version that the server agreed to, or null before. */
  protocolVersion: string | null = null;
  callsInFlight = 0;
  lastUsedMs: number;
  /** It began in a previous process. Its settings there are lost, and its server can differ. */
  readonly isResumed: boolean;
  /** The client has not opened its stream since the session was resumed, so it can have missed notifications. */
  hasMissedEvents: boolean;
  readonly #clock: Clock;
  #upstream: Upstream;
  #replay: ReplayBudget;
  #streams = new Map<number, EventStream>();
  #nextStreamKey: number;
  #nextServerRequestId: number;
  #serverRequests = new Map<
    string,
    { request: ServerRequest; id: number; progressToken: unknown; via: CallSink | null }
  >();
  #ended = false;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.holder = options.holder;
    this.initializeParams = options.initializeParams;
    this.#upstream = options.upstream;
    this.#clock = options.clock;
    this.isResumed = options.isResumed;
    this.hasMissedEvents = options.isResumed;
    this.lastUsedMs = this.#clock.monotonicMs();
    // Ids that the client knows from the previous process must not mean something else here.
    this.#nextStreamKey = options.isResumed ? randomInt(2 ** 32, 2 ** 47) : 1;
    this.#nextServerRequestId = this.#nextStreamKey;
    this.#replay = new ReplayBudget(MAX_EVENTS, MAX_EVENT_BYTES, options.replay);
    this.standalone = this.#newStream(0);
    this.upstream.attach(this);
  }

  get upstream(): Upstream {
    return this.#upstream;
  }

  /** Moves to another server, which gets the session's settings. */
  moveTo(upstream: Upstream): void {
    this.#upstream.detach(this);
    this.#upstream = upstream;
    upstream.attach(this);
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** A session with an open stream or a call in flight is active, however old its last message. */
  get isActive(): boolean {
    return this.callsInFlight > 0 || [...this.#streams.values()].some((stream) => stream.isConnected);
  }

  touch(): void {
    this.lastUsedMs = this.#clock.monotonicMs();
  }

  /** Connects to the initialized server. Throws RpcError. */
  connect(): Promise<ServerConnection> {
    return this.upstream.connect(this.initializeParams);
  }

  openStream(): EventStream {
    const stream = this.#newStream(this.#nextStreamKey++);
    if (this.#streams.size > MAX_STREAMS) {
      for (const [key, old] of this.#streams) {
        if (key !== 0 && old.isFinished && !old.isConnected) {
          this.#streams.delete(key);
          break;
        }
      }
    }
    return stream;
  }

  #newStream(key: number): EventStream {
    const stream = new EventStream(key, this.#replay, (connection) => applyBackpressure(this.upstream, connection));
    this.#streams.set(key, stream);
    return stream;
  }

  /** Returns the stream and position of a Last-Event-ID, or null when it is unknown or not stored in full. */
  findEvent(lastEventId: string): { stream: EventStream; seq: number } | null {
    const position = parseEventId(lastEventId);
    if (this.isResumed && position?.key === 0) return this.#resumeStandalone(position.seq);
    const stream = position === null ? undefined : this.#streams.get(position.key);
    if (position === null || stream === undefined || !stream.canReplayAfter(position.seq)) return null;
    return { stream, seq: position.seq };
  }

  /** Resumes the session's own stream. Events that a previous process stored are lost. */
  #resumeStandalone(seq: number): { stream: EventStream; seq: number } {
    return { stream: this.standalone, seq: this.standalone.canReplayAfter(seq) ? seq : 0 };
  }

  notify(message: NotificationMessage, via: CallSink | null): void {
    this.#send(JSON.stringify(message), via);
  }

  ask(request: ServerRequest, via: CallSink | null): string | null {
    if (this.#serverRequests.size >= MAX_SERVER_REQUESTS || this.#ended) return null;
    const id = this.#nextServerRequestId++;
    const handle = toIdKey(id);
    const progressToken = findMeta(request.message.params)?.progressToken;
    this.#serverRequests.set(handle, { request, id, progressToken, via });
    request.message.id = id;
    this.#send(JSON.stringify(request.message), via);
    return handle;
  }

  withdraw(handle: string, params: Record<string, unknown>): void {
    const pending = this.#serverRequests.get(handle);
    if (pending === undefined) return;
    this.#serverRequests.delete(handle);
    this.notify(
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { ...params, requestId: pending.id } },
      pending.via,
    );
  }

  /** Takes a client's response to a server-initiated request. Ignores unknown ids. */
  acceptResponse(response: ResponseMessage): void {
    const handle = response.id === null ? "" : toIdKey(response.id);
    const pending = this.#serverRequests.get(handle);
    if (pending === undefined) return;
    this.#serverRequests.delete(handle);
    pending.request.respond(response);
  }

  /** Returns whether the client can report progress under this token: only for a request that it was sent. */
  mayReportProgress(token: unknown): boolean {
    return [...this.#serverRequests.values()].some(
      (pending) => pending.progressToken !== undefined && pending.progressToken === token,
    );
  }

  /**
   * Forwards a request of this client. Log level and subscriptions are kept for each session, because the server has one set for
   * all.
   */
  request(connection: ServerConnection, message: RequestMessage, sink: CallSink): void {
    this.callsInFlight++;
    const done = (after: (response: ResponseMessage) => void): CallSink => ({
      message: (text) => sink.message(text),
      response: (response) => {
        this.callsInFlight--;
        this.touch();
        after(response);
        sink.response(response);
      },
    });
    const { method, params } = message;
    if (method === "logging/setLevel") {
      this.#setLevel(connection, message, done);
      return;
    }
    const uri = params?.uri;
    if (method === "resources/subscribe" && typeof uri === "string") {
      const subscribed = done((response) => response.error === undefined && this.subscribedUris.add(uri));
      connection.request(this, message, subscribed);
      return;
    }
    if (method === "resources/unsubscribe" && typeof uri === "string") {
      this.subscribedUris.delete(uri);
      const wanted = [...this.upstream.sessions].some((peer) => peer.subscribedUris.has(uri));
      if (wanted) {
        done(() => {}).response({ jsonrpc: "2.0", id: message.id, result: {} });
        return;
      }
    }
    connection.request(
      this,
      message,
      done(() => {}),
    );
  }

  #setLevel(
    connection: ServerConnection,
    message: RequestMessage,
    done: (after: (response: ResponseMessage) => void) => CallSink,
  ): void {
    const level = message.params?.level;
    const others = [...this.upstream.sessions].filter((peer) => peer !== this).map((peer) => peer.logLevel);
    const lowest = typeof level === "string" ? findLowestLevel([...others, level]) : null;
    const known = typeof level === "string" && findLowestLevel([level]) !== null;
    // The server must refuse a level that MCP does not know.
    if (known && lowest !== null && message.params !== undefined) message.params.level = lowest;
    connection.request(
      this,
      message,
      done((response) => {
        if (response.error === undefined && typeof level === "string") this.logLevel = level;
      }),
    );
  }

  #send(text: string, via: CallSink | null): void {
    if (via === null) this.standalone.push(text);
    else via.message(text);
  }

  /** Ends the session: cancels its calls, refuses the server's requests, closes its streams. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.upstream.detach(this);
    for (const stream of this.#streams.values()) stream.finish();
    this.#streams.clear();
    this.#replay.clear();
  }
}
