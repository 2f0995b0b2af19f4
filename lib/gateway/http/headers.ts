import type { IncomingHttpHeaders } from "node:http";

const FORWARDED_HEADERS = new Set(["accept", "content-type", "last-event-id", "user-agent"]);
const RELAYED_HEADERS = new Set(["content-type", "retry-after", "allow"]);

/** By this mcp-host tells clients apart that share the machine's token. Only the gateway says it. */
const CLIENT_HEADER = "mcp-host-client";

/**
 * The headers that go on to the machine: what MCP's transport uses, and nothing else. The client's own Authorization and cookies
 * never do.
 *
 * @param client who calls: the access key's id, or the connected client's
 */
export function toMachineHeaders(headers: Headers, client: string): Record<string, string> {
  const result: Record<string, string> = {};
  headers.forEach((value, name) => {
    if (FORWARDED_HEADERS.has(name) || name.startsWith("mcp-")) result[name] = value;
  });
  result[CLIENT_HEADER] = client;
  return result;
}

/** The headers that come back to the client. */
export function toClientHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {
    // Neither a cache nor a compressor may hold back or change what a client waits for.
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !(RELAYED_HEADERS.has(name) || name.startsWith("mcp-"))) continue;
    result[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return result;
}
