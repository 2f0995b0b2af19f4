import { isObject } from "./json.ts";
import { ERROR_CODES, type ErrorBody, findMeta, type Id, type ResponseMessage, toErrorResponse } from "./jsonrpc.ts";
import { LISTS } from "./lists.ts";
import { SERVER_INFO, SUBSCRIPTION_ID } from "./meta.ts";
import { SUPPORTED_VERSIONS } from "./versions.ts";

/** How long a client may take a list, or what was discovered, for current; a notification says earlier that it is not. */
const LIST_TTL_MS = 60_000;

const TTL_MS = new Map<string, number>([
  ["server/discover", LIST_TTL_MS],
  ...LISTS.map(({ method }) => [method, LIST_TTL_MS] as const),
  // Nothing is known of how long a resource stays as it is.
  ["resources/read", 0],
]);

const HTTP_STATUS = new Map<number, number>([
  [ERROR_CODES.methodNotFound, 404],
  [ERROR_CODES.headerMismatch, 400],
  [ERROR_CODES.missingCapability, 400],
  [ERROR_CODES.unsupportedProtocolVersion, 400],
]);

/** The HTTP status that goes with an error where an answer has not begun. */
export function toHttpStatus(response: ResponseMessage): number {
  const error = response.error;
  return isObject(error) && typeof error.code === "number" ? (HTTP_STATUS.get(error.code) ?? 200) : 200;
}

/** Gives a legacy server's response the form of MCP 2026-07-28: result type, caching hints, who answers, error codes. */
export function modernize(method: string, response: ResponseMessage, serverInfo: unknown): ResponseMessage {
  const { error, result } = response;
  if (isObject(error) && error.code === ERROR_CODES.resourceNotFound) error.code = ERROR_CODES.invalidParams;
  if (isObject(result)) {
    result.resultType ??= "complete";
    const ttlMs = TTL_MS.get(method);
    if (ttlMs !== undefined && result.resultType === "complete") {
      result.ttlMs ??= ttlMs;
      // What one key's holder is shown is not for another's.
      result.cacheScope ??= "private";
    }
    addServerInfo(result, serverInfo);
  }
  return response;
}

function addServerInfo(result: Record<string, unknown>, serverInfo: unknown): void {
  if (!isObject(serverInfo)) return;
  const meta = isObject(result._meta) ? result._meta : {};
  meta[SERVER_INFO] ??= serverInfo;
  result._meta = meta;
}

/** `server/discover`, from what the server said at its handshake. */
export function toDiscoverResult(initializeResult: Record<string, unknown>): Record<string, unknown> {
  const { protocolVersion: _, capabilities, serverInfo: __, ...rest } = initializeResult;
  // The tasks of 2025-11-25 are not those of the later extension.
  const { tasks: ___, ...offered } = isObject(capabilities) ? capabilities : {};
  return { ...rest, supportedVersions: SUPPORTED_VERSIONS, capabilities: offered };
}

/** The interim result that puts a server's questions to the client (basic/patterns/mrtr). */
export function toInputRequired(
  id: Id,
  inputRequests: Record<string, unknown>,
  requestState: string | null,
  serverInfo: unknown,
): ResponseMessage {
  const result: Record<string, unknown> = {
    resultType: "input_required",
    inputRequests,
    ...(requestState === null ? {} : { requestState }),
  };
  addServerInfo(result, serverInfo);
  return { jsonrpc: "2.0", id, result };
}

export function toMissingCapability(id: Id, requiredCapabilities: Record<string, unknown>): ResponseMessage {
  const names = Object.keys(requiredCapabilities).join(", ");
  const message = `Missing required client capability: ${names}`;
  return toErrorResponse(id, { code: ERROR_CODES.missingCapability, message, data: { requiredCapabilities } });
}

export function toUnsupportedVersion(requested: unknown): ErrorBody {
  const data = { supported: SUPPORTED_VERSIONS, requested };
  return { code: ERROR_CODES.unsupportedProtocolVersion, message: "Unsupported protocol version", data };
}

/** A notification as it goes out on a `subscriptions/listen` stream. */
export function toSubscriptionNotification(
  method: string,
  params: Record<string, unknown> | undefined,
  id: Id,
): Record<string, unknown> {
  return { jsonrpc: "2.0", method, params: { ...params, _meta: { ...findMeta(params), [SUBSCRIPTION_ID]: id } } };
}

export function toSubscriptionEnd(id: Id): ResponseMessage {
  return { jsonrpc: "2.0", id, result: { resultType: "complete", _meta: { [SUBSCRIPTION_ID]: id } } };
}
