import { isObject } from "../protocol/json.ts";
import {
  ERROR_CODES,
  type Id,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
  readHttpForm,
  toErrorResponse,
} from "../protocol/jsonrpc.ts";
import { findLowestLevel } from "../protocol/log-levels.ts";
import type { RequestMeta } from "../protocol/meta.ts";
import { modernize, toInputRequired, toMissingCapability } from "../protocol/results.ts";
import type { CallSink, ServerRequest } from "../server/peer.ts";

import type { ServerConnection } from "../server/server-connection.ts";
import { findMissingCapabilities, isResponseTo, METHODS_WITH_INPUT } from "./input-requests.ts";
import type { SuspendedCalls } from "./suspended-calls.ts";
import type { Answer, CallClient, ModernRequest, SuspendableCall } from "./types.ts";

/** A server asks several things in several messages. Those within this time are sent to the client together. */
const ASK_DELAY_MS = 20;

/**
 * One call of a modern client, as a legacy server sees it. The call stays open at the server while the client collects input for
 * the server's requests, over as many HTTP requests as that takes (MCP 2026-07-28, basic/patterns/mrtr).
 */
export class ModernCall implements CallSink, SuspendableCall {
  readonly client: CallClient<ModernCall>;
  /** Tells the client's calls apart. */
  readonly number: number;
  readonly method: string;
  /** The params of the call; kept only for methods that can need input. */
  readonly params: Record<string, unknown> | undefined;
  /** The key under which it is suspended, or null. */
  suspensionKey: string | null = null;
  readonly #suspendedCalls: SuspendedCalls<ModernCall>;
  readonly #connection: ServerConnection;
  readonly #serverRequests = new Map<string, ServerRequest>();
  #meta: RequestMeta;
  #id: Id;
  #inputs: Record<string, unknown>;
  /** Null while no HTTP request of the client waits. */
  #answer: Answer | null;
  #handle: number | null = null;
  #outcome: ResponseMessage | null = null;
  #isEnded = false;
  /**
   * What the server was refused, and the text that its failure must quote for that to be the cause. Null quote: any failure counts.
   */
  #missing: { capabilities: Record<string, unknown>; quote: string | null } | null = null;
  #askTimer: NodeJS.Timeout | null = null;

  constructor(
    client: CallClient<ModernCall>,
    number: number,
    connection: ServerConnection,
    suspendedCalls: SuspendedCalls<ModernCall>,
    request: ModernRequest,
  ) {
    this.client = client;
    this.number = number;
    this.method = request.message.method;
    this.params = METHODS_WITH_INPUT.has(this.method) ? request.message.params : undefined;
    this.#suspendedCalls = suspendedCalls;
    this.#connection = connection;
    this.#meta = request.meta;
    this.#id = request.message.id;
    this.#inputs = request.inputResponses;
    this.#answer = request.answer;
  }

  /** True if an HTTP request of the client waits for it. */
  get isAttended(): boolean {
    return this.#answer !== null;
  }

  /** Sends the call to the server. Changes the message. */
  start(message: RequestMessage): void {
    this.#handle = this.#connection.request(this.client, message, this);
  }

  message(text: string): void {
    this.#answer?.message(text);
  }

  /**
   * Passes on a notification that belongs to this call: progress under the token of the current request, log messages from the
   * level that it asked for.
   */
  notify(message: NotificationMessage): void {
    if (message.method === "notifications/progress") {
      const { progressToken } = this.#meta;
      if (progressToken === undefined || message.params === undefined) return;
      message.params.progressToken = progressToken;
    }
    if (message.method === "notifications/message" && !this.#wants(message.params?.level)) return;
    if (this.#answer !== null) this.message(JSON.stringify(message));
  }

  #wants(level: unknown): boolean {
    const { logLevel } = this.#meta;
    if (logLevel === null || typeof level !== "string") return false;
    return level === logLevel || findLowestLevel([level, logLevel]) === logLevel;
  }

  response(response: ResponseMessage): void {
    this.#end();
    const answer = this.#answer;
    if (answer === null) {
      // The client has yet to retry: keep the outcome, and the call among the suspended ones.
      this.#outcome = response;
      return;
    }
    this.client.onCallEnded(this);
    this.#deliver(response, answer);
  }

  /**
   * Takes a server-initiated request. Returns its key, "" when it was answered at once, or null when too many calls are suspended.
   */
  ask(request: ServerRequest): string | null {
    const { message } = request;
    const missing = findMissingCapabilities(message, this.client.capabilities);
    if (missing === null || !METHODS_WITH_INPUT.has(this.method)) {
      this.#refuse(request, ERROR_CODES.methodNotFound, `The client takes no ${message.method}`);
      return "";
    }
    if (Object.keys(missing).length > 0) {
      this.onRefusal(missing, null);
      this.#refuse(request, ERROR_CODES.methodNotFound, `The client does not support ${message.method}`);
      return "";
    }
    const key = this.#toKey(message.id);
    const given = this.#inputs[key];
    if (Object.hasOwn(this.#inputs, key) && isResponseTo(message.method, given)) {
      request.respond({ jsonrpc: "2.0", id: 0, result: given });
      return "";
    }
    if (this.#suspendedCalls.isFull) return null;
    this.#serverRequests.set(key, request);
    this.#askClientSoon();
    return key;
  }

  onRefusal(missing: Record<string, unknown>, quote: string | null): void {
    this.#missing = { capabilities: { ...this.#missing?.capabilities, ...missing }, quote };
  }

  withdraw(key: string): void {
    this.#serverRequests.delete(key);
  }

  /**
   * Derives the key from the server's own id, so that a server that names its requests sees those names. Unique within the call.
   */
  #toKey(id: Id): string {
    const name = typeof id === "string" ? id : JSON.stringify(id);
    let key = name;
    for (let count = 2; this.#serverRequests.has(key); count++) key = `${name}-${count}`;
    return key;
  }

  #refuse(request: ServerRequest, errorCode: number, message: string): void {
    request.respond(toErrorResponse(0, { code: errorCode, message }));
  }

  #askClientSoon(): void {
    if (this.#answer === null) return;
    if (this.#askTimer !== null) clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => this.#askClient(), ASK_DELAY_MS);
  }

  /** Sends the pending requests to the client as an interim result and suspends the call. */
  #askClient(): void {
    this.#askTimer = null;
    const answer = this.#answer;
    if (answer === null || this.#serverRequests.size === 0) return;
    this.#answer = null;
    // Object.fromEntries defines members, so a key such as __proto__ is only a key.
    const asked = Object.fromEntries(
      [...this.#serverRequests].map(([key, { message }]) => [
        key,
        { method: message.method, ...(message.params === undefined ? {} : { params: message.params }) },
      ]),
    );
    answer.respond(toInputRequired(this.#id, asked, this.#suspendedCalls.suspend(this), this.client.serverInfo));
  }

  /** Resumes the call with the client's retry: its input goes to the server, and its HTTP request waits from now on. */
  resume(request: ModernRequest): void {
    this.#meta = request.meta;
    this.#id = request.message.id;
    this.#inputs = request.inputResponses;
    if (this.#outcome !== null) {
      this.client.onCallEnded(this);
      this.#deliver(this.#outcome, request.answer);
      return;
    }
    this.#answer = request.answer;
    for (const [key, request] of [...this.#serverRequests]) {
      const given = Object.hasOwn(this.#inputs, key) ? this.#inputs[key] : undefined;
      if (!isResponseTo(request.message.method, given)) continue;
      this.#serverRequests.delete(key);
      request.respond({ jsonrpc: "2.0", id: 0, result: given });
    }
    // Ask again at once for what the client left open.
    if (this.#serverRequests.size > 0) this.#askClient();
  }

  /** Cancels the call: tells the server and refuses the pending requests. */
  cancel(reason: string): void {
    this.client.onCallEnded(this);
    if (this.#isEnded) return;
    this.#end();
    this.#answer = null;
    if (this.#handle !== null) this.#connection.abandonCall(this.#handle, reason);
    for (const request of this.#serverRequests.values()) this.#refuse(request, ERROR_CODES.internalError, reason);
    this.#serverRequests.clear();
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#askTimer !== null) clearTimeout(this.#askTimer);
    this.#askTimer = null;
  }

  #deliver(response: ResponseMessage, answer: Answer): void {
    this.#answer = null;
    response.id = this.#id;
    answer.respond(this.#toMissingCapability(response) ?? this.#toElicitation(response) ?? this.#toModern(response));
  }

  #toModern(response: ResponseMessage): ResponseMessage {
    return modernize(this.method, response, this.client.serverInfo);
  }

  /** A call that failed after the server was refused a client feature needs that feature (basic, "_meta"). */
  #toMissingCapability(response: ResponseMessage): ResponseMessage | null {
    if (this.#missing === null || readHttpForm(response) !== null) return null;
    const { capabilities, quote } = this.#missing;
    const failed = response.error !== undefined || (isObject(response.result) && response.result.isError === true);
    const caused = failed && (quote === null || JSON.stringify(response).includes(quote));
    return caused ? toMissingCapability(this.#id, capabilities) : null;
  }

  /** Turns "URL elicitation required" of 2025-11-25 into an interim result. The retry is a new call. */
  #toElicitation(response: ResponseMessage): ResponseMessage | null {
    const { error } = response;
    if (!isObject(error) || error.code !== ERROR_CODES.urlElicitationRequired || !METHODS_WITH_INPUT.has(this.method))
      return null;
    const wanted = isObject(error.data) && Array.isArray(error.data.elicitations) ? error.data.elicitations : [];
    const params = wanted.filter(isObject).map((item) => ({ mode: "url", ...item }));
    const [first] = params;
    if (first === undefined) return null;
    const request: RequestMessage = { jsonrpc: "2.0", id: 0, method: "elicitation/create", params: first };
    const missing = findMissingCapabilities(request, this.client.capabilities);
    if (missing !== null && Object.keys(missing).length > 0) return toMissingCapability(this.#id, missing);
    const asked = params.map((item, index) => [`url-${index + 1}`, { method: request.method, params: item }]);
    return toInputRequired(this.#id, Object.fromEntries(asked), null, this.client.serverInfo);
  }
}
