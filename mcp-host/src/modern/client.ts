import { randomUUID } from "node:crypto";
import type { NotificationMessage } from "../protocol/jsonrpc.ts";
import { lowestLevel } from "../protocol/log-levels.ts";
import { NEWEST_LEGACY_VERSION } from "../protocol/versions.ts";
import type { CallSink, Question } from "../server/peer.ts";

import type { Link } from "../server/server-connection.ts";
import type { Upstream } from "../server/upstream.ts";
import { IdTable } from "../util/slot-table.ts";
import { ModernCall } from "./call.ts";
import type { Listener } from "./subscription.ts";
import type { OpenCalls } from "./suspended-calls.ts";
import type { CallClient, ModernRequest, Subscriber } from "./types.ts";

const NONE: ReadonlySet<string> = new Set();

/** The `initialize` params by which a legacy server gets to know a client of the modern era. */
export function legacyParams(capabilities: Record<string, unknown>, clientInfo: Record<string, unknown> | null) {
  const info = clientInfo ?? { name: "mcp-host", version: "1" };
  return { protocolVersion: NEWEST_LEGACY_VERSION, capabilities, clientInfo: info };
}

/**
 * A client of the modern era as far as one can be told from another: requests of one authorization, from one client
 * behind the gateway, of one program, with one set of capabilities. It has no session; what lasts here is only what a
 * legacy server must be told for it.
 */
export class ModernClient implements CallClient<ModernCall>, Subscriber<Listener> {
  /** Random: what is sealed for this client is worth nothing to another, nor after it is gone. */
  readonly id = randomUUID();
  readonly upstream: Upstream;
  readonly capabilities: Record<string, unknown>;
  readonly listeners = new Set<Listener>();
  readonly #initializeParams: Record<string, unknown>;
  readonly #openCalls: OpenCalls<ModernCall>;
  readonly #calls = new IdTable<ModernCall>();
  logLevel: string | null = null;
  lastUsedMs = performance.now();
  /** Requests that are on their way to becoming a call or a stream. */
  #arriving = 0;

  constructor(upstream: Upstream, initializeParams: ReturnType<typeof legacyParams>, openCalls: OpenCalls<ModernCall>) {
    this.upstream = upstream;
    this.capabilities = initializeParams.capabilities;
    this.#initializeParams = initializeParams;
    this.#openCalls = openCalls;
    upstream.attach(this);
  }

  /** The resources that its streams listen for. */
  get subscriptions(): ReadonlySet<string> {
    if (this.listeners.size === 0) return NONE;
    return new Set([...this.listeners].flatMap((listener) => listener.resources));
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
    for (const call of this.#calls.values()) if (call.attended) count++;
    return count;
  }

  /** A call that has long waited for the client to come back with answers does not count. */
  get inUse(): boolean {
    if (this.listeners.size > 0 || this.#arriving > 0) return true;
    for (const call of this.#calls.values()) if (!this.#openCalls.yields(call)) return true;
    return false;
  }

  /** Keeps the client, and its server, while a request of its is being prepared. */
  async keepFor(work: () => Promise<void>): Promise<void> {
    this.#arriving++;
    try {
      await work();
    } finally {
      this.#arriving--;
    }
  }

  /** The initialised server. Throws RpcError. */
  async connect(): Promise<Link> {
    const link = await this.upstream.connect(this.#initializeParams);
    this.upstream.sendInitialized();
    return link;
  }

  /** Makes a call on the server. The message is used up. */
  call(link: Link, request: ModernRequest): ModernCall {
    this.#wantLogs(link, request.meta.logLevel);
    const number = this.#calls.nextId();
    const call = new ModernCall(this, number, link, this.#openCalls, request);
    this.#calls.set(number, call);
    call.start(request.message);
    return call;
  }

  ended(call: ModernCall): void {
    this.#calls.delete(call.number);
    this.#openCalls.forget(call);
    this.touch();
  }

  touch(): void {
    this.lastUsedMs = performance.now();
  }

  /** A legacy server has one level for all; it is set to the lowest that anybody wants, and each call gets what it asked for. */
  #wantLogs(link: Link, level: string | null): void {
    if (level === null || lowestLevel([this.logLevel, level]) === this.logLevel) return;
    this.logLevel = level;
    if (!this.upstream.offers("logging")) return;
    const lowest = lowestLevel([...this.upstream.sessions].map((peer) => peer.logLevel));
    void link.ask("logging/setLevel", { level: lowest });
  }

  notify(message: NotificationMessage, via: CallSink | null): void {
    if (via instanceof ModernCall) {
      // A log message does not say to which of several calls it belongs.
      if (message.method === "notifications/message" && this.#calls.size > 1) return;
      via.notify(message);
    } else if (via === null) {
      for (const listener of this.listeners) listener.notify(message);
    }
  }

  ask(question: Question, via: CallSink | null): string | null {
    if (question.message.method === "ping") {
      question.answer({ jsonrpc: "2.0", id: 0, result: {} });
      return "";
    }
    if (!(via instanceof ModernCall)) return null;
    const key = via.ask(question);
    return key === null ? null : `${via.number} ${key}`;
  }

  withdraw(handle: string): void {
    const space = handle.indexOf(" ");
    this.#calls.get(Number(handle.slice(0, space)))?.withdraw(handle.slice(space + 1));
  }

  /** Ends everything of this client's. */
  close(reason: string): void {
    for (const call of this.#calls.values()) call.cancel(reason);
    for (const listener of [...this.listeners]) listener.finish();
    this.upstream.detach(this);
  }
}
