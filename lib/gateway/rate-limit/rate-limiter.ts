import type { CountedKey } from "../../db/shared-counts.ts";
import { withTimeout } from "../../util/timeout.ts";

/** What a call counts for, and how many calls that may have in a window. */
export interface RateKey {
  /** Names what is limited and for whom, such as `deployment:ID`. */
  key: string;
  max: number;
}

export interface RateLimiterOptions {
  /**
   * Adds what this instance counted in a window to what all counted, and returns the sums. Rejects while the database is away; each
   * instance then holds the limits alone.
   */
  share: (counted: readonly CountedKey[], windowStart: Date) => Promise<ReadonlyMap<string, number>>;
  windowMs?: number;
  /** Shortest time between two exchanges with other instances, in milliseconds. */
  shareEveryMs?: number;
  now?: () => number;
}

interface Count {
  /** Calls of this instance that others do not know of yet. */
  unshared: number;
  /** Calls of all instances as of the last exchange, this one's included. */
  shared: number;
}

const SHARE_TIMEOUT_MS = 5_000;
/** An instance keeps a count to itself below this part of the limit, so that quiet clients cost the database nothing. */
const SHARED_FROM = 0.1;

/**
 * Counts calls in memory and shares the counts with other instances about once a second, in the background: no call waits for the
 * database. The price is accuracy. In one window, k instances together let through at most the limit, plus what the others counted
 * since the last exchange, plus a tenth of the limit for each further instance that had no reason to share yet.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #windowMs: number;
  readonly #shareEveryMs: number;
  readonly #now: () => number;
  #windowStartMs = 0;
  #counts = new Map<string, Count & { max: number }>();
  #sharedAtMs = 0;
  #sharing: Promise<void> | null = null;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#windowMs = options.windowMs ?? 10_000;
    this.#shareEveryMs = options.shareEveryMs ?? 1_000;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Counts a call at each key, or at none when one of them is used up: a refused call does not make the wait longer.
   *
   * @returns null when the call may go on, else the seconds until the next one may
   */
  count(keys: readonly RateKey[]): number | null {
    const nowMs = this.#now();
    const windowStartMs = nowMs - (nowMs % this.#windowMs);
    if (windowStartMs !== this.#windowStartMs) {
      this.#windowStartMs = windowStartMs;
      this.#counts = new Map();
    }
    let isUsedUp = false;
    for (const { key, max } of keys) {
      const count = this.#counts.get(key);
      if (count !== undefined && count.shared + count.unshared >= max) isUsedUp = true;
    }
    if (!isUsedUp) {
      for (const { key, max } of keys) {
        const count = this.#counts.get(key);
        if (count === undefined) this.#counts.set(key, { unshared: 1, shared: 0, max });
        else count.unshared++;
      }
    }
    if (nowMs - this.#sharedAtMs >= this.#shareEveryMs && this.#sharing === null) this.#share(nowMs);
    return isUsedUp ? Math.max(1, Math.ceil((windowStartMs + this.#windowMs - nowMs) / 1_000)) : null;
  }

  /** Resolves when an exchange that runs has ended. */
  async settled(): Promise<void> {
    await this.#sharing;
  }

  #share(nowMs: number): void {
    this.#sharedAtMs = nowMs;
    const counts = this.#counts;
    const taken: CountedKey[] = [];
    for (const [key, count] of counts) {
      if (count.unshared === 0 || count.shared + count.unshared < count.max * SHARED_FROM) continue;
      taken.push({ key, count: count.unshared });
    }
    if (taken.length === 0) return;
    // A host that freezes the process between requests can cut an exchange off without an error.
    this.#sharing = withTimeout(this.#options.share(taken, new Date(this.#windowStartMs)), SHARE_TIMEOUT_MS)
      .then((sums) => {
        for (const { key, count: sent } of taken) {
          const count = counts.get(key);
          if (count === undefined) continue;
          count.unshared -= sent;
          count.shared = sums.get(key) ?? count.shared + sent;
        }
      })
      .catch(() => {
        // The database is away: what was counted here stays counted here, and is sent with the next exchange.
      })
      .finally(() => {
        this.#sharing = null;
      });
  }
}
