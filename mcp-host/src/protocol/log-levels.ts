/** RFC 5424 severities as MCP names them, least severe first. */
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** Returns a level's rank, from 0 for `debug`, or -1 for an unknown level. */
export function rankLevel(level: unknown): number {
  return typeof level === "string" ? LEVELS.indexOf(level) : -1;
}

/** Returns the least severe of the levels that clients have set, which the shared server must use. Null when none has set one. */
export function findLowestLevel(levels: Iterable<string | null>): string | null {
  let lowest: string | null = null;
  for (const level of levels) {
    if (level === null || rankLevel(level) === -1) continue;
    if (lowest === null || rankLevel(level) < rankLevel(lowest)) lowest = level;
  }
  return lowest;
}
