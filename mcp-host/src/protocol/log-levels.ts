/** RFC 5424 severities as MCP names them, least severe first. */
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** A level's rank, 0 for `debug`; -1 for what is no level. */
export function rankLevel(level: unknown): number {
  return typeof level === "string" ? LEVELS.indexOf(level) : -1;
}

/** The least severe of the levels that sessions have set: what the shared server must be set to. Null when none has set one. */
export function findLowestLevel(levels: Iterable<string | null>): string | null {
  let lowest: string | null = null;
  for (const level of levels) {
    if (level === null || rankLevel(level) === -1) continue;
    if (lowest === null || rankLevel(level) < rankLevel(lowest)) lowest = level;
  }
  return lowest;
}
