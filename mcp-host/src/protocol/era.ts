import { readHeader, type WithHeaders } from "./accept.ts";
import type { Classified } from "./jsonrpc.ts";
import { readVersion } from "./meta.ts";
import { isModernVersion, LEGACY_VERSIONS } from "./versions.ts";

/**
 * Returns whether a POST belongs to the modern era (MCP 2026-07-28, versioning): by its `_meta`, else by its header. `_meta` decides
 * because some clients send an outdated header.
 */
export function isModern(request: WithHeaders, items: Classified[]): boolean {
  const [first] = items;
  const byHeader = isModernVersion(readHeader(request, "mcp-protocol-version")?.trim());
  if (first === undefined || first.kind === "response") return byHeader;
  const { method, params } = first.message;
  if (method === "initialize" && typeof params?.protocolVersion === "string") return false;
  if (method === "server/discover") return true;
  const version = readVersion(params);
  if (version === undefined) return byHeader;
  return typeof version !== "string" || !LEGACY_VERSIONS.includes(version);
}
