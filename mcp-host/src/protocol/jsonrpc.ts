import { isObject, isRawJson, parseJson, type RawJson } from "./json.ts";

/** A JSON-RPC id in MCP: a string or a number. A number with too many digits keeps its written form. */
export type Id = string | number | RawJson;

/** HTTP form of an error when no answer has begun. */
export interface HttpForm {
  status: number;
  /** Seconds until a retry can help. Undefined: a retry does not help. */
  retryAfterS?: number;
}

/** A symbol, so that it never crosses a wire. */
export const HTTP_FORM = Symbol("HTTP");

export interface ErrorBody {
  code: number;
  message: string;
  data?: Record<string, unknown>;
  [HTTP_FORM]?: HttpForm;
}

export interface RequestMessage {
  jsonrpc: "2.0";
  id: Id;
  method: string;
  params?: Record<string, unknown>;
}

export interface NotificationMessage {
  jsonrpc: "2.0";
  method: string;
  params?: Record<string, unknown>;
}

export interface ResponseMessage {
  jsonrpc: "2.0";
  id: Id | null;
  result?: unknown;
  error?: unknown;
}

export type Classified =
  | { kind: "request"; message: RequestMessage }
  | { kind: "notification"; message: NotificationMessage }
  | { kind: "response"; message: ResponseMessage };

/** Error codes of JSON-RPC 2.0 and MCP that mcp-host itself uses. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Refused at the HTTP level: wrong method, media type, origin or limit. */
  transport: -32000,
  sessionNotFound: -32001,
  /** MCP up to 2025-11-25: resource not found. 2026-07-28 uses invalidParams. */
  resourceNotFound: -32002,
  /** MCP 2025-11-25, "URLElicitationRequiredError". */
  urlElicitationRequired: -32042,
  /** MCP 2026-07-28, basic, "Error Codes". */
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedProtocolVersion: -32022,
  /** RequestCancelled of the Language Server Protocol; MCP names no code of its own. */
  requestCancelled: -32800,
} as const;

const BYTE_ORDER_MARK = 0xfeff;

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number" || isRawJson(value);
}

/** Returns a map key that is equal for equal ids and differs for 1 and "1". */
export function toIdKey(id: Id): string {
  return typeof id === "string" ? `s${id}` : `n${JSON.stringify(id)}`;
}

/** Returns the kind of JSON-RPC 2.0 message that a parsed value is, or null. Does not check unknown members. */
export function classify(value: unknown): Classified | null {
  if (!isObject(value) || value.jsonrpc !== "2.0") return null;
  // JSON-RPC 2.0 has no null params, but some clients send it for none.
  if (value.params === null) delete value.params;
  const { id, method, params } = value;
  if (method !== undefined) {
    if (typeof method !== "string" || (params !== undefined && !isObject(params))) return null;
    if (!Object.hasOwn(value, "id")) return { kind: "notification", message: value as unknown as NotificationMessage };
    return isId(id) ? { kind: "request", message: value as unknown as RequestMessage } : null;
  }
  const answers = Number(Object.hasOwn(value, "result")) + Number(Object.hasOwn(value, "error"));
  if (answers !== 1 || !(isId(id) || (id === null && Object.hasOwn(value, "error")))) return null;
  return { kind: "response", message: value as unknown as ResponseMessage };
}

/** Reads a line of a server's standard output, which can be a batch. Null when it is no message. */
export function classifyLine(line: string): Classified | Classified[] | null {
  try {
    // Some runtimes begin their output with a byte order mark.
    const value = parseJson(line.charCodeAt(0) === BYTE_ORDER_MARK ? line.slice(1) : line);
    return Array.isArray(value) ? value.map(classifyOrFail).filter((item) => item !== null) : classifyOrFail(value);
  } catch {
    return null;
  }
}

/** Classifies a value. A malformed response becomes an error response, so that its caller does not wait for ever. */
function classifyOrFail(value: unknown): Classified | null {
  const item = classify(value);
  if (item !== null || !isObject(value)) return item;
  const { jsonrpc, id, method } = value;
  if (jsonrpc !== "2.0" || method !== undefined || !isId(id)) return null;
  const error = { code: ERROR_CODES.internalError, message: "The server's response is not valid JSON-RPC 2.0" };
  return { kind: "response", message: toErrorResponse(id, error) };
}

/** An error of mcp-host that a client receives as a JSON-RPC error. */
export class RpcError extends Error {
  readonly body: ErrorBody;
  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "RpcError";
    this.body = body;
  }
}

/** Returns the error that a client gets for anything thrown. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof RpcError) return error.body;
  return {
    code: ERROR_CODES.internalError,
    message: `mcp-host: ${error instanceof Error ? error.message : String(error)}`,
  };
}

/** Returns an error with HTTP 503. `retryAfterS`: when a retry can help; undefined when it cannot. */
export function toUnavailable(
  message: string,
  retryAfterS: number | undefined,
  { data, errorCode = ERROR_CODES.internalError }: { data?: Record<string, unknown>; errorCode?: number } = {},
): ErrorBody {
  const form = { status: 503, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  return { code: errorCode, message, ...(data && { data }), [HTTP_FORM]: form };
}

/** Returns the HTTP form of a response that mcp-host made. Null for responses of the server and for errors without one. */
export function readHttpForm(response: ResponseMessage): HttpForm | null {
  return isObject(response.error) ? ((response.error as unknown as ErrorBody)[HTTP_FORM] ?? null) : null;
}

export function toErrorResponse(id: Id | null, body: ErrorBody): ResponseMessage {
  return { jsonrpc: "2.0", id, error: body };
}

/** Returns the `_meta` object of a message's params, if there is one. */
export function findMeta(params: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const meta = params?._meta;
  return isObject(meta) ? meta : undefined;
}

/** Returns a response as JSON. One that is nested too deeply becomes an error. */
export function serializeResponse(response: ResponseMessage): string {
  try {
    return JSON.stringify(response);
  } catch (error) {
    const message = `The server's response cannot be relayed: ${error instanceof Error ? error.message : error}`;
    return JSON.stringify(toErrorResponse(response.id, { code: ERROR_CODES.internalError, message }));
  }
}
