import type { IncomingMessage, ServerResponse } from "node:http";
import type { Counters } from "../counters.ts";
import type { Log } from "../log.ts";
import type { ModernCall } from "../modern/call.ts";
import type { ModernClient } from "../modern/client.ts";
import type { ModernClients } from "../modern/clients.ts";
import { Subscription } from "../modern/subscription.ts";
import type { SuspendedCalls } from "../modern/suspended-calls.ts";
import { checkToolHeaders } from "../modern/tool-headers.ts";
import type { ModernRequest } from "../modern/types.ts";
import { accepts, readHeader } from "../protocol/accept.ts";
import { isObject } from "../protocol/json.ts";
import {
  type Classified,
  ERROR_CODES,
  type ErrorBody,
  type RequestMessage,
  type ResponseMessage,
  RpcError,
  toErrorResponse,
} from "../protocol/jsonrpc.ts";
import { type RequestMeta, readMeta, readVersion, stripModern } from "../protocol/meta.ts";
import { checkHeaders, hasLaggingHeader } from "../protocol/request-headers.ts";
import { modernize, toDiscoverResult, toUnsupportedVersion } from "../protocol/results.ts";
import { readSubscriptionFilter } from "../protocol/subscription-filter.ts";
import { MODERN_VERSIONS } from "../protocol/versions.ts";
import { applyBackpressure } from "../server/backpressure.ts";
import { ErrorResponses } from "./error-responses.ts";
import { readHolder } from "./holder.ts";
import { ModernAnswer } from "./modern-answer.ts";
import { SseConnection } from "./sse.ts";

/** Methods of older revisions that MCP 2026-07-28 removed. */
const REMOVED_METHODS = /^(?:initialize|ping|logging\/setLevel|resources\/(?:un)?subscribe)$/;
const MAX_CALLS = 1024;
const MAX_SUBSCRIPTIONS = 64;
const TOO_MANY = "Too many clients or calls; try again later";

export interface ModernOptions {
  clients: ModernClients;
  suspendedCalls: SuspendedCalls<ModernCall>;
  counters: Counters;
  log: Log;
  /** Resolves when a server can be started. Rejects with RpcError when none can. */
  ready: () => Promise<void>;
}

/**
 * Streamable HTTP of MCP 2026-07-28 (basic/transports/streamable-http): every request stands alone.
 * Owns validation of headers and `_meta`, `server/discover`, `subscriptions/listen` and retries. Leaves to ModernCall the
 * translation for a server of the legacy era.
 */
export class ModernTransport {
  readonly #options: ModernOptions;
  readonly #errors: ErrorResponses;
  #laggingLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ModernOptions) {
    this.#options = options;
    this.#errors = new ErrorResponses(options.counters);
  }

  /** Handles a POST whose body has been parsed into messages. */
  async post(request: IncomingMessage, response: ServerResponse, items: Classified[], batch: boolean): Promise<void> {
    const [first] = items;
    if (batch || first === undefined || first.kind === "response") {
      const message = "The body must be one request or notification";
      return this.#errors.refuse(response, 400, ERROR_CODES.invalidRequest, message);
    }
    if (first.kind === "notification") {
      // MCP defines no client notification over HTTP; a client cancels by closing its request.
      this.#options.counters.notifications++;
      response.writeHead(202, { "content-length": 0 }).end();
      return;
    }
    const { message } = first;
    this.#options.counters.requests++;
    const meta = this.#check(request, message);
    if ("error" in meta) return this.#errors.refuseWith(response, 400, meta.error, message.id);
    if (REMOVED_METHODS.test(message.method)) {
      return this.#errors.refuse(response, 404, ERROR_CODES.methodNotFound, "Method not found", message.id);
    }
    await this.#serve(request, response, message, meta);
  }

  /** Returns the request's metadata, once its headers agree with it. */
  #check(request: IncomingMessage, message: RequestMessage): RequestMeta | { error: ErrorBody } {
    const version = readVersion(message.params);
    if (typeof version !== "string") {
      const text = "params._meta needs io.modelcontextprotocol/protocolVersion";
      return { error: { code: ERROR_CODES.invalidParams, message: text } };
    }
    const error = checkHeaders(request, message, version);
    if (error !== null) return { error };
    if (!MODERN_VERSIONS.includes(version)) return { error: toUnsupportedVersion(version) };
    if (hasLaggingHeader(request)) this.#logLagging(request);
    return readMeta(message.params);
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    message: RequestMessage,
    meta: RequestMeta,
  ): Promise<void> {
    const params = message.params ?? {};
    const { inputResponses = {}, requestState } = params;
    if (!isObject(inputResponses) || (requestState !== undefined && typeof requestState !== "string")) {
      const why = "inputResponses must be an object, requestState a string";
      return this.#errors.refuse(response, 400, ERROR_CODES.invalidParams, why, message.id);
    }
    try {
      await this.#options.ready();
    } catch (error) {
      return this.#errors.fail(response, error, message.id);
    }
    if (response.closed) return;
    const origin = `${readHeader(request, "authorization") ?? ""}\n${readHolder(request)}`;
    const client = this.#options.clients.acquire(origin, meta.capabilities, meta.clientInfo);
    if (client === null || client.callCount >= MAX_CALLS) return this.#errors.busy(response, TOO_MANY, message.id);
    if (message.method === "subscriptions/listen") {
      if (accepts(request, "text/event-stream"))
        return client.keepActiveFor(() => this.#listen(response, message, client));
      const why = "Not Acceptable: the client must accept text/event-stream";
      return this.#errors.refuse(response, 406, ERROR_CODES.invalidRequest, why, message.id);
    }
    const answer = this.#openAnswer(request, response, client);
    const modern: ModernRequest = { message, meta, inputResponses, answer };
    await client.keepActiveFor(() => this.#answerWith(request, modern, requestState, client, answer));
  }

  async #answerWith(
    request: IncomingMessage,
    modern: ModernRequest,
    requestState: string | undefined,
    client: ModernClient,
    answer: ModernAnswer,
  ): Promise<void> {
    const { message } = modern;
    try {
      if (message.method === "server/discover") {
        const connection = await client.connect();
        // A modern server states its own ttl and cache scope.
        if (connection.modern === null) return answer.respond(this.#discover(message, client));
      }
      await this.#call(request, modern, requestState, client, answer);
    } catch (error) {
      answer.respond(toErrorResponse(message.id, this.#errors.toErrorBody(error)));
    }
  }

  #discover({ id, method }: RequestMessage, client: ModernClient): ResponseMessage {
    const result = toDiscoverResult(client.upstream.result ?? {});
    return modernize(method, { jsonrpc: "2.0", id, result }, client.serverInfo);
  }

  async #call(
    request: IncomingMessage,
    modern: ModernRequest,
    requestState: string | undefined,
    client: ModernClient,
    answer: ModernAnswer,
  ): Promise<void> {
    const { message } = modern;
    const connection = client.upstream.liveConnection ?? (await client.connect());
    if (!connection.process.isReady) await connection.process.whenReady();
    if (message.method === "tools/call" && client.upstream.offers("tools")) {
      const error = await checkToolHeaders(connection, request, message.params ?? {});
      if (error !== null) return answer.respond(toErrorResponse(message.id, error));
    }
    if (answer.isDisconnected) return;
    answer.markSent();
    if (connection.modern === null) {
      if (message.method.startsWith("tasks/")) {
        throw new RpcError({ code: ERROR_CODES.methodNotFound, message: "Method not found" });
      }
      if (requestState !== undefined) return this.#resume(modern, requestState, client, answer);
      if (message.params !== undefined) stripModern(message.params);
    }
    const call = client.call(connection, modern);
    answer.onDisconnect(() => call.cancel("the client has closed its request"));
  }

  #resume(modern: ModernRequest, requestState: string, client: ModernClient, answer: ModernAnswer): void {
    const { id, method, params } = modern.message;
    const call = this.#options.suspendedCalls.resume(requestState, client.id, method, params);
    if (call === null) {
      this.#options.counters.errors++;
      const message =
        "requestState is not valid: it was altered, used before, made for another request, or has expired";
      answer.respond(toErrorResponse(id, { code: ERROR_CODES.invalidParams, message }));
      return;
    }
    answer.onDisconnect(() => call.cancel("the client has closed its request"));
    call.resume(modern);
  }

  async #listen(response: ServerResponse, message: RequestMessage, client: ModernClient): Promise<void> {
    const { upstream, subscriptions } = client;
    if (subscriptions.size >= MAX_SUBSCRIPTIONS) return this.#errors.busy(response, TOO_MANY, message.id);
    try {
      const connection = await client.connect();
      const filter = readSubscriptionFilter(message.params?.notifications, (capability, feature) =>
        upstream.offers(capability, feature),
      );
      if ("error" in filter) return this.#errors.refuseWith(response, 400, filter.error, message.id);
      const subscription = new Subscription(client, message.id, filter, (connection) =>
        applyBackpressure(upstream, connection),
      );
      response.once("close", () => subscription.end());
      await subscription.subscribe(connection);
      if (response.closed) return subscription.end();
      subscription.open(new SseConnection(response));
    } catch (error) {
      this.#errors.fail(response, error, message.id);
    }
  }

  #openAnswer(request: IncomingMessage, response: ServerResponse, client: ModernClient): ModernAnswer {
    return new ModernAnswer({
      response,
      acceptsJson: accepts(request, "application/json"),
      acceptsStream: accepts(request, "text/event-stream"),
      hold: (connection) => applyBackpressure(client.upstream, connection),
    });
  }

  #logLagging(request: IncomingMessage): void {
    const now = performance.now();
    if (now - this.#laggingLoggedMs < 60_000) return;
    this.#laggingLoggedMs = now;
    this.#options.log.logHost(
      `a client of 2026-07-28 sends MCP-Protocol-Version ${readHeader(request, "mcp-protocol-version")}; its _meta counts`,
    );
  }
}
