import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const CHECK_EVERY_MS = 50;

/**
 * Drains an HTTP server: accepts no new connections, gives open requests a grace period, then cuts them. Connections that become
 * idle meanwhile are closed, since a client that keeps one open would use up the whole period.
 */
export async function drainServer(server: Server, graceMs: number): Promise<void> {
  let isClosed = false;
  server.close(() => {
    isClosed = true;
  });
  const end = performance.now() + graceMs;
  for (; !isClosed && performance.now() < end; await delay(CHECK_EVERY_MS)) server.closeIdleConnections();
  server.closeAllConnections();
}

/**
 * Finds this process's HTTP server at its first request. In the image Next creates the server and exposes it nowhere.
 *
 * @returns a function that drains the server, or does nothing before the first request
 */
export function watchServer(): (graceMs: number) => Promise<void> {
  let server: Server | null = null;
  // Node's documentation, diagnostics_channel, "http.server.request.start"
  subscribe("http.server.request.start", (message) => {
    server ??= (message as { server: Server }).server;
  });
  return async (graceMs) => {
    if (server !== null) await drainServer(server, graceMs);
  };
}
