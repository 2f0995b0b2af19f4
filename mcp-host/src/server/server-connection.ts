import type { Counters } from "../counters.ts";
import type { Log } from "../log.ts";
import { findMissingCapabilities } from "../modern/input-requests.ts";
import { isObject } from "../protocol/json.ts";
import {
  classifyLine,
  ERROR_CODES,
  type ErrorBody,
  findMeta,
  HTTP_FORM,
  type Id,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
  toErrorResponse,
  toIdKey,
} from "../protocol/jsonrpc.ts";
import { readVersion, SUBSCRIPTION_ID } from "../protocol/meta.ts";
import { SlotTable } from "../util/slot-table.ts";
import { Attribution } from "./attribution.ts";
import type { Channel } from "./channel.ts";
import type { ModernServer } from "./modern-server.ts";
import { Ownership } from "./ownership.ts";
import type { CallSink, Peer } from "./peer.ts";
import type { ServerProcess } from "./process.ts";
import { findSubscribers, wantsLog } from "./routing.ts";
import { ServerRequests, type Target } from "./server-requests.ts";

interface Call {
  /** The id that the server sees, unique on this process. */
  id: number;
  /** Null for mcp-host's own requests. */
  peer: Peer | null;
  clientId: Id;
  method: string;
  sink: CallSink;
  /** Where the server's progress goes. Null when the client wants none. */
  token: Token | null;
}

interface Token {
  peer: Peer;
  clientToken: unknown;
  sink: CallSink | null;
}

/** How long a cancelled call's id stays known: the server can still be working and ask something on its behalf. */
const CANCELLED_CALL_MS = 30_000;

/**
 * The connection to one server process, shared by several clients.
 * Owns ids and progress tokens: each request gets its own, so clients can use any ids they like. Routes what the server sends to
 * the client that it is meant for, and drops it when that client is unknown. Leaves to Attribution and Ownership who that client
 * is, and to Upstream the handshake.
 */
export class ServerConnection implements Channel {
  readonly process: ServerProcess;
  /** Speaks the modern era with the server. Null for a legacy server. */
  modern: ModernServer | null = null;
  readonly #log: Log;
  readonly #counters: Counters;
  readonly #peers: ReadonlySet<Peer>;
  /** The capabilities that every client of this process has declared. */
  readonly #declared: Record<string, unknown>;
  readonly #ownership = new Ownership();
  readonly #calls = new SlotTable<Call>();
  /** Progress tokens of tasks, which outlive their call. */
  readonly #taskTokens = new Map<number, Token>();
  readonly #serverRequests: ServerRequests;
  readonly #attribution = new Attribution();
  #toolsVersion = 0;
  #closed: ErrorBody | null = null;

  constructor(
    process: ServerProcess,
    peers: ReadonlySet<Peer>,
    declared: Record<string, unknown>,
    log: Log,
    counters: Counters,
  ) {
    this.process = process;
    this.#peers = peers;
    this.#declared = declared;
    this.#log = log;
    this.#counters = counters;
    this.#serverRequests = new ServerRequests(process, counters);
  }

  get isUsable(): boolean {
    return this.#closed === null && this.process.isAlive;
  }

  /** No client has sent this process a request yet. */
  get isUnused(): boolean {
    return this.#attribution.isUnused;
  }

  /** A client waits for the process's response. */
  get isBusy(): boolean {
    return this.#calls.values().some((call) => call.peer !== null);
  }

  /** Changes whenever the server reports that its tools have changed. */
  get toolsVersion(): number {
    return this.#toolsVersion;
  }

  attach(peer: Peer): void {
    this.#attribution.recordAttachment(peer);
  }

  /**
   * Sends a client's request and passes everything that belongs to it to `sink`. Changes the message. Returns a handle for {@link
   * abandonCall}, or null when the request was answered at once. `round` counts how often the request has been made.
   */
  request(peer: Peer, message: RequestMessage, sink: CallSink, round = 1): number | null {
    if (this.#ownership.isForeignTask(peer, message.method, message.params)) {
      const error = { code: ERROR_CODES.invalidParams, message: "Task not found" };
      sink.response(toErrorResponse(message.id, error));
      return null;
    }
    // A legacy server can exit on this probe, whichever client sends it.
    if (this.modern === null && message.method === "server/discover") {
      sink.response(toErrorResponse(message.id, { code: ERROR_CODES.methodNotFound, message: "Method not found" }));
      return null;
    }
    const answered = this.modern?.answerLocally(message);
    if (answered) {
      void answered.then((response) => sink.response(response));
      return null;
    }
    const call: Call = {
      id: this.#calls.nextId(),
      peer,
      clientId: message.id,
      method: message.method,
      sink,
      token: null,
    };
    if (this.modern !== null && readVersion(message.params) === undefined) {
      call.sink = this.modern.wrapSink(peer, { ...message }, sink, round);
    }
    const meta = findMeta(message.params);
    if (meta !== undefined && Object.hasOwn(meta, "progressToken")) {
      call.token = { peer, clientToken: meta.progressToken, sink };
      message.params = { ...message.params, _meta: { ...meta, progressToken: call.id } };
    }
    return this.#send(call, message) ? call.id : null;
  }

  /** Sends a request of mcp-host's own. Resolves to the server's response, or to an error response when the server goes. */
  call(method: string, params?: Record<string, unknown>): Promise<ResponseMessage> {
    const answered = this.modern?.answerLocally({ jsonrpc: "2.0", id: 0, method, ...(params && { params }) });
    return answered ?? this.startCall(method, params).response;
  }

  /** Sends a request of mcp-host's own and returns its id on the server. */
  startCall(method: string, params?: Record<string, unknown>): { id: number; response: Promise<ResponseMessage> } {
    const id = this.#calls.nextId();
    const response = new Promise<ResponseMessage>((resolve) => {
      const sink: CallSink = { message: () => {}, response: resolve };
      this.#send(
        { id, peer: null, clientId: 0, method, sink, token: null },
        { jsonrpc: "2.0", id, method, ...(params && { params }) },
      );
    });
    return { id, response };
  }

  #send(call: Call, message: RequestMessage): boolean {
    if (this.#closed !== null) {
      call.sink.response(toErrorResponse(call.clientId, this.#closed));
      return false;
    }
    message.id = call.id;
    this.modern?.addMetadata(message, call.peer);
    const text = JSON.stringify(message);
    this.#calls.set(call.id, call);
    if (call.peer !== null) this.#attribution.recordCall(call.peer);
    this.process.send(text);
    return true;
  }

  notify(message: NotificationMessage): void {
    this.process.send(JSON.stringify(message));
  }

  /**
   * Relays a client's `notifications/cancelled` under the server's id. Returns what ends the call's HTTP answer, or null when the
   * call is unknown.
   */
  cancel(peer: Peer, message: NotificationMessage): { sink: CallSink; clientId: Id } | null {
    const clientId = message.params?.requestId;
    const key =
      typeof clientId === "string" || typeof clientId === "number" || isObject(clientId)
        ? toIdKey(clientId as Id)
        : null;
    const call = this.#calls.values().findLast((item) => item.peer === peer && toIdKey(item.clientId) === key);
    if (call === undefined) return null;
    this.notify({ ...message, params: { ...message.params, requestId: call.id } });
    const sink = call.sink;
    this.#forgetLater(call);
    return { sink, clientId: call.clientId };
  }

  /** Cancels a call at the server. Its sink gets nothing more. */
  abandonCall(handle: number, reason: string): void {
    const call = this.#calls.get(handle);
    if (call === undefined) return;
    this.notify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: call.id, reason } });
    call.sink = { message: () => {}, response: () => {} };
    this.#forgetLater(call);
  }

  /** Ends a client: cancels its calls and refuses the requests that the server made of it. */
  detach(peer: Peer): void {
    this.#attribution.recordDeparture(peer);
    for (const call of this.#calls.values()) {
      if (call.peer !== peer) continue;
      const params = { requestId: call.id, reason: "the client's session has ended" };
      this.notify({ jsonrpc: "2.0", method: "notifications/cancelled", params });
      const sink = call.sink;
      this.#forgetLater(call);
      sink.response(
        toErrorResponse(call.clientId, { code: ERROR_CODES.sessionNotFound, message: "The session has ended" }),
      );
    }
    this.#serverRequests.detach(peer);
    for (const [id, token] of this.#taskTokens) if (token.peer === peer) this.#taskTokens.delete(id);
    this.#ownership.forget(peer);
  }

  #forgetLater(call: Call): void {
    call.sink = { message: call.sink.message.bind(call.sink), response: () => {} };
    setTimeout(() => this.#calls.delete(call.id), CANCELLED_CALL_MS).unref();
  }

  /**
   * Closes the connection of a process that is gone. Every call gets this error, every server-initiated request is withdrawn. Only
   * a client that had the process to itself sees the end of its stderr.
   */
  close(error: ErrorBody, stderrTail: string[]): void {
    this.#closed = error;
    const shown = this.#attribution.findOnlyUser() === null ? {} : { stderrTail };
    // A call in flight can have had its effect, so 502: a retry is less safe than after 503.
    const inFlight = { ...error, data: { ...error.data, ...shown }, [HTTP_FORM]: { status: 502 } };
    for (const call of this.#calls.values()) {
      this.#calls.delete(call.id);
      call.sink.response(toErrorResponse(call.clientId, call.peer === null ? error : inFlight));
      if (call.peer !== null) this.#counters.errors++;
    }
    this.#serverRequests.close(error.message);
  }

  /** Takes a line of the server's standard output. Returns false when it is no message. */
  receive(line: string): boolean {
    const parsed = classifyLine(line);
    if (parsed === null) return false;
    for (const item of Array.isArray(parsed) ? parsed : [parsed]) {
      try {
        if (item.kind === "response") this.#onResponse(item.message);
        else if (item.kind === "request") this.#onRequest(item.message);
        else this.#onNotification(item.message);
      } catch (error) {
        // For example a message that is nested too deeply. One bad message must not end the other sessions.
        this.#log.logHost(
          `a message of the server's could not be relayed: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    return true;
  }

  /** Logs a line that was dropped for its size. If it was the response to a call, the call gets an error. */
  receiveDropped(head: string, tail: string, bytes: number): void {
    this.#log.logHost(`dropped a line of ${bytes} bytes from the server: over the limit of 16 MiB`);
    const id =
      /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/.exec(head)?.[1] ??
      /,\s*"id"\s*:\s*(\d{1,15})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail)?.[1];
    const call = this.#findCall(id);
    if (call === undefined) return;
    this.#calls.delete(call.id);
    this.#counters.errors++;
    const message = `The server's response of ${bytes} bytes is over the limit of 16 MiB`;
    call.sink.response(toErrorResponse(call.clientId, { code: ERROR_CODES.internalError, message }));
  }

  /** Returns the call in flight with that id. Some servers return numeric ids as strings. */
  #findCall(id: unknown): Call | undefined {
    if (typeof id === "string" && /^\d{1,15}$/.test(id)) return this.#calls.get(Number(id));
    return typeof id === "number" ? this.#calls.get(id) : undefined;
  }

  #onResponse(message: ResponseMessage): void {
    const call = this.#findCall(message.id);
    if (call === undefined) {
      this.#log.logHost(`dropped a response of the server's to an id that is not open`);
      return;
    }
    this.#calls.delete(call.id);
    if (call.peer !== null) {
      this.#ownership.learn(call.peer, message);
      if (call.method === "tasks/list") this.#ownership.filterTaskList(call.peer, message);
      // A task reports progress under the token of the call that created it.
      const task = isObject(message.result) && isObject(message.result.task);
      if (call.token !== null && task) this.#taskTokens.set(call.id, { ...call.token, sink: null });
    }
    message.id = call.clientId;
    call.sink.response(message);
  }

  #onRequest(message: RequestMessage): void {
    this.#counters.serverRequests++;
    const target = this.#findTaskOwner(message.params) ?? this.#toTarget(this.#attribution.findOnlyUser());
    if (message.method === "ping" && target?.sink == null) {
      // The server checks that its pipe is alive; it is.
      this.#serverRequests.respond(message.id, { jsonrpc: "2.0", id: message.id, result: {} });
      return;
    }
    // A client that did not declare the feature need not know the method: it would leave the server waiting for ever.
    const missing = findMissingCapabilities(message, this.#declared);
    if (target === null || (missing !== null && Object.keys(missing).length > 0)) {
      this.#refuse(message);
      return;
    }
    this.#ownership.learnElicitation(target.peer, message.params);
    this.#serverRequests.put(message, target);
  }

  /** Refuses a server-initiated request: its client is unknown, or no client of this process has declared the feature. */
  #refuse(message: RequestMessage): void {
    const missing = findMissingCapabilities(message, this.#declared);
    if (missing === null || Object.keys(missing).length === 0) {
      const why = "mcp-host cannot tell which client this request is for: several sessions share this server";
      this.#serverRequests.refuse(message.id, why);
      return;
    }
    const why = `The client does not support ${message.method}`;
    const inFlight = this.#calls.values().filter((call) => call.peer !== null);
    for (const { sink } of inFlight) sink.onRefusal?.(missing, inFlight.length > 1 ? why : null);
    this.#serverRequests.refuse(message.id, why, ERROR_CODES.methodNotFound);
  }

  #onNotification(message: NotificationMessage): void {
    const { method, params } = message;
    if (method === "notifications/progress") {
      this.#onProgress(message);
      return;
    }
    if (method === "notifications/cancelled") {
      this.#serverRequests.cancel(params);
      return;
    }
    if (this.modern !== null && method === "notifications/subscriptions/acknowledged") {
      this.modern.acknowledge(findMeta(params)?.[SUBSCRIPTION_ID]);
      return;
    }
    if (method === "notifications/resources/updated") {
      for (const peer of findSubscribers(params?.uri, this.#peers)) peer.notify(message, null);
      return;
    }
    if (method.endsWith("/list_changed")) {
      if (method === "notifications/tools/list_changed") this.#toolsVersion++;
      for (const peer of this.#peers) peer.notify(message, null);
      return;
    }
    const owner =
      this.#ownership.findTaskOwner(params?.taskId) ?? this.#ownership.findElicitationOwner(params?.elicitationId);
    if (owner !== undefined) {
      owner.notify(message, null);
      return;
    }
    const target = this.#findTaskOwner(params) ?? this.#toTarget(this.#attribution.findOnlyUser());
    if (target === null) {
      this.#counters.unattributed++;
      const text = JSON.stringify(params ?? {}).slice(0, 1000);
      this.#log.logHost(`not relayed, no session can be told to be its cause: ${method} ${text}`);
      return;
    }
    if (method !== "notifications/message" || wantsLog(target.peer, params?.level, this.#peers)) {
      target.peer.notify(message, target.sink);
    }
  }

  #onProgress(message: NotificationMessage): void {
    const token = message.params?.progressToken;
    const known = typeof token === "number" ? (this.#calls.get(token)?.token ?? this.#taskTokens.get(token)) : null;
    if (!known || message.params === undefined || this.#attribution.hasDeparted(known.peer)) return;
    message.params.progressToken = known.clientToken;
    known.peer.notify(message, known.sink);
  }

  /** Returns the owner of the task that a message belongs to, or null. */
  #findTaskOwner(params: Record<string, unknown> | undefined): Target | null {
    const related = findMeta(params)?.["io.modelcontextprotocol/related-task"];
    const owner = isObject(related) ? this.#ownership.findTaskOwner(related.taskId) : undefined;
    return owner === undefined ? null : { peer: owner, sink: null };
  }

  /** Returns a client with the stream of its latest call. */
  #toTarget(peer: Peer | null): Target | null {
    if (peer === null) return null;
    let sink: CallSink | null = null;
    for (const call of this.#calls.values()) if (call.peer === peer) sink = call.sink;
    return { peer, sink };
  }
}
