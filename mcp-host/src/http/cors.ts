import type { IncomingMessage, ServerResponse } from "node:http";
import { readHeader } from "../protocol/accept.ts";

const EXPOSED_HEADERS = "mcp-session-id, retry-after, www-authenticate";
const METHODS = "GET, POST, DELETE";
const MAX_AGE_S = 600;

/**
 * Lets a web page of an allowed origin read the answer (Fetch, "CORS protocol"). Answers a preflight, which never carries a token,
 * and returns true for it.
 */
export function answerCors(request: IncomingMessage, response: ServerResponse, origin: string): boolean {
  response.setHeader("access-control-allow-origin", origin).setHeader("vary", "origin");
  if (request.method !== "OPTIONS" || readHeader(request, "access-control-request-method") === undefined) {
    response.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
    return false;
  }
  const headers = {
    "access-control-allow-methods": METHODS,
    // Tools name the Mcp-Param-… headers, so allow the ones that the page asks for.
    "access-control-allow-headers": readHeader(request, "access-control-request-headers") ?? "",
    "access-control-max-age": String(MAX_AGE_S),
  };
  response.writeHead(204, headers).end();
  return true;
}
