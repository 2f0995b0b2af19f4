import { header, type WithHeaders } from "./accept.ts";
import { code, type ErrorBody, type RequestMessage } from "./jsonrpc.ts";
import { LEGACY_VERSIONS } from "./versions.ts";

/** The member of params that `Mcp-Name` repeats. */
const NAMED = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

export function headerMismatch(message: string): ErrorBody {
  return { code: code.headerMismatch, message: `Header mismatch: ${message}` };
}

/** What a header value stands for ("Value Encoding"): itself, or what `=?base64?…?=` encodes. Null for what no client may send. */
export function decodeHeaderValue(value: string): string | null {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return null;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, "base64");
  return bytes.toString("base64") === encoded ? bytes.toString("utf8") : null;
}

/**
 * Checks that the headers repeat what the body says (MCP 2026-07-28, basic/transports/streamable-http, "Server
 * Validation"). A client whose version header still names a legacy revision, as some do, is held only to those that it sends.
 */
export function checkHeaders(request: WithHeaders, message: RequestMessage, version: string): ErrorBody | null {
  const versionHeader = header(request, "mcp-protocol-version")?.trim();
  if (versionHeader === undefined) return headerMismatch("MCP-Protocol-Version is missing");
  if (versionHeader !== version && !hasLaggingHeader(request)) {
    return headerMismatch(`MCP-Protocol-Version says '${versionHeader}', _meta says '${version}'`);
  }
  return checkValue(request, "Mcp-Method", message.method, false) ?? checkName(request, message);
}

/** Whether a request's version header names a legacy revision although its body is modern. */
export function hasLaggingHeader(request: WithHeaders): boolean {
  return LEGACY_VERSIONS.includes(header(request, "mcp-protocol-version")?.trim() ?? "");
}

function checkName(request: WithHeaders, { method, params }: RequestMessage): ErrorBody | null {
  const member = NAMED.get(method);
  if (member === undefined) return null;
  const name = params?.[member];
  if (typeof name !== "string") return { code: code.invalidParams, message: `params.${member} must be a string` };
  return checkValue(request, "Mcp-Name", name, true);
}

function checkValue(request: WithHeaders, name: string, wanted: string, encodable: boolean): ErrorBody | null {
  const value = header(request, name.toLowerCase())?.trim();
  if (value === undefined) return hasLaggingHeader(request) ? null : headerMismatch(`${name} is missing`);
  const decoded = encodable ? decodeHeaderValue(value) : value;
  if (decoded === wanted) return null;
  return headerMismatch(`${name} does not match the body`);
}
