import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import { ERROR_CODES } from "../protocol/jsonrpc.ts";
import { answerCors } from "./cors.ts";
import type { Guard } from "./guard.ts";
import { handleLogs } from "./logs.ts";
import { handleMcp, type McpRouteOptions } from "./mcp.ts";
import { sendError, sendJson, sendRpcError } from "./reply.ts";

export interface HttpOptions {
  guard: Guard;
  log: Log;
  mcp: McpRouteOptions;
  health: () => { ok: boolean; body: object };
  status: () => object;
  /** Returns the lock of the installed package as text, or null while there is none. */
  packageLock: () => string | null;
}

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
/** Above the idle time of load balancers in front, so that they never send into a connection that is closing. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 1024;

/** Returns the HTTP server with its routes, not listening yet. Only headers and bodies have a time limit; streams have none. */
export function createHttpServer(options: HttpOptions): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, (request, response) => {
    // Clients can disconnect at any time; ignore it.
    request.on("error", ignore);
    response.on("error", ignore);
    route(request, response, options).catch((error: unknown) => {
      options.log.logHost(`unexpected error: ${error instanceof Error ? error.stack : error}`);
      sendError(response, 500, { code: "internal_error", message: "mcp-host failed to handle the request" });
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.timeout = 0;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function route(request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> {
  const target = request.url ?? "";
  // Most requests are for exactly this path and need no URL parsing.
  const url = target === "/mcp" ? null : URL.parse(target, "http://localhost");
  const path = url === null ? target : url.pathname;
  if (path === "/healthz" && isRead(request)) {
    const { ok, body } = options.health();
    return sendJson(response, ok ? 200 : 503, JSON.stringify(body));
  }
  const page = options.guard.findAllowedOrigin(request);
  if (page !== null && answerCors(request, response, page)) return;
  const refusal = options.guard.check(request);
  if (refusal !== null) {
    const headers: Record<string, string> = refusal.status === 401 ? { "www-authenticate": "Bearer" } : {};
    // The body is not read, so the connection cannot be reused.
    if (!isRead(request)) headers.connection = "close";
    if (path === "/mcp")
      return sendRpcError(
        response,
        refusal.status,
        { code: ERROR_CODES.transport, message: refusal.message },
        null,
        headers,
      );
    const name = refusal.status === 401 ? "unauthorized" : "forbidden";
    return sendError(response, refusal.status, { code: name, message: refusal.message }, headers);
  }
  if (path === "/mcp") return handleMcp(request, response, options.mcp);
  if (url !== null && path === "/logs" && request.method === "GET")
    return handleLogs(request, response, url, options.log);
  if (path === "/status" && isRead(request)) return sendJson(response, 200, JSON.stringify(options.status()));
  if (path === "/package-lock" && isRead(request)) {
    return sendJson(response, 200, JSON.stringify({ lock: options.packageLock() }));
  }
  sendError(response, 404, { code: "not_found", message: "There is nothing at this address" });
}

function isRead(request: IncomingMessage): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function ignore(): void {}
