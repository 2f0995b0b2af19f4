import type { Clock } from "../clock.ts";

/** A rate limit: a sustained rate, and the burst that is allowed after a pause. */
export interface Rate {
  perSecond: number;
  burst: number;
}

const MAX_KEYS = 2_000;

/**
 * Delays requests so that each key stays under its rate (generic cell rate algorithm, GCRA). It counts this process alone. When
 * several processes exceed the rate together, Fly answers 429 and the client backs off.
 */
export class RateLimiter {
  readonly #clock: Clock;
  /** Theoretical arrival time of each key's next request, in milliseconds since the epoch. */
  readonly #dueMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the next request of this key may be sent. */
  async acquire(key: string, { perSecond, burst }: Rate): Promise<void> {
    const now = this.#clock.nowMs();
    const intervalMs = 1_000 / perSecond;
    const due = Math.max(this.#dueMs.get(key) ?? 0, now);
    this.#dueMs.set(key, due + intervalMs);
    if (this.#dueMs.size > MAX_KEYS) this.#forgetPast(now);
    const waitMs = due - (burst - 1) * intervalMs - now;
    if (waitMs > 0) await this.#clock.sleep(waitMs);
  }

  #forgetPast(now: number): void {
    for (const [key, due] of this.#dueMs) if (due <= now) this.#dueMs.delete(key);
  }
}
