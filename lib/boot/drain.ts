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
