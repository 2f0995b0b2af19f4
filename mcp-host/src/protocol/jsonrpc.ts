import { isObject, isRawJson, parseJson, type RawJson } from "./json.ts";

/** A JSON-RPC id as MCP permits it: a string or a number (one with too many digits stays in its written form). */
export type Id = string | number | RawJson;

/** How an error shows in HTTP where an answer has not begun. */
export interface HttpForm {
  status: number;
  /** In how many seconds to try again, where that may help. */
  retryAfterS?: number;
}

/** Under a symbol, so that it never goes over a wire, nor comes from one. */
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

/** Codes of JSON-RPC 2.0 and of MCP that mcp-host itself answers with. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** A refusal at the HTTP level: wrong method, media type, origin, limit. */
  transport: -32000,
  sessionNotFound: -32001,
  /** MCP up to 2025-11-25: the resource is not found; 2026-07-28 says invalidParams. */
  resourceNotFound: -32002,
  /** MCP 2025-11-25, "URLElicitationRequiredError". */
  urlElicitationRequired: -32042,
  /** MCP 2026-07-28, basic, "Error Codes". */
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedProtocolVersion: -32022,
  /** What the Language Server Protocol calls RequestCancelled; MCP names no code of its own. */
  requestCancelled: -32800,
} as const;

const BYTE_ORDER_MARK = 0xfeff;

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number" || isRawJson(value);
}

/** A map key under which equal ids meet and the ids 1 and "1" do not. */
export function toIdKey(id: Id): string {
  return typeof id === "string" ? `s${id}` : `n${JSON.stringify(id)}`;
}

/** Tells what kind of JSON-RPC 2.0 message a parsed value is; null when it is none. Unknown members are left alone. */
export function classify(value: unknown): Classified | null {
  if (!isObject(value) || value.jsonrpc !== "2.0") return null;
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

/** What a line of a server's standard output says, be it a batch; null when it is no message. */
export function classifyLine(line: string): Classified | Classified[] | null {
  try {
    // Some runtimes begin what they write with a byte order mark.
    const value = parseJson(line.charCodeAt(0) === BYTE_ORDER_MARK ? line.slice(1) : line);
    return Array.isArray(value) ? value.map(classifyOrFail).filter((item) => item !== null) : classifyOrFail(value);
  } catch {
    return null;
  }
}

/** The same as {@link classify}, with an error in place of what was meant as a response: its caller is not to wait for ever. */
function classifyOrFail(value: unknown): Classified | null {
  const item = classify(value);
  if (item !== null || !isObject(value)) return item;
  const { jsonrpc, id, method } = value;
  if (jsonrpc !== "2.0" || method !== undefined || !isId(id)) return null;
  const error = { code: ERROR_CODES.internalError, message: "The server's response is not valid JSON-RPC 2.0" };
  return { kind: "response", message: toErrorResponse(id, error) };
}

/** An error raised inside mcp-host that a client is to receive as a JSON-RPC error. */
export class RpcError extends Error {
  readonly body: ErrorBody;
  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "RpcError";
    this.body = body;
  }
}

/** What a client is told of anything that was thrown. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof RpcError) return error.body;
  return {
    code: ERROR_CODES.internalError,
    message: `mcp-host: ${error instanceof Error ? error.message : String(error)}`,
  };
}

/** What cannot be served now, though nothing is wrong with it: 503, to be tried again in so many seconds where that may help. */
export function toUnavailable(
  message: string,
  retryAfterS: number | undefined,
  { data, errorCode = ERROR_CODES.internalError }: { data?: Record<string, unknown>; errorCode?: number } = {},
): ErrorBody {
  const form = { status: 503, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  return { code: errorCode, message, ...(data && { data }), [HTTP_FORM]: form };
}

/** The HTTP form of a response that mcp-host made itself; null for the server's own, and for what has none. */
export function readHttpForm(response: ResponseMessage): HttpForm | null {
  return isObject(response.error) ? ((response.error as unknown as ErrorBody)[HTTP_FORM] ?? null) : null;
}

export function toErrorResponse(id: Id | null, body: ErrorBody): ResponseMessage {
  return { jsonrpc: "2.0", id, error: body };
}

/** The `_meta` object of a message's params, when it has one. */
export function findMeta(params: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const meta = params?._meta;
  return isObject(meta) ? meta : undefined;
}

/** A response as JSON; one nested too deep to be written becomes an error. */
export function serializeResponse(response: ResponseMessage): string {
  try {
    return JSON.stringify(response);
  } catch (error) {
    const message = `The server's response cannot be relayed: ${error instanceof Error ? error.message : error}`;
    return JSON.stringify(toErrorResponse(response.id, { code: ERROR_CODES.internalError, message }));
  }
}
