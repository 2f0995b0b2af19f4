import { RATE_LIMITS } from "./rules.ts";
import { ApiError } from "./types.ts";

/** Limits each action on each object to Fly's rates. A refused request does not count. */
export class RateLimiter {
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  /** @param nowMs a monotonic clock, in milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Counts a request. Throws ApiError 429 over the rate. */
  acquire(action: string, object: string): void {
    const rate = action === "Machines_show" ? RATE_LIMITS.getMachine.value : RATE_LIMITS.action.value;
    const key = `${action} ${object}`;
    const now = this.#nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: rate.burst, atMs: now };
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.atMs) / 1_000) * rate.perSecond);
    bucket.atMs = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) throw new ApiError(429, "rate limit exceeded");
    bucket.tokens -= 1;
  }
}
