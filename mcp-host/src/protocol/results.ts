import { isObject } from "./json.ts";
import { ERROR_CODES, type ErrorBody, findMeta, type Id, type ResponseMessage, toErrorResponse } from "./jsonrpc.ts";
import { LISTS } from "./lists.ts";
import { SERVER_INFO, SUBSCRIPTION_ID } from "./meta.ts";
import { SUPPORTED_VERSIONS } from "./versions.ts";

/** How long a client can cache a list or a discovery. A notification can end it earlier. */
const LIST_TTL_MS = 60_000;

const TTL_MS = new Map<string, number>([
  ["server/discover", LIST_TTL_MS],
  ...LISTS.map(({ method }) => [method, LIST_TTL_MS] as const),
  // mcp-host cannot tell how long a resource stays unchanged.
  ["resources/read", 0],
]);

const HTTP_STATUS = new Map<number, number>([
  [ERROR_CODES.methodNotFound, 404],
  [ERROR_CODES.headerMismatch, 400],
  [ERROR_CODES.missingCapability, 400],
  [ERROR_CODES.unsupportedProtocolVersion, 400],
]);

/** Returns the HTTP status for a response whose answer has not begun. */
export function toHttpStatus(response: ResponseMessage): number {
  const error = response.error;
  return isObject(error) && typeof error.code === "number" ? (HTTP_STATUS.get(error.code) ?? 200) : 200;
}

/** Adds to a legacy server's response what MCP 2026-07-28 requires: result type, caching hints, server info, error codes. */
export function modernize(method: string, response: ResponseMessage, serverInfo: unknown): ResponseMessage {
  const { error, result } = response;
  if (isObject(error) && error.code === ERROR_CODES.resourceNotFound) error.code = ERROR_CODES.invalidParams;
  if (isObject(result)) {
    result.resultType ??= "complete";
    const ttlMs = TTL_MS.get(method);
    if (ttlMs !== undefined && result.resultType === "complete") {
      result.ttlMs ??= ttlMs;
      // One key's result is not for the holder of another.
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

/** Returns the result of `server/discover`, from the server's handshake. */
export function toDiscoverResult(initializeResult: Record<string, unknown>): Record<string, unknown> {
  const { protocolVersion: _, capabilities, serverInfo: __, ...rest } = initializeResult;
  // The tasks of 2025-11-25 differ from those of the later extension.
  const { tasks: ___, ...offered } = isObject(capabilities) ? capabilities : {};
  return { ...rest, supportedVersions: SUPPORTED_VERSIONS, capabilities: offered };
}

/** Returns the interim result that asks the client for input (basic/patterns/mrtr). */
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

/** Returns a notification in the form that a `subscriptions/listen` stream carries. */
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
