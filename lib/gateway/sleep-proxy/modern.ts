import {
  type Classified,
  checkHeaders,
  type ErrorBody,
  findList,
  isModern,
  isObject,
  MODERN_VERSIONS,
  modernize,
  type RequestMessage,
  type RequestMeta,
  type ResponseMessage,
  readMeta,
  readVersion,
  toDiscoverResult,
  toErrorResponse,
  toHttpStatus,
} from "mcp-host/protocol";
import type { CachedLists } from "../../deployments/deployment-snapshot.ts";
import { findListError } from "./legacy.ts";
import type { CachedAnswer, PeekedRequest } from "./types.ts";

/** Returns whether a message without a session comes from a client of MCP 2026-07-28 or later. */
export function isModernRequest(asked: PeekedRequest, item: Classified): boolean {
  return isModern(asked, [item]);
}

/** The metadata of a request in which mcp-host finds nothing to refuse; null for any other. */
export function readValidMeta(asked: PeekedRequest, message: RequestMessage): RequestMeta | null {
  const version = readVersion(message.params);
  if (typeof version !== "string" || !MODERN_VERSIONS.includes(version)) return null;
  if (checkHeaders(asked, message, version) !== null) return null;
  const meta = readMeta(message.params);
  return "error" in meta ? null : meta;
}

/** Answers one request of a client of MCP 2026-07-28 in mcp-host's form. Returns null when mcp-host has to answer. */
export function answerModern(asked: PeekedRequest, message: RequestMessage, cached: CachedLists): CachedAnswer | null {
  const { id, method, params = {} } = message;
  if (readValidMeta(asked, message) === null || "inputResponses" in params || "requestState" in params) return null;
  if (method === "server/discover") return toAnswer(method, { id, result: toDiscoverResult(cached.handshake) }, cached);
  const list = findList(method);
  if (list === null) return null;
  const refusal = findListError(list.capability, params, cached);
  if (refusal !== null) return toAnswer(method, { id, error: refusal }, cached);
  const items = cached[list.member];
  return items === null ? null : toAnswer(method, { id, result: { [list.member]: items } }, cached);
}

type Outcome = Pick<RequestMessage, "id"> & ({ result: Record<string, unknown> } | { error: ErrorBody });

function toAnswer(method: string, outcome: Outcome, { handshake }: CachedLists): CachedAnswer {
  const { id } = outcome;
  const response: ResponseMessage =
    "error" in outcome
      ? toErrorResponse(id, outcome.error)
      : { jsonrpc: "2.0", id, result: copyResult(outcome.result) };
  const modern = modernize(method, response, handshake.serverInfo);
  return {
    status: toHttpStatus(modern),
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(modern),
    errorCode: "error" in outcome ? outcome.error.code : null,
  };
}

/** Copies a cached result, so that additions to the answer do not change the cache. */
function copyResult(result: Record<string, unknown>): Record<string, unknown> {
  return isObject(result._meta) ? { ...result, _meta: { ...result._meta } } : { ...result };
}
