import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { env } from "../env/env.ts";
import { processWide } from "../util/process-wide.ts";

// Whose request it is, by address: for limits that must hold one client back without locking out the others. X-Forwarded-For alone
// does not say that, since a client can send it too.

/** Carries the socket's address to route handlers, which see headers alone. A client's own header of this name is replaced. */
const PEER_HEADER = "x-catwalk-peer-address";
const MAX_CHARACTERS = 64;

/** Headers as routes and actions have them. */
interface HeaderReader {
  get(name: string): string | null;
}

/**
 * Returns the address of the client that sent a request:
 * - on Fly and Vercel the one in the platform's own header, which its proxy sets and no client can,
 * - behind `TRUSTED_PROXY_HOPS` proxies the entry of X-Forwarded-For that the outermost of them wrote,
 * - else the socket's, so that a client cannot pass for many by writing a header.
 *
 * @returns at most 64 characters; "unknown" where the server does not tell
 */
export function findClientAddress(headers: HeaderReader): string {
  const { FLY_APP_NAME, TRUSTED_PROXY_HOPS, onVercel } = env();
  if (FLY_APP_NAME !== undefined) return clip(headers.get("fly-client-ip") || headers.get(PEER_HEADER));
  if (onVercel) return clip(splitList(headers.get("x-vercel-forwarded-for"))[0] ?? headers.get("x-real-ip"));
  if (TRUSTED_PROXY_HOPS > 0) {
    const forwarded = splitList(headers.get("x-forwarded-for"));
    // Fewer entries than proxies: the request did not come through all of them, so none of the entries can be trusted.
    const address = forwarded.at(-TRUSTED_PROXY_HOPS);
    if (address !== undefined) return clip(address);
  }
  return clip(headers.get(PEER_HEADER));
}

/**
 * Adds the socket's address to the headers of every request that this process serves, before any handler sees them. Next hands
 * routes no socket, and takes a client's X-Forwarded-For for one.
 */
export function recordPeerAddresses(): void {
  processWide("http.peer-addresses", () => {
    subscribe("http.server.request.start", (message) => {
      const { request } = message as { request: IncomingMessage };
      request.headers[PEER_HEADER] = request.socket.remoteAddress ?? "";
    });
    return true;
  });
}

function splitList(value: string | null): string[] {
  return (value ?? "").split(",").flatMap((part) => part.trim() || []);
}

function clip(address: string | null | undefined): string {
  return address ? address.slice(0, MAX_CHARACTERS) : "unknown";
}
