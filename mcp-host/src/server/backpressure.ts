import type { Upstream } from "./upstream.ts";

/** How long one slow reader can hold up the other clients of a shared process. */
const SLOW_READER_MS = 5_000;

/** A connection to a client that reads more slowly than its server writes. */
export interface SlowConnection {
  /** Resolves when the client has read what was sent, or is gone. */
  whenDrained(): Promise<void>;
  cut(): void;
}

/** Pauses the server until this client has read what was sent. On a shared process, cuts the client off after 5 s. */
export function applyBackpressure(upstream: Upstream, connection: SlowConnection): void {
  upstream.pauseFor(connection);
  const shared = upstream.sessions.size > 1;
  const timer = shared ? setTimeout(() => connection.cut(), SLOW_READER_MS) : undefined;
  void connection.whenDrained().then(() => {
    clearTimeout(timer);
    upstream.resumeFor(connection);
  });
}
