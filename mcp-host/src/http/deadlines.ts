import { type Indexed, UnorderedSet } from "../util/unordered-set.ts";

const TICK_MS = 50;

/** Something that expires at a point in time unless it is cleared before. */
export interface Deadline extends Indexed {
  /** On the monotonic clock. Can be moved while it is watched. */
  readonly dueMs: number;
  expire(): void;
}

const watched = new UnorderedSet<Deadline>();
let ticker: NodeJS.Timeout | null = null;

/** Calls `expire()` within 50 ms of `dueMs` unless the deadline is cleared before. All deadlines share one timer. */
export function watchDeadline(item: Deadline): void {
  watched.add(item);
  ticker ??= setInterval(tick, TICK_MS);
}

export function clearDeadline(item: Deadline): void {
  watched.delete(item);
}

function tick(): void {
  const now = performance.now();
  for (const item of watched.values()) {
    // Expiring one deadline can clear another.
    if (item.dueMs <= now && watched.delete(item)) item.expire();
  }
  if (watched.size > 0 || ticker === null) return;
  clearInterval(ticker);
  ticker = null;
}
