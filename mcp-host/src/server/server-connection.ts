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
  /** Under which the server reports progress, when the client wants to hear of it. */
  token: Token | null;
}

interface Token {
  peer: Peer;
  clientToken: unknown;
  sink: CallSink | null;
}

/** How long the id of a cancelled call stays known: its server may still be at it and ask something on its behalf. */
const CANCELLED_CALL_MS = 30_000;

/**
 * The conversation with one server process. Gives every request an id and a progress token of its own, so that the
 * sessions that share the process can use any ids they like, and brings back what the server says to the session it
 * is meant for, or to nobody.
 */
export class ServerConnection implements Channel {
  readonly process: ServerProcess;
  /** How to speak with a server of the modern era; null for one of the legacy era. */
  modern: ModernServer | null = null;
  readonly #log: Log;
  readonly #counters: Counters;
  readonly #peers: ReadonlySet<Peer>;
  /** The capabilities that all its clients have declared. */
  readonly #declared: Record<string, unknown>;
  readonly #ownership = new Ownership();
  readonly #calls = new SlotTable<Call>();
  /** Progress tokens that outlive their call: those of tasks. */
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

  /** A client waits for the process's answer. */
  get isBusy(): boolean {
    return this.#calls.values().some((call) => call.peer !== null);
  }

  /** Changes whenever the server says that its list of tools has changed. */
  get toolsVersion(): number {
    return this.#toolsVersion;
  }

  attach(peer: Peer): void {
    this.#attribution.recordAttachment(peer);
  }

  /**
   * Sends a client's request; everything that belongs to it goes to `sink`. The message object is used up. Gives a
   * handle for {@link abandonCall}, null when the request was answered at once. `round` counts how often it has been made.
   */
  request(peer: Peer, message: RequestMessage, sink: CallSink, round = 1): number | null {
    if (this.#ownership.isForeignTask(peer, message.method, message.params)) {
      const error = { code: ERROR_CODES.invalidParams, message: "Task not found" };
      sink.response(toErrorResponse(message.id, error));
      return null;
    }
    // A server that knows nothing of the modern era may exit on its probe, whichever client sends it.
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

  /** A request of mcp-host's own. Resolves with the server's response, or with an error response when the server goes. */
  call(method: string, params?: Record<string, unknown>): Promise<ResponseMessage> {
    const answered = this.modern?.answerLocally({ jsonrpc: "2.0", id: 0, method, ...(params && { params }) });
    return answered ?? this.startCall(method, params).response;
  }

  /** The same, with the id that the server knows it by. */
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

  /** A client's `notifications/cancelled`: relayed under the server's id. Gives what it takes to end the call's HTTP answer. */
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

  /** Tells the server that nobody waits for a call any more. Nothing more reaches the call's sink. */
  abandonCall(handle: number, reason: string): void {
    const call = this.#calls.get(handle);
    if (call === undefined) return;
    this.notify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: call.id, reason } });
    call.sink = { message: () => {}, response: () => {} };
    this.#forgetLater(call);
  }

  /** A session has ended: its calls are cancelled and its open questions answered with an error. */
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
   * The process is gone: every call gets this error, every open question is withdrawn. What it printed to stderr last is shown
   * to a client that had it to itself.
   */
  close(error: ErrorBody, stderrTail: string[]): void {
    this.#closed = error;
    const shown = this.#attribution.findOnlyUser() === null ? {} : { stderrTail };
    // Those in flight may have had their effect: not to be tried again as lightly as those that come too late.
    const inFlight = { ...error, data: { ...error.data, ...shown }, [HTTP_FORM]: { status: 502 } };
    for (const call of this.#calls.values()) {
      this.#calls.delete(call.id);
      call.sink.response(toErrorResponse(call.clientId, call.peer === null ? error : inFlight));
      if (call.peer !== null) this.#counters.errors++;
    }
    this.#serverRequests.close(error.message);
  }

  /** Takes a line of the server's standard output; false when it is no message. */
  receive(line: string): boolean {
    const parsed = classifyLine(line);
    if (parsed === null) return false;
    for (const item of Array.isArray(parsed) ? parsed : [parsed]) {
      try {
        if (item.kind === "response") this.#onResponse(item.message);
        else if (item.kind === "request") this.#onRequest(item.message);
        else this.#onNotification(item.message);
      } catch (error) {
        // Text nested too deep to be written again, for one. It must not take the other sessions down.
        this.#log.logHost(
          `a message of the server's could not be relayed: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    return true;
  }

  /** A line over the size limit was dropped. When it was the response to a call, that call gets an error. */
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

  /** The open call of that id. What was sent as a number some servers give back as a string. */
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
      // A task goes on reporting progress under the token of the call that created it.
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
      // Nobody's call: the server asks whether the other end of its pipe is alive, and it is.
      this.#serverRequests.respond(message.id, { jsonrpc: "2.0", id: message.id, result: {} });
      return;
    }
    if (target === null) {
      this.#refuse(message);
      return;
    }
    this.#ownership.learnElicitation(target.peer, message.params);
    this.#serverRequests.put(message, target);
  }

  /** Refuses what no client can be asked: it is not known which is meant, or none has declared to take it, whoever is. */
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

  /** The owner of the task that a message says it belongs to. */
  #findTaskOwner(params: Record<string, unknown> | undefined): Target | null {
    const related = findMeta(params)?.["io.modelcontextprotocol/related-task"];
    const owner = isObject(related) ? this.#ownership.findTaskOwner(related.taskId) : undefined;
    return owner === undefined ? null : { peer: owner, sink: null };
  }

  /** A client with the stream of its latest call. */
  #toTarget(peer: Peer | null): Target | null {
    if (peer === null) return null;
    let sink: CallSink | null = null;
    for (const call of this.#calls.values()) if (call.peer === peer) sink = call.sink;
    return { peer, sink };
  }
}
