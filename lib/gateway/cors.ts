import { type GatewayRequest, type GatewayResponse, getHeader } from "./http/exchange.ts";

/** The request headers that a page may send beside those that every page may. */
const ALLOWED_REQUEST_HEADERS = [
  "Authorization",
  "Content-Type",
  "Accept",
  "MCP-Protocol-Version",
  "Mcp-Session-Id",
  "Mcp-Method",
  "Mcp-Name",
  "Last-Event-ID",
];
const MAX_PARAMETER_HEADERS = 32;

/** Returns the CORS headers of every response to a page of an allowed origin. */
export function toCorsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Mcp-Session-Id, WWW-Authenticate, Retry-After",
    vary: "Origin",
  };
}

/** Answers OPTIONS. A page of an allowed origin gets the preflight's headers as well. */
export function answerPreflight({ headers: sent }: GatewayRequest, origin: string | null): GatewayResponse {
  const headers: Record<string, string> = { allow: "POST, GET, DELETE, OPTIONS" };
  if (origin !== null) {
    // The tools choose the names of Mcp-Param-* headers (MCP 2026-07-28), so allow those that the page asks for.
    const asked = (getHeader(sent, "access-control-request-headers") ?? "").split(",").map((name) => name.trim());
    const parameters = asked.filter((name) => /^mcp-param-[\w-]{1,64}$/i.test(name)).slice(0, MAX_PARAMETER_HEADERS);
    Object.assign(headers, toCorsHeaders(origin), {
      "access-control-allow-methods": "POST, GET, DELETE",
      "access-control-allow-headers": [...ALLOWED_REQUEST_HEADERS, ...parameters].join(", "),
      "access-control-max-age": "7200",
    });
  }
  return { status: 204, headers, body: null };
}
