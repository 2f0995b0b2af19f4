import type { IncomingMessage, ServerResponse } from "node:http";
import { type Classified, code, metaOf } from "../jsonrpc.ts";
import { LEGACY_VERSIONS } from "./legacy.ts";
import { header, sendRpcError } from "./reply.ts";

const PROTOCOL_VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const FIRST_MODERN_VERSION = "2026-07-28";

function isModernVersion(version: unknown): version is string {
  return typeof version === "string" && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= FIRST_MODERN_VERSION;
}

/**
 * Whether a POST belongs to the modern era (MCP 2026-07-28, versioning): by its `_meta`, else by its header. What `_meta`
 * says counts more, since there are clients whose header lags behind.
 */
export function isModern(request: IncomingMessage, items: Classified[]): boolean {
  const [first] = items;
  if (first === undefined || first.kind === "response") return isModernVersion(header(request, "mcp-protocol-version"));
  if (first.message.method === "initialize") return false;
  if (first.message.method === "server/discover") return true;
  const version = metaOf(first.message.params)?.[PROTOCOL_VERSION_KEY];
  return isModernVersion(version ?? header(request, "mcp-protocol-version"));
}

/** Tells a modern client that only the legacy era is served here, in the words on which it turns to `initialize`. */
export function refuseModern(request: IncomingMessage, response: ServerResponse, items: Classified[]): void {
  const [first] = items;
  const message = first === undefined || first.kind === "response" ? null : first.message;
  const requested = metaOf(message?.params)?.[PROTOCOL_VERSION_KEY] ?? header(request, "mcp-protocol-version");
  const error = {
    code: code.unsupportedProtocolVersion,
    message: "Unsupported protocol version",
    data: { supported: LEGACY_VERSIONS, ...(requested === undefined ? {} : { requested }) },
  };
  sendRpcError(response, 400, error, first?.kind === "request" ? first.message.id : null);
}
