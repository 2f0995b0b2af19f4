import { findLowestLevel, rankLevel } from "../protocol/log-levels.ts";
import type { Peer } from "./peer.ts";

/**
 * Returns whether a client wants a log message of this level. A client that set no level gets what the server sends by default, or `info`
 * and above when another client changed the server's level.
 */
export function wantsLog(peer: Peer, level: unknown, all: Iterable<Peer>): boolean {
  const rank = rankLevel(level);
  if (rank === -1) return true;
  if (peer.logLevel !== null) return rank >= rankLevel(peer.logLevel);
  return rank >= rankLevel("info") || findLowestLevel([...all].map((other) => other.logLevel)) === null;
}

/**
 * Returns the clients that subscribed to a resource, or to one that contains it ("might be a sub-resource", MCP 2025-11-25,
 * resources).
 */
export function findSubscribers<P extends Pick<Peer, "subscribedUris">>(uri: unknown, peers: Iterable<P>): P[] {
  if (typeof uri !== "string") return [];
  return [...peers].filter((peer) => {
    if (peer.subscribedUris.has(uri)) return true;
    for (const subscribed of peer.subscribedUris) {
      if (uri.startsWith(subscribed) && (subscribed.endsWith("/") || /^[/?#]/.test(uri.slice(subscribed.length))))
        return true;
    }
    return false;
  });
}
