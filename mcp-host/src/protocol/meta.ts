import { isObject } from "./json.ts";
import { ERROR_CODES, type ErrorBody, findMeta } from "./jsonrpc.ts";
import { findLowestLevel } from "./log-levels.ts";

const PREFIX = "io.modelcontextprotocol/";
export const PROTOCOL_VERSION = `${PREFIX}protocolVersion`;
export const CLIENT_CAPABILITIES = `${PREFIX}clientCapabilities`;
export const CLIENT_INFO = `${PREFIX}clientInfo`;
export const LOG_LEVEL = `${PREFIX}logLevel`;
export const SERVER_INFO = `${PREFIX}serverInfo`;
export const SUBSCRIPTION_ID = `${PREFIX}subscriptionId`;

/** Metadata of a modern request (MCP 2026-07-28, basic, "_meta"). */
export interface RequestMeta {
  capabilities: Record<string, unknown>;
  clientInfo: Record<string, unknown> | null;
  /** Null: the client wants no log messages for this request. */
  logLevel: string | null;
  /** Undefined: the client wants no progress. */
  progressToken: unknown;
}

/** Returns the protocol version in a message's `_meta`, of any type. Undefined when there is none. */
export function readVersion(params: Record<string, unknown> | undefined): unknown {
  return findMeta(params)?.[PROTOCOL_VERSION];
}

function toInvalid(message: string): { error: ErrorBody } {
  return { error: { code: ERROR_CODES.invalidParams, message } };
}

/** Reads the metadata of a request whose version has been checked. */
export function readMeta(params: Record<string, unknown> | undefined): RequestMeta | { error: ErrorBody } {
  const meta = findMeta(params) ?? {};
  const capabilities = meta[CLIENT_CAPABILITIES];
  const clientInfo = meta[CLIENT_INFO];
  const logLevel = meta[LOG_LEVEL];
  if (!isObject(capabilities)) return toInvalid(`params._meta needs ${CLIENT_CAPABILITIES}, an object`);
  if (clientInfo !== undefined && !isObject(clientInfo)) return toInvalid(`${CLIENT_INFO} must be an object`);
  if (logLevel !== undefined && (typeof logLevel !== "string" || findLowestLevel([logLevel]) === null)) {
    return toInvalid(`${LOG_LEVEL} must be a log level`);
  }
  return {
    capabilities,
    clientInfo: clientInfo ?? null,
    logLevel: logLevel ?? null,
    progressToken: meta.progressToken,
  };
}

/** Removes from a request what only the modern era knows, before a legacy server gets it. */
export function stripModern(params: Record<string, unknown>): void {
  delete params.inputResponses;
  delete params.requestState;
  // A legacy server would create a task of another kind, which this client cannot follow.
  delete params.task;
  const meta = findMeta(params);
  if (meta === undefined) return;
  for (const key of [PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL]) delete meta[key];
  if (Object.keys(meta).length === 0) delete params._meta;
}
