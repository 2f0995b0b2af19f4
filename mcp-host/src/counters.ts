/** Totals since mcp-host started. */
export interface Counters {
  /** Requests from clients. */
  requests: number;
  /** Notifications from clients. */
  notifications: number;
  /** Requests from the server. */
  serverRequests: number;
  /** Requests from the server that were refused. */
  refused: number;
  /** Notifications from the server that were dropped because their cause is unknown. */
  unattributed: number;
  /** Errors that mcp-host itself answered. */
  errors: number;
}

export function createCounters(): Counters {
  return { requests: 0, notifications: 0, serverRequests: 0, refused: 0, unattributed: 0, errors: 0 };
}
