import type { Upstream } from "./upstream.ts";

/** In a process that serves several clients one slow reader may hold the others up only so long. */
const SLOW_READER_MS = 5_000;

/** A connection to a client that does not take what it is sent as fast as it comes. */
export interface SlowConnection {
  /** Resolves when the client has taken what was sent, or is gone. */
  whenDrained(): Promise<void>;
  cut(): void;
}

/** Keeps the server from saying more until this client has taken what it was sent; cuts it off where others wait behind it too long. */
export function applyBackpressure(upstream: Upstream, connection: SlowConnection): void {
  upstream.pauseFor(connection);
  const shared = upstream.sessions.size > 1;
  const timer = shared ? setTimeout(() => connection.cut(), SLOW_READER_MS) : undefined;
  void connection.whenDrained().then(() => {
    clearTimeout(timer);
    upstream.resumeFor(connection);
  });
}
