import { isObject } from "../protocol/json.ts";
import {
  ERROR_CODES,
  findMeta,
  type RequestMessage,
  type ResponseMessage,
  toErrorResponse,
} from "../protocol/jsonrpc.ts";
import {
  CLIENT_CAPABILITIES,
  CLIENT_INFO,
  LOG_LEVEL,
  PROTOCOL_VERSION,
  readVersion,
  SERVER_INFO,
} from "../protocol/meta.ts";
import { isModernVersion, MODERN_VERSIONS, negotiateLegacyVersion } from "../protocol/versions.ts";
import { orNullAfter } from "../util/timeout.ts";
import type { Channel } from "./channel.ts";
import type { CallSink, Peer } from "./peer.ts";

/** Maximum rounds of input requests in one call. A server that asks without end must fail. */
const MAX_ROUNDS = 32;
/** Delay before a retry when a server asks for a retry without input. */
const RETRY_MS = 200;
const RESUBSCRIBE_DELAY_MS = 5_000;
const ACKNOWLEDGE_TIMEOUT_MS = 10_000;

/**
 * Returns whether a server's refusal of `initialize` says that it speaks the modern era (MCP 2026-07-28, versioning).
 */
export function isModernRefusal(error: unknown): boolean {
  if (!isObject(error)) return false;
  const supported = isObject(error.data) ? error.data.supported : undefined;
  if (Array.isArray(supported)) return supported.some(isModernVersion);
  return error.code === ERROR_CODES.unsupportedProtocolVersion || /\b2026-07-28\b/.test(String(error.message));
}

/**
 * Returns a modern server's `server/discover` result as a result of `initialize`. Keeps ttl and cache scope: a gateway can answer
 * `server/discover` from it.
 */
export function toInitializeResult(discovered: Record<string, unknown>, requested: unknown): Record<string, unknown> {
  const { resultType, supportedVersions, _meta, ...rest } = discovered;
  const { [SERVER_INFO]: serverInfo = { name: "unknown", version: "0" }, ...meta } = isObject(_meta) ? _meta : {};
  return {
    ...rest,
    protocolVersion: negotiateLegacyVersion(requested),
    serverInfo,
    ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }),
  };
}

/**
 * Speaks with a modern server on behalf of clients of both eras. Adds the metadata that the server requires, answers what it no
 * longer knows, and turns interim results into server-initiated requests to legacy clients.
 */
export class ModernServer {
  readonly #channel: Channel;
  readonly #defaults: Record<string, unknown>;
  #offers: (capability: string, feature: string) => boolean = () => false;
  readonly #resources = new Set<string>();
  #listenId: number | null = null;
  readonly #acknowledged = new Map<number, () => void>();

  constructor(channel: Channel, initializeParams: Record<string, unknown>) {
    this.#channel = channel;
    this.#defaults = {
      [PROTOCOL_VERSION]: MODERN_VERSIONS[0],
      [CLIENT_CAPABILITIES]: isObject(initializeParams.capabilities) ? initializeParams.capabilities : {},
      ...(isObject(initializeParams.clientInfo) ? { [CLIENT_INFO]: initializeParams.clientInfo } : {}),
    };
  }

  /** Adds the metadata that a request lacks. A modern client's own metadata stays. */
  addMetadata(message: RequestMessage, peer: Peer | null): void {
    if (readVersion(message.params) !== undefined) return;
    const logLevel = peer?.logLevel ?? null;
    const _meta = {
      ...findMeta(message.params),
      ...this.#defaults,
      ...(logLevel === null ? {} : { [LOG_LEVEL]: logLevel }),
    };
    message.params = { ...message.params, _meta };
  }

  /**
   * Answers a request for what the modern era has removed, or returns null for a request that the server must answer.
   */
  answerLocally(message: RequestMessage): Promise<ResponseMessage> | null {
    const { id, method, params } = message;
    const done: ResponseMessage = { jsonrpc: "2.0", id, result: {} };
    // The modern era sends the level with each request.
    if (method === "ping" || method === "logging/setLevel") return Promise.resolve(done);
    const uri = params?.uri;
    if (!/^resources\/(?:un)?subscribe$/.test(method) || typeof uri !== "string") return null;
    if (!this.#offers("resources", "subscribe")) {
      return Promise.resolve(toErrorResponse(id, { code: ERROR_CODES.methodNotFound, message: "Method not found" }));
    }
    if (method === "resources/subscribe") this.#resources.add(uri);
    else this.#resources.delete(uri);
    return this.#resubscribe().then(() => done);
  }

  /** Starts reporting changes. */
  start(offers: (capability: string, feature: string) => boolean): void {
    this.#offers = offers;
    void this.#resubscribe();
  }

  acknowledge(subscriptionId: unknown): void {
    if (typeof subscriptionId === "number") this.#acknowledged.get(subscriptionId)?.();
  }

  /** Subscribes to all that is wanted now and ends the previous subscription. */
  async #resubscribe(): Promise<void> {
    const notifications = {
      ...(this.#offers("tools", "listChanged") ? { toolsListChanged: true } : {}),
      ...(this.#offers("prompts", "listChanged") ? { promptsListChanged: true } : {}),
      ...(this.#offers("resources", "listChanged") ? { resourcesListChanged: true } : {}),
      ...(this.#resources.size > 0 ? { resourceSubscriptions: [...this.#resources] } : {}),
    };
    const before = this.#listenId;
    this.#listenId = null;
    if (Object.keys(notifications).length > 0) {
      const { id, response } = this.#channel.startCall("subscriptions/listen", { notifications });
      this.#listenId = id;
      void response.then(() => this.#resubscribeLater(id));
      await orNullAfter(Promise.race([this.#whenAcknowledged(id), response]), ACKNOWLEDGE_TIMEOUT_MS);
      this.#acknowledged.delete(id);
    }
    if (before !== null) this.#channel.abandonCall(before, "replaced by another subscription");
  }

  #resubscribeLater(id: number): void {
    setTimeout(() => {
      if (this.#listenId === id && this.#channel.isUsable) void this.#resubscribe();
    }, RESUBSCRIBE_DELAY_MS).unref();
  }

  #whenAcknowledged(id: number): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#acknowledged.set(id, resolve);
    });
  }

  /**
   * Wraps the sink of a legacy client's call: an interim result asks the client for input and then repeats the call
   * with it.
   */
  wrapSink(peer: Peer, message: RequestMessage, sink: CallSink, round = 1): CallSink {
    const { id } = message;
    const { method, params } = message;
    return {
      message: (text) => sink.message(text),
      response: (response) => {
        const { result } = response;
        if (!isObject(result) || result.resultType !== "input_required") return sink.response(response);
        if (round >= MAX_ROUNDS) return sink.response(toFailure(response.id, "The server asks without end"));
        void this.#collectInputs(peer, result.inputRequests, sink)
          .then((inputResponses) => {
            const { requestState } = result;
            const retry: RequestMessage = { jsonrpc: "2.0", id, method, params: { ...params, inputResponses } };
            if (requestState !== undefined) retry.params = { ...retry.params, requestState };
            this.#channel.request(peer, retry, sink, round + 1);
          })
          .catch((error: unknown) =>
            sink.response(toFailure(id, error instanceof Error ? error.message : String(error))),
          );
      },
    };
  }

  /** Asks the client for all input. Rejects when the client does not answer one request. */
  async #collectInputs(peer: Peer, requests: unknown, sink: CallSink): Promise<Record<string, unknown>> {
    if (!isObject(requests) || Object.keys(requests).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return {};
    }
    const answers = Object.entries(requests).map(async ([key, request]) => [key, await askClient(peer, request, sink)]);
    return Object.fromEntries(await Promise.all(answers)) as Record<string, unknown>;
  }
}

function toFailure(id: ResponseMessage["id"], message: string): ResponseMessage {
  return toErrorResponse(id, { code: ERROR_CODES.internalError, message });
}

function askClient(peer: Peer, request: unknown, sink: CallSink): Promise<unknown> {
  if (!isObject(request) || typeof request.method !== "string")
    return Promise.reject(new Error("a malformed question"));
  const { method } = request;
  const params = isObject(request.params) ? { params: { ...request.params } } : {};
  return new Promise((resolve, reject) => {
    const answer = ({ result, error }: ResponseMessage) => {
      if (error === undefined) resolve(result);
      // A client that fails to ask its user has not answered. In the server's terms that is "cancel".
      else if (method === "elicitation/create") resolve({ action: "cancel" });
      else reject(new Error(`The client did not answer ${method}`));
    };
    const handle = peer.ask({ message: { jsonrpc: "2.0", id: 0, method, ...params }, respond: answer }, sink);
    if (handle === null) reject(new Error("This client cannot be asked now"));
  });
}
