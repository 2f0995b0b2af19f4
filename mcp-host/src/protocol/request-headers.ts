import { readHeader, type WithHeaders } from "./accept.ts";
import { ERROR_CODES, type ErrorBody, type RequestMessage } from "./jsonrpc.ts";
import { LEGACY_VERSIONS } from "./versions.ts";

/** The params member that `Mcp-Name` repeats, by method. */
const NAMED_MEMBERS = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

export function toHeaderMismatch(message: string): ErrorBody {
  return { code: ERROR_CODES.headerMismatch, message: `Header mismatch: ${message}` };
}

/**
 * Decodes a header value ("Value Encoding"): the value itself, or the text in `=?base64?…?=`. Null when no client may
 * send it.
 */
export function decodeHeaderValue(value: string): string | null {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return null;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, "base64");
  return bytes.toString("base64") === encoded ? bytes.toString("utf8") : null;
}

/**
 * Checks that the headers repeat the body (MCP 2026-07-28, basic/transports/streamable-http, "Server Validation"). Some clients
 * send a legacy version header with a modern body; their other headers are checked only where they are present.
 */
export function checkHeaders(request: WithHeaders, message: RequestMessage, version: string): ErrorBody | null {
  const versionHeader = readHeader(request, "mcp-protocol-version")?.trim();
  if (versionHeader === undefined) return toHeaderMismatch("MCP-Protocol-Version is missing");
  if (versionHeader !== version && !hasLaggingHeader(request)) {
    return toHeaderMismatch(`MCP-Protocol-Version says '${versionHeader}', _meta says '${version}'`);
  }
  return checkValue(request, "Mcp-Method", message.method, false) ?? checkName(request, message);
}

/** Returns whether a request's version header names a legacy revision although its body is modern. */
export function hasLaggingHeader(request: WithHeaders): boolean {
  return LEGACY_VERSIONS.includes(readHeader(request, "mcp-protocol-version")?.trim() ?? "");
}

function checkName(request: WithHeaders, { method, params }: RequestMessage): ErrorBody | null {
  const member = NAMED_MEMBERS.get(method);
  if (member === undefined) return null;
  const name = params?.[member];
  if (typeof name !== "string")
    return { code: ERROR_CODES.invalidParams, message: `params.${member} must be a string` };
  return checkValue(request, "Mcp-Name", name, true);
}

function checkValue(request: WithHeaders, name: string, wanted: string, encodable: boolean): ErrorBody | null {
  const value = readHeader(request, name.toLowerCase())?.trim();
  if (value === undefined) return hasLaggingHeader(request) ? null : toHeaderMismatch(`${name} is missing`);
  const decoded = encodable ? decodeHeaderValue(value) : value;
  if (decoded === wanted) return null;
  return toHeaderMismatch(`${name} does not match the body`);
}
