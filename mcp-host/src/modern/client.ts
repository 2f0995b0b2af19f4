import { randomUUID } from "node:crypto";
import type { NotificationMessage } from "../protocol/jsonrpc.ts";
import { findLowestLevel } from "../protocol/log-levels.ts";
import { NEWEST_LEGACY_VERSION } from "../protocol/versions.ts";
import type { CallSink, ServerRequest } from "../server/peer.ts";

import type { ServerConnection } from "../server/server-connection.ts";
import type { Upstream } from "../server/upstream.ts";
import { SlotTable } from "../util/slot-table.ts";
import { ModernCall } from "./call.ts";
import type { Subscription } from "./subscription.ts";
import type { SuspendedCalls } from "./suspended-calls.ts";
import type { CallClient, ModernRequest, Subscriber } from "./types.ts";

const NO_URIS: ReadonlySet<string> = new Set();

/** Returns the `initialize` params by which a legacy server knows a modern client. */
export function toInitializeParams(capabilities: Record<string, unknown>, clientInfo: Record<string, unknown> | null) {
  const info = clientInfo ?? { name: "mcp-host", version: "1" };
  return { protocolVersion: NEWEST_LEGACY_VERSION, capabilities, clientInfo: info };
}

/**
 * A modern client, as far as it can be told from others: requests with one authorization, from one client of the gateway, one
 * program and one set of capabilities. It has no session; it keeps only what a legacy server must be told for it.
 */
export class ModernClient implements CallClient<ModernCall>, Subscriber<Subscription> {
  /** Random, so that what is sealed for this client is worth nothing to another client, nor after this one is gone. */
  readonly id = randomUUID();
  /** The authorization and the gateway's client that its requests come with. */
  readonly holder: string;
  readonly upstream: Upstream;
  readonly capabilities: Record<string, unknown>;
  readonly subscriptions = new Set<Subscription>();
  readonly #initializeParams: Record<string, unknown>;
  readonly #suspendedCalls: SuspendedCalls<ModernCall>;
  readonly #calls = new SlotTable<ModernCall>();
  logLevel: string | null = null;
  lastUsedMs = performance.now();
  /** Requests that are becoming a call or a stream. */
  #pendingRequests = 0;

  constructor(
    holder: string,
    upstream: Upstream,
    initializeParams: ReturnType<typeof toInitializeParams>,
    suspendedCalls: SuspendedCalls<ModernCall>,
  ) {
    this.holder = holder;
    this.upstream = upstream;
    this.capabilities = initializeParams.capabilities;
    this.#initializeParams = initializeParams;
    this.#suspendedCalls = suspendedCalls;
    upstream.attach(this);
  }

  /** URIs that its subscription streams listen to. */
  get subscribedUris(): ReadonlySet<string> {
    if (this.subscriptions.size === 0) return NO_URIS;
    return new Set([...this.subscriptions].flatMap((subscription) => subscription.resources));
  }

  get serverInfo(): unknown {
    return this.upstream.result?.serverInfo;
  }

  get callCount(): number {
    return this.#calls.size;
  }

  /** Calls for which an HTTP request of the client waits. */
  get attendedCalls(): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.isAttended) count++;
    return count;
  }

  /** A call that has been suspended for long does not keep its client active. */
  get isActive(): boolean {
    if (this.subscriptions.size > 0 || this.#pendingRequests > 0) return true;
    for (const call of this.#calls.values()) if (!this.#suspendedCalls.hasYielded(call)) return true;
    return false;
  }

  /** It has no call, and streams at most: its end costs it no answer. */
  get onlyListens(): boolean {
    return this.#calls.size === 0 && this.#pendingRequests === 0;
  }

  /** Keeps the client, and so its server, active while a request is prepared. */
  async keepActiveFor(work: () => Promise<void>): Promise<void> {
    this.#pendingRequests++;
    try {
      await work();
    } finally {
      this.#pendingRequests--;
    }
  }

  /** Connects to the initialized server. Throws RpcError. */
  async connect(): Promise<ServerConnection> {
    const connection = await this.upstream.connect(this.#initializeParams);
    this.upstream.sendInitialized();
    return connection;
  }

  /** Starts a call on the server. Changes the message. */
  call(connection: ServerConnection, request: ModernRequest): ModernCall {
    this.#lowerLogLevel(connection, request.meta.logLevel);
    const number = this.#calls.nextId();
    const call = new ModernCall(this, number, connection, this.#suspendedCalls, request);
    this.#calls.set(number, call);
    call.start(request.message);
    return call;
  }

  onCallEnded(call: ModernCall): void {
    this.#calls.delete(call.number);
    this.#suspendedCalls.forget(call);
    this.touch();
  }

  touch(): void {
    this.lastUsedMs = performance.now();
  }

  /**
   * Lowers the server's log level. A legacy server has one level for all clients: set the lowest that any of them wants, and filter
   * for each call.
   */
  #lowerLogLevel(connection: ServerConnection, level: string | null): void {
    if (level === null || findLowestLevel([this.logLevel, level]) === this.logLevel) return;
    this.logLevel = level;
    if (!this.upstream.offers("logging")) return;
    const lowest = findLowestLevel([...this.upstream.sessions].map((peer) => peer.logLevel));
    void connection.call("logging/setLevel", { level: lowest });
  }

  notify(message: NotificationMessage, via: CallSink | null): void {
    if (via instanceof ModernCall) {
      // A log message does not say to which of several calls it belongs.
      if (message.method === "notifications/message" && this.#calls.size > 1) return;
      via.notify(message);
    } else if (via === null) {
      for (const subscription of this.subscriptions) subscription.notify(message);
    }
  }

  ask(request: ServerRequest, via: CallSink | null): string | null {
    if (request.message.method === "ping") {
      request.respond({ jsonrpc: "2.0", id: 0, result: {} });
      return "";
    }
    if (!(via instanceof ModernCall)) return null;
    const key = via.ask(request);
    return key === null ? null : `${via.number} ${key}`;
  }

  withdraw(handle: string): void {
    const space = handle.indexOf(" ");
    this.#calls.get(Number(handle.slice(0, space)))?.withdraw(handle.slice(space + 1));
  }

  /** Ends all calls and streams of this client. */
  close(reason: string): void {
    for (const call of this.#calls.values()) call.cancel(reason);
    for (const subscription of [...this.subscriptions]) subscription.finish();
    this.upstream.detach(this);
  }
}
