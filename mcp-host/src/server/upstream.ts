import type { Counters } from "../counters.ts";
import type { Log } from "../log.ts";
import { isObject } from "../protocol/json.ts";
import { classifyLine, type ErrorBody, type ResponseMessage, RpcError, unavailable } from "../protocol/jsonrpc.ts";
import { lowestLevel } from "../protocol/log-levels.ts";
import { within } from "../util/timeout.ts";
import { asInitializeResult, ModernServer, saysModern } from "./modern-server.ts";
import type { Peer } from "./peer.ts";
import type { ExitInfo, Launch } from "./process.ts";

import { Link } from "./server-connection.ts";
import { Supervisor } from "./supervisor.ts";

export interface UpstreamOptions {
  launch: () => Launch;
  /** Of the server; "auto" asks in the legacy way and believes a server that says it is modern. */
  era: "legacy" | "modern" | "auto";
  handshakeTimeoutMs: number;
  restartPauseMs: number;
  log: Log;
  counters: Counters;
}

/** A longer pause after a crash is not waited through; nor is a start, of a server that failed before, that takes longer. */
const MAX_PAUSE_WAITED_MS = 3_000;
const MAX_RESTART_WAITED_MS = 10_000;
const TRY_AGAIN_S = 5;
/** Clients that are told of lists ask for them; where that is what the server dies of, it is not to be asked again at once, and so for ever. */
const TELL_OF_LISTS_AGAIN_MS = 30_000;
/** As much of a line that was no message as an error quotes. */
const MAX_NOISE_CHARS = 300;

/**
 * One server: its supervised process, the one handshake that its sessions share, and that handshake made again, with
 * what the sessions had set, whenever the process had to be started again.
 */
export class Upstream {
  readonly sessions = new Set<Peer>();
  readonly supervisor: Supervisor;
  /** When the last session left, on the monotonic clock; null while there is one. */
  idleSinceMs: number | null = performance.now();
  readonly #options: UpstreamOptions;
  #link: Link | null = null;
  #handshake: Promise<Link> | null = null;
  #initializeParams: Record<string, unknown> | null = null;
  #result: Record<string, unknown> | null = null;
  #initializedSent = false;
  #ready = false;
  #retired = false;
  /** When its clients were last told that a process started again may have other lists. */
  #toldOfListsMs = Number.NEGATIVE_INFINITY;
  #paused = new Set<object>();
  /** The first line on the process's standard output that was no message, redacted. */
  #firstNoise: string | null = null;
  /** What the process printed to stderr was not on behalf of any client. */
  #tailIsNobodys = true;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.supervisor = new Supervisor(options, {
      line: (text) => {
        // A server is started before anybody asks; one that prints a banner may have done so before its handshake.
        const understood = this.#link === null ? classifyLine(text) !== null : this.#link.receive(text);
        if (!understood) this.#noise(text);
      },
      droppedLine: (head, tail, bytes) => this.#link?.receiveDropped(head, tail, bytes),
      busy: () => this.#link?.busy ?? false,
      exit: (info) => this.#onExit(info),
    });
  }

  /** Makes a server whose first handshake failed free for any session again; false when its process is still the one that refused. */
  giveBack(): boolean {
    if (this.supervisor.failure === null) return false;
    this.#initializeParams = null;
    return true;
  }

  /** The server's answer to `initialize`; null before. */
  get result(): Record<string, unknown> | null {
    return this.#result;
  }

  /** Whether the server has declared a capability, and a feature of it where one is named. */
  offers(capability: string, feature?: string): boolean {
    const capabilities = this.#result?.capabilities;
    const declared = isObject(capabilities) ? capabilities[capability] : undefined;
    return isObject(declared) && (feature === undefined || declared[feature] === true);
  }

  /** No client has sent a request to the process that runs. */
  get untouched(): boolean {
    return this.#link === null || this.#link.untouched;
  }

  /** It has been stopped to make room; its clients need another. */
  get retired(): boolean {
    return this.#retired;
  }

  attach(peer: Peer): void {
    this.sessions.add(peer);
    this.idleSinceMs = null;
    this.#link?.attach(peer);
    // One that comes from another server has told that one what it wants.
    const link = this.liveLink;
    if (link !== null && hasSettings(peer)) void this.#restore(link, [peer]);
  }

  detach(peer: Peer): void {
    if (!this.sessions.delete(peer)) return;
    const link = this.#link;
    link?.detach(peer);
    if (link?.usable && this.#ready) this.#tidy(link, peer);
    if (this.sessions.size === 0) this.idleSinceMs = performance.now();
  }

  /**
   * A link on which the handshake is done. The first caller's `initialize` params are what the server sees; later ones
   * must have declared the same. Throws RpcError when the server refuses, does not answer in time, or does not start; at once
   * where it has failed and will not be back soon.
   */
  async connect(initializeParams: Record<string, unknown>): Promise<Link> {
    if (this.#ready && this.#link?.usable) return this.#link;
    this.#initializeParams ??= initializeParams;
    const { failure, pauseLeftMs } = this.supervisor;
    if (failure === null) return this.#handshakeWith(this.#initializeParams);
    const link =
      pauseLeftMs > MAX_PAUSE_WAITED_MS
        ? null
        : await within(MAX_RESTART_WAITED_MS, this.#handshakeWith(this.#initializeParams));
    if (link === null) throw new RpcError(this.#unavailable(failure.message));
    return link;
  }

  /** One handshake for all who wait for it. */
  #handshakeWith(params: Record<string, unknown>): Promise<Link> {
    this.#handshake ??= this.#shakeHands(params).finally(() => {
      this.#handshake = null;
    });
    return this.#handshake;
  }

  /** The link when the server is up and initialised, without waiting. */
  get liveLink(): Link | null {
    return this.#ready && this.#link?.usable ? this.#link : null;
  }

  /** Tells the server `notifications/initialized`, once for each process. */
  sendInitialized(): void {
    if (this.#initializedSent || !this.#ready) return;
    this.#initializedSent = true;
    if (this.#link?.modern === null) this.#link.notify({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** Tells a client that the server's lists may have changed: it knows those of another process, or has missed what was said of them. */
  tellOfLists(peer: Peer): void {
    for (const list of ["tools", "prompts", "resources"]) {
      if (!this.offers(list, "listChanged")) continue;
      peer.notify({ jsonrpc: "2.0", method: `notifications/${list}/list_changed` }, null);
    }
  }

  /** Stops reading from the server while a client does not take what it said; resumes when every holder has let go. */
  hold(holder: object): void {
    this.#paused.add(holder);
    this.supervisor.process?.pauseOutput();
  }

  release(holder: object): void {
    if (this.#paused.delete(holder) && this.#paused.size === 0) this.supervisor.process?.resumeOutput();
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
  }

  /** Stops it for good. Clients that are still attached have to move. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.supervisor.stop();
  }

  #noise(line: string): void {
    if (line.trim() === "") return;
    const kept = this.#options.log.add("stdout", line);
    this.#firstNoise ??= kept.slice(0, MAX_NOISE_CHARS);
  }

  async #shakeHands(params: Record<string, unknown>): Promise<Link> {
    const before = this.#result;
    const process = await this.supervisor.acquire().catch((error: unknown) => {
      throw new RpcError(this.#unavailable(error instanceof Error ? error.message : String(error)));
    });
    const declared = isObject(params.capabilities) ? params.capabilities : {};
    const link = new Link(process, this.sessions, declared, this.#options.log, this.#options.counters);
    this.#link = link;
    this.#ready = false;
    this.#initializedSent = false;
    this.supervisor.handshakeBegun();
    this.#tailIsNobodys = true;
    const response = await this.#greet(link, withoutProgress(params));
    if (!isObject(response.result)) {
      throw new RpcError(
        isErrorBody(response.error) ? response.error : this.#unavailable("the server refused initialize"),
      );
    }
    this.#result = response.result;
    this.#ready = true;
    link.modern?.start((capability, feature) => this.offers(capability, feature));
    this.supervisor.handshakeDone();
    for (const peer of this.sessions) link.attach(peer);
    const peers = [...this.sessions];
    if (before !== null || peers.some(hasSettings)) await this.#restore(link, peers);
    if (before !== null && performance.now() - this.#toldOfListsMs >= TELL_OF_LISTS_AGAIN_MS) {
      this.#toldOfListsMs = performance.now();
      for (const peer of peers) this.tellOfLists(peer);
    }
    return link;
  }

  /** The handshake, in the server's era. Nothing of the modern one is sent to a server that has not shown it is of it: older ones exit. */
  async #greet(link: Link, params: Record<string, unknown>): Promise<ResponseMessage> {
    if (this.#options.era !== "modern") {
      const response = await this.#withTimeout(link.ask("initialize", params));
      if (this.#options.era === "legacy" || !saysModern(response.error)) return response;
      this.#options.log.host("the server speaks the modern era only");
    }
    link.modern = new ModernServer(link, params);
    const response = await this.#withTimeout(link.ask("server/discover"));
    if (isObject(response.result)) response.result = asInitializeResult(response.result, params.protocolVersion);
    return response;
  }

  async #withTimeout(answer: Promise<ResponseMessage>): Promise<ResponseMessage> {
    const response = await within(this.#options.handshakeTimeoutMs, answer);
    if (response !== null) return response;
    const noise = this.#firstNoise;
    const quote = noise === null ? "" : `; it wrote to standard output, where only MCP messages belong: ${noise}`;
    const message = `the server did not answer initialize within ${this.#options.handshakeTimeoutMs / 1000} s${quote}`;
    this.supervisor.handshakeFailed(message);
    throw new RpcError(this.#unavailable(message));
  }

  /** Gives a server what these clients had told the one before. */
  async #restore(link: Link, peers: Peer[]): Promise<void> {
    this.sendInitialized();
    const level = lowestLevel([...this.sessions].map((peer) => peer.logLevel));
    const uris = new Set(peers.flatMap((peer) => [...peer.subscriptions]));
    const requests = [...uris].map((uri) => link.ask("resources/subscribe", { uri }));
    if (level !== null) requests.push(link.ask("logging/setLevel", { level }));
    const answers = await Promise.all(requests);
    const failed = answers.filter((answer) => answer.error !== undefined).length;
    this.#options.log.host(
      `server initialised again; ${answers.length - failed} of ${answers.length} settings restored`,
    );
  }

  /** Takes back what only the leaving session had asked for. */
  #tidy(link: Link, peer: Peer): void {
    for (const uri of peer.subscriptions) {
      if (![...this.sessions].some((other) => other.subscriptions.has(uri)))
        void link.ask("resources/unsubscribe", { uri });
    }
    const level = lowestLevel([...this.sessions].map((other) => other.logLevel));
    if (peer.logLevel !== null && level !== null && level !== peer.logLevel)
      void link.ask("logging/setLevel", { level });
  }

  #onExit(info: ExitInfo): void {
    const link = this.#link;
    this.#link = null;
    this.#ready = false;
    this.#firstNoise = null;
    this.#paused.clear();
    const message = this.supervisor.failure?.message ?? "the server was stopped";
    this.#tailIsNobodys = link === null || link.untouched;
    link?.close(this.#unavailable(message, info), this.supervisor.stderrTail);
    // Sessions are waiting for it: the handshake is made again as soon as the process is back.
    if (this.#result !== null && this.#initializeParams !== null && this.supervisor.state === "backoff") {
      this.#handshakeWith(this.#initializeParams).catch(() => {});
    }
  }

  #unavailable(message: string, info?: ExitInfo): ErrorBody {
    const { failure, pauseLeftMs } = this.supervisor;
    const last = info ?? this.supervisor.lastExit;
    const data = {
      ...(failure === null ? {} : { code: failure.code }),
      ...(last === null ? {} : { exitCode: last.code, signal: last.signal }),
      ...(this.#tailIsNobodys ? { stderrTail: this.supervisor.stderrTail } : {}),
    };
    // A program that is not there will not be there later.
    const passes = failure?.code !== "spawn_failed";
    const retryAfterS = pauseLeftMs > 0 ? Math.ceil(pauseLeftMs / 1000) : TRY_AGAIN_S;
    return unavailable(`MCP server: ${message}`, passes ? retryAfterS : undefined, { data });
  }
}

function hasSettings(peer: Peer): boolean {
  return peer.logLevel !== null || peer.subscriptions.size > 0;
}

/** The handshake is answered once for many clients, so nobody's progress token belongs into it. */
function withoutProgress(params: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(params._meta) || !Object.hasOwn(params._meta, "progressToken")) return params;
  const { progressToken: _, ...meta } = params._meta;
  return { ...params, _meta: meta };
}

function isErrorBody(value: unknown): value is ErrorBody {
  return isObject(value) && typeof value.code === "number" && typeof value.message === "string";
}
