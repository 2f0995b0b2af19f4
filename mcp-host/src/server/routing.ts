import type { Peer } from "./peer.ts";

/** RFC 5424 severities as MCP names them, least severe first. */
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

function severity(level: unknown): number {
  return typeof level === "string" ? LEVELS.indexOf(level) : -1;
}

/** The least severe of the levels that sessions have set: what the shared server must be set to. Null when none has set one. */
export function lowestLevel(levels: Iterable<string | null>): string | null {
  let lowest: string | null = null;
  for (const level of levels) {
    if (level === null || severity(level) === -1) continue;
    if (lowest === null || severity(level) < severity(lowest)) lowest = level;
  }
  return lowest;
}

/**
 * Whether a session wants a log message of this level. One that never set a level gets what the server sends by itself; where
 * another session has changed the server's level, it gets `info` and above.
 */
export function wantsLog(peer: Peer, level: unknown, all: Iterable<Peer>): boolean {
  const rank = severity(level);
  if (rank === -1) return true;
  if (peer.logLevel !== null) return rank >= severity(peer.logLevel);
  return rank >= severity("info") || lowestLevel([...all].map((other) => other.logLevel)) === null;
}

/** The sessions that subscribed to a resource, or to one that contains it ("might be a sub-resource", MCP 2025-11-25, resources). */
export function subscribersOf<P extends Pick<Peer, "subscriptions">>(uri: unknown, peers: Iterable<P>): P[] {
  if (typeof uri !== "string") return [];
  return [...peers].filter((peer) => {
    if (peer.subscriptions.has(uri)) return true;
    for (const subscribed of peer.subscriptions) {
      if (uri.startsWith(subscribed) && (subscribed.endsWith("/") || /^[/?#]/.test(uri.slice(subscribed.length))))
        return true;
    }
    return false;
  });
}
