/** Begins every event stream, so that the head of the response leaves at once. */
export const OK_COMMENT = Buffer.from(": ok\n\n");
/** Keeps an idle event stream open: proxies close connections that are silent for a minute or less. */
export const KEEP_ALIVE_COMMENT = Buffer.from(": ping\n\n");

export interface KeepAliveOptions {
  /** Silence after which a stream gets a comment, in milliseconds. */
  silentAfterMs: number;
  /** Interval in milliseconds at which a stream checks that its client may still listen. */
  checkAfterMs: number;
}

/** When a stream last sent something to its client, and when it last checked that the client may listen. */
export interface StreamTimes {
  sentAt: number;
  checkedAt: number;
}

/** The keep-alive comments and permission checks of all open event streams, on one timer. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #sweeps = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  now(): number {
    return performance.now();
  }

  /** Sends a comment whenever the stream is silent and runs its check from time to time. Returns the unsubscribe function. */
  add(times: StreamTimes, sendComment: () => void, check: () => Promise<void>): () => void {
    const { silentAfterMs, checkAfterMs } = this.#options;
    const sweep = () => {
      const now = this.now();
      if (now - times.sentAt >= silentAfterMs) {
        times.sentAt = now;
        sendComment();
      }
      if (now - times.checkedAt >= checkAfterMs) {
        times.checkedAt = now;
        void check();
      }
    };
    this.#sweeps.add(sweep);
    const everyMs = Math.max(5, Math.min(silentAfterMs, checkAfterMs) / 10);
    this.#timer ??= setInterval(() => this.#sweepAll(), everyMs).unref();
    return () => {
      this.#sweeps.delete(sweep);
      if (this.#sweeps.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #sweepAll(): void {
    for (const sweep of this.#sweeps) sweep();
  }
}
