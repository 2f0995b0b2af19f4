import { isObject } from "../protocol/json.ts";
import {
  code,
  errorResponse,
  httpFormOf,
  type Id,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
} from "../protocol/jsonrpc.ts";
import { lowestLevel } from "../protocol/log-levels.ts";
import type { RequestMeta } from "../protocol/meta.ts";
import { inputRequired, missingCapability, modernise } from "../protocol/results.ts";
import type { CallSink, Question } from "../server/peer.ts";

import type { Link } from "../server/server-connection.ts";
import { capabilitiesMissing, isAnswerTo, MAY_ASK } from "./input-requests.ts";
import type { OpenCalls } from "./suspended-calls.ts";
import type { Answer, CallClient, ModernRequest, SuspendableCall } from "./types.ts";

/** A server that asks several things at once does so in several messages; what comes within this is asked together. */
const ASK_TOGETHER_MS = 20;

/**
 * One call of a client of the modern era, as the legacy server sees it: it stays open while its client goes and gets the
 * answers to the server's questions, over as many HTTP requests as that takes.
 */
export class ModernCall implements CallSink, SuspendableCall {
  readonly client: CallClient<ModernCall>;
  /** Tells the client's calls apart. */
  readonly number: number;
  readonly method: string;
  /** What the call was made with; kept only where a question may come. */
  readonly params: Record<string, unknown> | undefined;
  /** Under which it waits for its client, when it does. */
  waitingKey: string | null = null;
  readonly #openCalls: OpenCalls<ModernCall>;
  readonly #link: Link;
  readonly #questions = new Map<string, Question>();
  #meta: RequestMeta;
  #id: Id;
  #inputs: Record<string, unknown>;
  /** Null while the client is away. */
  #answer: Answer | null;
  #handle: number | null = null;
  #outcome: ResponseMessage | null = null;
  #ended = false;
  /** What the server was refused, and what it must quote for that to be why the call failed; null for nothing. */
  #missing: { capabilities: Record<string, unknown>; quote: string | null } | null = null;
  #telling: NodeJS.Timeout | null = null;

  constructor(
    client: CallClient<ModernCall>,
    number: number,
    link: Link,
    openCalls: OpenCalls<ModernCall>,
    request: ModernRequest,
  ) {
    this.client = client;
    this.number = number;
    this.method = request.message.method;
    this.params = MAY_ASK.has(this.method) ? request.message.params : undefined;
    this.#openCalls = openCalls;
    this.#link = link;
    this.#meta = request.meta;
    this.#id = request.message.id;
    this.#inputs = request.inputResponses;
    this.#answer = request.answer;
  }

  /** Whether a client waits for it over HTTP just now. */
  get attended(): boolean {
    return this.#answer !== null;
  }

  /** Sends the call to the server. The message is used up. */
  start(message: RequestMessage): void {
    this.#handle = this.#link.request(this.client, message, this);
  }

  message(text: string): void {
    this.#answer?.message(text);
  }

  /** A notification that belongs to this call: progress under the token of the request that waits now, log messages as it wants them. */
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
    return level === logLevel || lowestLevel([level, logLevel]) === logLevel;
  }

  response(response: ResponseMessage): void {
    this.#end();
    const answer = this.#answer;
    if (answer === null) {
      // It waits for the client's retry; the call stays among the open ones until then.
      this.#outcome = response;
      return;
    }
    this.client.ended(this);
    this.#deliver(response, answer);
  }

  /** A question of the server's. Gives the key under which it is put, empty when it is answered at once; null when there are too many. */
  ask(question: Question): string | null {
    const { message } = question;
    const missing = capabilitiesMissing(message, this.client.capabilities);
    if (missing === null || !MAY_ASK.has(this.method)) {
      this.#refuse(question, code.methodNotFound, `The client takes no ${message.method}`);
      return "";
    }
    if (Object.keys(missing).length > 0) {
      this.refused(missing, null);
      this.#refuse(question, code.methodNotFound, `The client does not support ${message.method}`);
      return "";
    }
    const key = this.#keyFor(message.id);
    const given = this.#inputs[key];
    if (Object.hasOwn(this.#inputs, key) && isAnswerTo(message.method, given)) {
      question.answer({ jsonrpc: "2.0", id: 0, result: given });
      return "";
    }
    if (this.#openCalls.full) return null;
    this.#questions.set(key, question);
    this.#tellSoon();
    return key;
  }

  refused(missing: Record<string, unknown>, quote: string | null): void {
    this.#missing = { capabilities: { ...this.#missing?.capabilities, ...missing }, quote };
  }

  withdraw(key: string): void {
    this.#questions.delete(key);
  }

  /** A server that names its requests sees those names as keys; they stay unique within the call. */
  #keyFor(id: Id): string {
    const name = typeof id === "string" ? id : JSON.stringify(id);
    let key = name;
    for (let count = 2; this.#questions.has(key); count++) key = `${name}-${count}`;
    return key;
  }

  #refuse(question: Question, errorCode: number, message: string): void {
    question.answer(errorResponse(0, { code: errorCode, message }));
  }

  #tellSoon(): void {
    if (this.#answer === null) return;
    if (this.#telling !== null) clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.#tell(), ASK_TOGETHER_MS);
  }

  /** Puts the open questions to the client as an interim result, and waits for its retry. */
  #tell(): void {
    this.#telling = null;
    const answer = this.#answer;
    if (answer === null || this.#questions.size === 0) return;
    this.#answer = null;
    // Object.fromEntries defines members; a key such as __proto__ is just a key.
    const asked = Object.fromEntries(
      [...this.#questions].map(([key, { message }]) => [
        key,
        { method: message.method, ...(message.params === undefined ? {} : { params: message.params }) },
      ]),
    );
    answer.respond(inputRequired(this.#id, asked, this.#openCalls.suspend(this), this.client.serverInfo));
  }

  /** The client's retry: its inputs go to the server, and its HTTP request waits in place of the one before. */
  resume(request: ModernRequest): void {
    this.#meta = request.meta;
    this.#id = request.message.id;
    this.#inputs = request.inputResponses;
    if (this.#outcome !== null) {
      this.client.ended(this);
      this.#deliver(this.#outcome, request.answer);
      return;
    }
    this.#answer = request.answer;
    for (const [key, question] of [...this.#questions]) {
      const given = Object.hasOwn(this.#inputs, key) ? this.#inputs[key] : undefined;
      if (!isAnswerTo(question.message.method, given)) continue;
      this.#questions.delete(key);
      question.answer({ jsonrpc: "2.0", id: 0, result: given });
    }
    // What it left open is asked again at once.
    if (this.#questions.size > 0) this.#tell();
  }

  /** Nobody waits for the call any more: the server is told, its questions are refused. */
  cancel(reason: string): void {
    this.client.ended(this);
    if (this.#ended) return;
    this.#end();
    this.#answer = null;
    if (this.#handle !== null) this.#link.abandon(this.#handle, reason);
    for (const question of this.#questions.values()) this.#refuse(question, code.internalError, reason);
    this.#questions.clear();
  }

  #end(): void {
    this.#ended = true;
    if (this.#telling !== null) clearTimeout(this.#telling);
    this.#telling = null;
  }

  #deliver(response: ResponseMessage, answer: Answer): void {
    this.#answer = null;
    response.id = this.#id;
    answer.respond(this.#afterRefusal(response) ?? this.#asElicitation(response) ?? this.#modernised(response));
  }

  #modernised(response: ResponseMessage): ResponseMessage {
    return modernise(this.method, response, this.client.serverInfo);
  }

  /** A call that failed after the server was refused what its client does not support needs that (basic, "_meta"). */
  #afterRefusal(response: ResponseMessage): ResponseMessage | null {
    if (this.#missing === null || httpFormOf(response) !== null) return null;
    const { capabilities, quote } = this.#missing;
    const failed = response.error !== undefined || (isObject(response.result) && response.result.isError === true);
    const caused = failed && (quote === null || JSON.stringify(response).includes(quote));
    return caused ? missingCapability(this.#id, capabilities) : null;
  }

  /** "URL elicitation required" of 2025-11-25 is an interim result now; the retry is a call of its own. */
  #asElicitation(response: ResponseMessage): ResponseMessage | null {
    const { error } = response;
    if (!isObject(error) || error.code !== code.urlElicitationRequired || !MAY_ASK.has(this.method)) return null;
    const wanted = isObject(error.data) && Array.isArray(error.data.elicitations) ? error.data.elicitations : [];
    const params = wanted.filter(isObject).map((item) => ({ mode: "url", ...item }));
    const [first] = params;
    if (first === undefined) return null;
    const question: RequestMessage = { jsonrpc: "2.0", id: 0, method: "elicitation/create", params: first };
    const missing = capabilitiesMissing(question, this.client.capabilities);
    if (missing !== null && Object.keys(missing).length > 0) return missingCapability(this.#id, missing);
    const asked = params.map((item, index) => [`url-${index + 1}`, { method: question.method, params: item }]);
    return inputRequired(this.#id, Object.fromEntries(asked), null, this.client.serverInfo);
  }
}
