import type { IncomingHttpHeaders } from "node:http";
import {
  type Classified,
  ERROR_CODES,
  type ErrorBody,
  findList,
  type Id,
  isObject,
  LEGACY_VERSIONS,
  toErrorResponse,
} from "mcp-host/protocol";
import type { CachedLists } from "../../deployments/deployment-snapshot.ts";
import { digestLists } from "./list-digest.ts";
import type { HeldSessionIds } from "./session-ids.ts";
import type { CachedAnswer } from "./types.ts";

/** Returns the version that the server answers to a requested one, or null when that is uncertain. */
export type NegotiateVersion = (requested: unknown) => string | null;

/** Answers one message of a legacy client (MCP 2024-11-05 to 2025-11-25). Returns null when mcp-host has to answer. */
export function answerLegacy(
  headers: IncomingHttpHeaders,
  item: Classified,
  cached: CachedLists,
  ids: HeldSessionIds,
  agree: NegotiateVersion,
): CachedAnswer | null {
  if (item.kind === "response") return null;
  const { method, params = {} } = item.message;
  if (item.kind === "request" && method === "initialize")
    return answerInitialize(item.message.id, params, cached, ids, agree);
  const sessionId = findLiveSession(headers, ids);
  if (sessionId === null) return null;
  if (item.kind === "notification") {
    // mcp-host makes up for the first at the session's first request, and nothing is under way that could be cancelled.
    const settled = method === "notifications/initialized" || method === "notifications/cancelled";
    return settled ? { status: 202, headers: {}, body: null, errorCode: null } : null;
  }
  const { id } = item.message;
  if (method === "ping") return toResult(id, {}, sessionId);
  const list = findList(method);
  if (list === null) return null;
  const refusal = findListError(list.capability, params, cached);
  if (refusal !== null) return toRefusal(id, refusal, sessionId);
  const items = cached[list.member];
  return items === null ? null : toResult(id, { [list.member]: items }, sessionId);
}

/**
 * Returns the error of a request for a list: the server lacks the capability, or never issued the cursor, because
 * cached lists are one page. Null when there is none.
 */
export function findListError(
  capability: string,
  params: Record<string, unknown>,
  { handshake }: CachedLists,
): ErrorBody | null {
  if (!(capability in handshake.capabilities)) return { code: ERROR_CODES.methodNotFound, message: "Method not found" };
  return params.cursor === undefined ? null : { code: ERROR_CODES.invalidParams, message: "Invalid cursor" };
}

/** The answer to DELETE: the session that began with this id is over. */
export function answerSessionEnd(headers: IncomingHttpHeaders, ids: HeldSessionIds): CachedAnswer | null {
  if (findLiveSession(headers, ids) === null) return null;
  return { status: 200, headers: {}, body: null, errorCode: null };
}

/** Returns the session in a request's headers if mcp-host would certainly resume it for this client, else null. */
export function findLiveSession(headers: IncomingHttpHeaders, ids: HeldSessionIds): string | null {
  const id = headers["mcp-session-id"];
  const version = headers["mcp-protocol-version"];
  if (typeof id !== "string" || (version !== undefined && !LEGACY_VERSIONS.includes(String(version)))) return null;
  return ids.open(id) === null ? null : id;
}

/** The handshake, for a client whose version it is certain how the server would answer. */
function answerInitialize(
  id: Id,
  params: Record<string, unknown>,
  cached: CachedLists,
  ids: HeldSessionIds,
  agree: NegotiateVersion,
): CachedAnswer | null {
  const protocolVersion = agree(params.protocolVersion);
  const sessionId = protocolVersion === null ? null : ids.seal(params, digestLists(cached));
  return sessionId === null ? null : toResult(id, { ...cached.handshake, protocolVersion }, sessionId);
}

/** Returns whether a client declares capabilities in `initialize` for which a server might list more. */
export function declaresCapabilities(initializeParams: Record<string, unknown> | null): boolean {
  const capabilities = initializeParams?.capabilities;
  return isObject(capabilities) && Object.keys(capabilities).length > 0;
}

function toResult(id: Id, value: object, sessionId: string): CachedAnswer {
  return toAnswer(JSON.stringify({ jsonrpc: "2.0", id, result: value }), sessionId, null);
}

function toRefusal(id: Id, error: ErrorBody, sessionId: string): CachedAnswer {
  return toAnswer(JSON.stringify(toErrorResponse(id, error)), sessionId, error.code);
}

function toAnswer(body: string, sessionId: string, errorCode: number | null): CachedAnswer {
  const headers = { "content-type": "application/json", "mcp-session-id": sessionId };
  return { status: 200, headers, body, errorCode };
}
