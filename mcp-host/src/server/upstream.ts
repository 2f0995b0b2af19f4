import type { Counters } from "../counters.ts";
import type { Log } from "../log.ts";
import { isObject } from "../protocol/json.ts";
import { classifyLine, type ErrorBody, type ResponseMessage, RpcError, toUnavailable } from "../protocol/jsonrpc.ts";
import { findLowestLevel } from "../protocol/log-levels.ts";
import { orNullAfter } from "../util/timeout.ts";
import { isModernRefusal, ModernServer, toInitializeResult } from "./modern-server.ts";
import type { Peer } from "./peer.ts";
import type { ExitInfo, Launch } from "./process.ts";

import { ServerConnection } from "./server-connection.ts";
import { Supervisor } from "./supervisor.ts";

export interface UpstreamOptions {
  launch: () => Launch;
  /** The server's era. "auto" sends `initialize` and believes a server that refuses it as modern. */
  era: "legacy" | "modern" | "auto";
  handshakeTimeoutMs: number;
  restartBackoffMs: number;
  log: Log;
  counters: Counters;
}

/** A request waits through no longer backoff, nor for a longer restart of a server that failed before. */
const MAX_BACKOFF_WAIT_MS = 3_000;
const MAX_RESTART_WAIT_MS = 10_000;
const RETRY_AFTER_S = 5;
/**
 * Clients ask for lists that have changed. If that crashes the server, telling them at each restart would crash it for
 * ever.
 */
const LIST_CHANGES_INTERVAL_MS = 30_000;
/** Length of a line of other output that an error quotes. */
const MAX_NON_MESSAGE_CHARS = 300;

/**
 * One server: its supervised process and the handshake that its clients share. Repeats the handshake after each restart and
 * restores what the clients had set.
 */
export class Upstream {
  readonly sessions = new Set<Peer>();
  readonly supervisor: Supervisor;
  /** When the last client left, on the monotonic clock. Null while there is one. */
  idleSinceMs: number | null = performance.now();
  readonly #options: UpstreamOptions;
  #connection: ServerConnection | null = null;
  #handshake: Promise<ServerConnection> | null = null;
  #initializeParams: Record<string, unknown> | null = null;
  #result: Record<string, unknown> | null = null;
  #initializedSent = false;
  #isReady = false;
  #isRetired = false;
  /** When its clients were last told that the lists of a restarted process can differ. */
  #listChangesSentMs = Number.NEGATIVE_INFINITY;
  #pausers = new Set<object>();
  /** The first line on standard output that was no message, redacted. */
  #firstNonMessage: string | null = null;
  /** The process wrote its stderr on behalf of no client, so any client can see it. */
  #isTailUnattributed = true;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.supervisor = new Supervisor(options, {
      line: (text) => {
        // A server starts before its first client; a banner can come before its handshake.
        const understood = this.#connection === null ? classifyLine(text) !== null : this.#connection.receive(text);
        if (!understood) this.#reportNonMessage(text);
      },
      droppedLine: (head, tail, bytes) => this.#connection?.receiveDropped(head, tail, bytes),
      isBusy: () => this.#connection?.isBusy ?? false,
      exit: (info) => this.#onExit(info),
    });
  }

  /**
   * Frees a server whose first handshake failed for any session. Returns false while the process that refused is still
   * running.
   */
  reclaim(): boolean {
    if (this.supervisor.failure === null) return false;
    this.#initializeParams = null;
    return true;
  }

  /** The server's answer to `initialize`, or null before. */
  get result(): Record<string, unknown> | null {
    return this.#result;
  }

  /** Returns whether the server has declared a capability, and a feature of it if one is named. */
  offers(capability: string, feature?: string): boolean {
    const capabilities = this.#result?.capabilities;
    const declared = isObject(capabilities) ? capabilities[capability] : undefined;
    return isObject(declared) && (feature === undefined || declared[feature] === true);
  }

  /** No client has sent a request to the running process. */
  get isUnused(): boolean {
    return this.#connection === null || this.#connection.isUnused;
  }

  /** It was stopped to make room. Its clients need another. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  attach(peer: Peer): void {
    this.sessions.add(peer);
    this.idleSinceMs = null;
    this.#connection?.attach(peer);
    // A client that comes from another server has settings from there.
    const connection = this.liveConnection;
    if (connection !== null && hasSettings(peer)) void this.#restore(connection, [peer]);
  }

  detach(peer: Peer): void {
    if (!this.sessions.delete(peer)) return;
    const connection = this.#connection;
    connection?.detach(peer);
    if (connection?.isUsable && this.#isReady) this.#withdrawSettings(connection, peer);
    if (this.sessions.size === 0) this.idleSinceMs = performance.now();
  }

  /**
   * Returns a connection whose handshake is done. The server sees the first caller's `initialize` params; later callers must have
   * declared the same. Throws RpcError when the server refuses, times out or does not start, and at once while it is in a long
   * backoff.
   */
  async connect(initializeParams: Record<string, unknown>): Promise<ServerConnection> {
    if (this.#isReady && this.#connection?.isUsable) return this.#connection;
    this.#initializeParams ??= initializeParams;
    const { failure, backoffLeftMs } = this.supervisor;
    if (failure === null) return this.#shareHandshake(this.#initializeParams);
    const connection =
      backoffLeftMs > MAX_BACKOFF_WAIT_MS
        ? null
        : await orNullAfter(this.#shareHandshake(this.#initializeParams), MAX_RESTART_WAIT_MS);
    if (connection === null) throw new RpcError(this.#toUnavailable(failure.message));
    return connection;
  }

  /** Shares one handshake among all callers. */
  #shareHandshake(params: Record<string, unknown>): Promise<ServerConnection> {
    this.#handshake ??= this.#performHandshake(params).finally(() => {
      this.#handshake = null;
    });
    return this.#handshake;
  }

  /** The initialized connection, or null while the server is not up. */
  get liveConnection(): ServerConnection | null {
    return this.#isReady && this.#connection?.isUsable ? this.#connection : null;
  }

  /** Sends `notifications/initialized`, once for each process. */
  sendInitialized(): void {
    if (this.#initializedSent || !this.#isReady) return;
    this.#initializedSent = true;
    if (this.#connection?.modern === null)
      this.#connection.notify({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /**
   * Tells a client that the server's lists can have changed: the client knows those of another process, or missed the notification.
   */
  notifyListChanges(peer: Peer): void {
    for (const list of ["tools", "prompts", "resources"]) {
      if (!this.offers(list, "listChanged")) continue;
      peer.notify({ jsonrpc: "2.0", method: `notifications/${list}/list_changed` }, null);
    }
  }

  /** Stops reading from the server until every holder calls `resumeFor`. Applied while a client is slow to read. */
  pauseFor(holder: object): void {
    this.#pausers.add(holder);
    this.supervisor.process?.pauseOutput();
  }

  resumeFor(holder: object): void {
    if (this.#pausers.delete(holder) && this.#pausers.size === 0) this.supervisor.process?.resumeOutput();
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
  }

  /** Stops the server for good. Attached clients have to move. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.supervisor.stop();
  }

  #reportNonMessage(line: string): void {
    if (line.trim() === "") return;
    const kept = this.#options.log.add("stdout", line);
    this.#firstNonMessage ??= kept.slice(0, MAX_NON_MESSAGE_CHARS);
  }

  async #performHandshake(params: Record<string, unknown>): Promise<ServerConnection> {
    const before = this.#result;
    const process = await this.supervisor.acquire().catch((error: unknown) => {
      throw new RpcError(this.#toUnavailable(error instanceof Error ? error.message : String(error)));
    });
    const declared = isObject(params.capabilities) ? params.capabilities : {};
    const connection = new ServerConnection(
      process,
      this.sessions,
      declared,
      this.#options.log,
      this.#options.counters,
    );
    this.#connection = connection;
    this.#isReady = false;
    this.#initializedSent = false;
    this.supervisor.beginHandshake();
    this.#isTailUnattributed = true;
    const response = await this.#initialize(connection, removeProgressToken(params));
    if (!isObject(response.result)) {
      throw new RpcError(
        isErrorBody(response.error) ? response.error : this.#toUnavailable("the server refused initialize"),
      );
    }
    this.#result = response.result;
    this.#isReady = true;
    connection.modern?.start((capability, feature) => this.offers(capability, feature));
    this.supervisor.completeHandshake();
    for (const peer of this.sessions) connection.attach(peer);
    const peers = [...this.sessions];
    if (before !== null || peers.some(hasSettings)) await this.#restore(connection, peers);
    if (before !== null && performance.now() - this.#listChangesSentMs >= LIST_CHANGES_INTERVAL_MS) {
      this.#listChangesSentMs = performance.now();
      for (const peer of peers) this.notifyListChanges(peer);
    }
    return connection;
  }

  /**
   * Performs the handshake in the server's era. Sends nothing modern to a server that has not said it is modern: older servers exit
   * on it.
   */
  async #initialize(connection: ServerConnection, params: Record<string, unknown>): Promise<ResponseMessage> {
    if (this.#options.era !== "modern") {
      const response = await this.#withTimeout(connection.call("initialize", params));
      if (this.#options.era === "legacy" || !isModernRefusal(response.error)) return response;
      this.#options.log.logHost("the server speaks the modern era only");
    }
    connection.modern = new ModernServer(connection, params);
    const response = await this.#withTimeout(connection.call("server/discover"));
    if (isObject(response.result)) response.result = toInitializeResult(response.result, params.protocolVersion);
    return response;
  }

  async #withTimeout(answer: Promise<ResponseMessage>): Promise<ResponseMessage> {
    const response = await orNullAfter(answer, this.#options.handshakeTimeoutMs);
    if (response !== null) return response;
    const noise = this.#firstNonMessage;
    const quote = noise === null ? "" : `; it wrote to standard output, where only MCP messages belong: ${noise}`;
    const message = `the server did not answer initialize within ${this.#options.handshakeTimeoutMs / 1000} s${quote}`;
    this.supervisor.failHandshake(message);
    throw new RpcError(this.#toUnavailable(message));
  }

  /** Restores what these clients had set on a previous server. */
  async #restore(connection: ServerConnection, peers: Peer[]): Promise<void> {
    this.sendInitialized();
    const level = findLowestLevel([...this.sessions].map((peer) => peer.logLevel));
    const uris = new Set(peers.flatMap((peer) => [...peer.subscribedUris]));
    const requests = [...uris].map((uri) => connection.call("resources/subscribe", { uri }));
    if (level !== null) requests.push(connection.call("logging/setLevel", { level }));
    const answers = await Promise.all(requests);
    const failed = answers.filter((answer) => answer.error !== undefined).length;
    this.#options.log.logHost(
      `server initialized again; ${answers.length - failed} of ${answers.length} settings restored`,
    );
  }

  /** Withdraws settings that only the leaving client wanted. */
  #withdrawSettings(connection: ServerConnection, peer: Peer): void {
    for (const uri of peer.subscribedUris) {
      if (![...this.sessions].some((other) => other.subscribedUris.has(uri)))
        void connection.call("resources/unsubscribe", { uri });
    }
    const level = findLowestLevel([...this.sessions].map((other) => other.logLevel));
    if (peer.logLevel !== null && level !== null && level !== peer.logLevel)
      void connection.call("logging/setLevel", { level });
  }

  #onExit(info: ExitInfo): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#isReady = false;
    this.#firstNonMessage = null;
    this.#pausers.clear();
    const message = this.supervisor.failure?.message ?? "the server was stopped";
    this.#isTailUnattributed = connection === null || connection.isUnused;
    connection?.close(this.#toUnavailable(message, info), this.supervisor.stderrTail);
    // Sessions are waiting: repeat the handshake as soon as the process is back.
    if (this.#result !== null && this.#initializeParams !== null && this.supervisor.state === "backoff") {
      this.#shareHandshake(this.#initializeParams).catch(() => {});
    }
  }

  #toUnavailable(message: string, info?: ExitInfo): ErrorBody {
    const { failure, backoffLeftMs } = this.supervisor;
    const last = info ?? this.supervisor.lastExit;
    const data = {
      ...(failure === null ? {} : { code: failure.code }),
      ...(last === null ? {} : { exitCode: last.code, signal: last.signal }),
      ...(this.#isTailUnattributed ? { stderrTail: this.supervisor.stderrTail } : {}),
    };
    // A missing program stays missing.
    const passes = failure?.code !== "spawn_failed";
    const retryAfterS = backoffLeftMs > 0 ? Math.ceil(backoffLeftMs / 1000) : RETRY_AFTER_S;
    return toUnavailable(`MCP server: ${message}`, passes ? retryAfterS : undefined, { data });
  }
}

function hasSettings(peer: Peer): boolean {
  return peer.logLevel !== null || peer.subscribedUris.size > 0;
}

/** Many clients share the handshake, so it must carry no client's progress token. */
function removeProgressToken(params: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(params._meta) || !Object.hasOwn(params._meta, "progressToken")) return params;
  const { progressToken: _, ...meta } = params._meta;
  return { ...params, _meta: meta };
}

function isErrorBody(value: unknown): value is ErrorBody {
  return isObject(value) && typeof value.code === "number" && typeof value.message === "string";
}
