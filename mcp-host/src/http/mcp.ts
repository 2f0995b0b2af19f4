import type { IncomingMessage, ServerResponse } from "node:http";
import { accepts, readHeader } from "../protocol/accept.ts";
import { isModern } from "../protocol/era.ts";
import { parseJson } from "../protocol/json.ts";
import { type Classified, classify, ERROR_CODES } from "../protocol/jsonrpc.ts";
import { isModernVersion } from "../protocol/versions.ts";
import type { Sessions } from "../session/sessions.ts";
import { discardBody, readBody } from "./body.ts";
import { readHolder } from "./holder.ts";
import type { LegacyTransport } from "./legacy.ts";
import type { ModernTransport } from "./modern.ts";
import { sendRpcError } from "./reply.ts";

export interface McpRouteOptions {
  legacy: LegacyTransport;
  modern: ModernTransport;
  sessions: Sessions;
  maxBodyBytes: number;
  bodyTimeoutMs: number;
}

const REFUSAL_STATUS = {
  "too large": 413,
  "too slow": 408,
  "broken off": 400,
  busy: 503,
} as const;

/** The MCP endpoint. Checks what both eras demand of a request, then passes it to the transport of its era. */
export async function handleMcp(
  request: IncomingMessage,
  response: ServerResponse,
  options: McpRouteOptions,
): Promise<void> {
  const inSession = () => {
    const id = readHeader(request, "mcp-session-id");
    return id !== undefined && options.sessions.find(id, readHolder(request)) !== "gone";
  };
  if (request.method === "GET" || request.method === "DELETE") {
    // The modern era has no session streams and no sessions.
    if (isModernVersion(readHeader(request, "mcp-protocol-version")) && !inSession())
      return refuseMethod(response, "POST");
    if (request.method === "GET") return options.legacy.get(request, response);
    return options.legacy.delete(request, response);
  }
  if (request.method !== "POST") return refuseMethod(response, "GET, POST, DELETE");
  const problem = findMediaTypeProblem(request);
  if (problem !== null) {
    await discardBody(request);
    return sendRpcError(response, problem.status, { code: ERROR_CODES.transport, message: problem.message });
  }
  const body = await readBody(request, options.maxBodyBytes, options.bodyTimeoutMs);
  if ("refused" in body) {
    if (body.refused === "too large") await discardBody(request);
    const why =
      body.refused === "too large" ? `the body is over the limit of ${options.maxBodyBytes} bytes` : body.refused;
    const headers = { connection: "close", ...(body.refused === "busy" ? { "retry-after": "5" } : {}) };
    const error = { code: ERROR_CODES.transport, message: `The request was refused: ${why}` };
    return sendRpcError(response, REFUSAL_STATUS[body.refused], error, null, headers);
  }
  const parsed = parseMessages(body.text);
  if ("error" in parsed) return sendRpcError(response, 400, parsed.error);
  // A client with a live session has completed a legacy handshake, whatever its messages say.
  if (isModern(request, parsed.items) && !inSession()) {
    return options.modern.post(request, response, parsed.items, parsed.batch);
  }
  await options.legacy.post(request, response, parsed.items, parsed.batch);
}

function refuseMethod(response: ServerResponse, allow: string): void {
  sendRpcError(response, 405, { code: ERROR_CODES.transport, message: "Method not allowed" }, null, { allow });
}

function findMediaTypeProblem(request: IncomingMessage): { status: 406 | 415; message: string } | null {
  if (!accepts(request, "application/json") && !accepts(request, "text/event-stream")) {
    return { status: 406, message: "Not Acceptable: the client must accept application/json and text/event-stream" };
  }
  const type = readHeader(request, "content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return { status: 415, message: "Unsupported Media Type: Content-Type must be application/json" };
  }
  return null;
}

type Parsed = { items: Classified[]; batch: boolean } | { error: { code: number; message: string } };

function parseMessages(text: string): Parsed {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return { error: { code: ERROR_CODES.parseError, message: "Parse error: the body is not JSON" } };
  }
  const batch = Array.isArray(value);
  const items = (Array.isArray(value) ? value : [value]).map(classify);
  const valid = items.filter((item) => item !== null);
  if (items.length === 0 || valid.length !== items.length) {
    return {
      error: {
        code: ERROR_CODES.invalidRequest,
        message: "Invalid Request: the body is no JSON-RPC 2.0 message of MCP",
      },
    };
  }
  return { items: valid, batch };
}
