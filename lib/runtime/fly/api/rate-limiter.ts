import type { Clock } from "../clock.ts";

/** How often something may be done: so many a second, and so many at once after a pause. */
export interface Rate {
  perSecond: number;
  burst: number;
}

const MAX_KEYS = 2_000;

/**
 * Keeps requests under a rate, for each key on its own, by letting them wait. It counts what this process asks; what several
 * processes ask together is Fly's to refuse with 429.
 */
export class RateLimiter {
  readonly #clock: Clock;
  /** By key: when the next request is due if they came evenly (generic cell rate algorithm). */
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
