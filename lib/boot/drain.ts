import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Watches for this process's HTTP server, which Next makes and keeps to itself in the image.
 *
 * @returns lets it take no new connections and gives open requests up to `graceMs` to end
 */
export function watchServer(): (graceMs: number) => Promise<void> {
  let server: Server | null = null;
  // Node's documentation, diagnostics_channel, "http.server.request.start"
  subscribe("http.server.request.start", (message) => {
    server ??= (message as { server: Server }).server;
  });
  return async (graceMs) => {
    const watched = server;
    if (watched === null) return;
    const closed = new Promise<void>((resolve) => watched.close(() => resolve()));
    watched.closeIdleConnections();
    await Promise.race([closed, delay(graceMs)]);
  };
}
