export interface BackoffOptions {
  /** The pause after the first failure, in milliseconds. */
  baseMs: number;
  /** The longest pause before jitter, in milliseconds. */
  maxMs: number;
  /** By how much each failure multiplies the pause; 2 unless given. */
  factor?: number;
  /** The largest share of the pause that is added at random, so that clients do not retry in step; 0 unless given. */
  jitter?: number;
}

/**
 * The pause before the next try: `baseMs` after the first failure, then growing by `factor` up to `maxMs`.
 *
 * @param attempt the number of failures so far, from 1
 * @returns milliseconds
 */
export function exponentialBackoffMs(
  attempt: number,
  { baseMs, maxMs, factor = 2, jitter = 0 }: BackoffOptions,
): number {
  const pauseMs = Math.min(maxMs, baseMs * factor ** Math.max(0, attempt - 1));
  return pauseMs * (1 + Math.random() * jitter);
}
