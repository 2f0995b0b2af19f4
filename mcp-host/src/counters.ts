/** What has passed through since mcp-host started. */
export interface Counters {
  /** Requests of clients. */
  requests: number;
  /** Notifications of clients. */
  notifications: number;
  /** Requests of the server. */
  serverRequests: number;
  /** Requests of the server that no client got. */
  refused: number;
  /** Notifications of the server that no client got, their cause being unknown. */
  unattributed: number;
  /** Errors that mcp-host itself answered with. */
  errors: number;
}

export function createCounters(): Counters {
  return { requests: 0, notifications: 0, serverRequests: 0, refused: 0, unattributed: 0, errors: 0 };
}
