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

/** The `initialize` params by which a legacy server gets to know a client of the modern era. */
export function toInitializeParams(capabilities: Record<string, unknown>, clientInfo: Record<string, unknown> | null) {
  const info = clientInfo ?? { name: "mcp-host", version: "1" };
  return { protocolVersion: NEWEST_LEGACY_VERSION, capabilities, clientInfo: info };
}

/**
 * A client of the modern era as far as one can be told from another: requests of one authorization, from one client
 * behind the gateway, of one program, with one set of capabilities. It has no session; what lasts here is only what a
 * legacy server must be told for it.
 */
export class ModernClient implements CallClient<ModernCall>, Subscriber<Subscription> {
  /** Random: what is sealed for this client is worth nothing to another, nor after it is gone. */
  readonly id = randomUUID();
  readonly upstream: Upstream;
  readonly capabilities: Record<string, unknown>;
  readonly subscriptions = new Set<Subscription>();
  readonly #initializeParams: Record<string, unknown>;
  readonly #suspendedCalls: SuspendedCalls<ModernCall>;
  readonly #calls = new SlotTable<ModernCall>();
  logLevel: string | null = null;
  lastUsedMs = performance.now();
  /** Requests that are on their way to becoming a call or a stream. */
  #pendingRequests = 0;

  constructor(
    upstream: Upstream,
    initializeParams: ReturnType<typeof toInitializeParams>,
    suspendedCalls: SuspendedCalls<ModernCall>,
  ) {
    this.upstream = upstream;
    this.capabilities = initializeParams.capabilities;
    this.#initializeParams = initializeParams;
    this.#suspendedCalls = suspendedCalls;
    upstream.attach(this);
  }

  /** The resources that its streams listen for. */
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

  /** Calls that a client waits for over HTTP just now. */
  get attendedCalls(): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.isAttended) count++;
    return count;
  }

  /** A call that has long waited for the client to come back with answers does not count. */
  get isActive(): boolean {
    if (this.subscriptions.size > 0 || this.#pendingRequests > 0) return true;
    for (const call of this.#calls.values()) if (!this.#suspendedCalls.hasYielded(call)) return true;
    return false;
  }

  /** Keeps the client, and its server, while a request of its is being prepared. */
  async keepActiveFor(work: () => Promise<void>): Promise<void> {
    this.#pendingRequests++;
    try {
      await work();
    } finally {
      this.#pendingRequests--;
    }
  }

  /** The initialised server. Throws RpcError. */
  async connect(): Promise<ServerConnection> {
    const connection = await this.upstream.connect(this.#initializeParams);
    this.upstream.sendInitialized();
    return connection;
  }

  /** Makes a call on the server. The message is used up. */
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

  /** A legacy server has one level for all; it is set to the lowest that anybody wants, and each call gets what it asked for. */
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

  /** Ends everything of this client's. */
  close(reason: string): void {
    for (const call of this.#calls.values()) call.cancel(reason);
    for (const subscription of [...this.subscriptions]) subscription.finish();
    this.upstream.detach(this);
  }
}
