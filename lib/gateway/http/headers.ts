import type { IncomingHttpHeaders } from "node:http";

const FORWARDED_HEADERS = ["accept", "content-type", "last-event-id", "user-agent"] as const;
const RELAYED_HEADERS = ["content-type", "retry-after", "allow"] as const;

/** Header by which mcp-host distinguishes clients that share the machine's token. Only the gateway may set it. */
const CLIENT_HEADER = "mcp-host-client";

/**
 * Returns the headers to forward to the machine: those of MCP's transport, and no others. The client's own
 * Authorization and cookies never reach it.
 *
 * @param client id of the access key or of the connected client
 */
export function toMachineHeaders(headers: IncomingHttpHeaders, client: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of FORWARDED_HEADERS) copyHeader(headers, name, result);
  for (const name in headers) if (name.startsWith("mcp-")) copyHeader(headers, name, result);
  result[CLIENT_HEADER] = client;
  return result;
}

/** Returns the headers that go back to the client. */
export function toClientHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {
    // Neither a cache nor a compressor may hold back or change what a client waits for.
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  };
  for (const name of RELAYED_HEADERS) copyHeader(headers, name, result);
  for (const name in headers) if (name.startsWith("mcp-")) copyHeader(headers, name, result);
  return result;
}

function copyHeader(from: IncomingHttpHeaders, name: string, to: Record<string, string>): void {
  const value = from[name];
  if (value !== undefined) to[name] = Array.isArray(value) ? value.join(", ") : value;
}
