import { type Indexed, UnorderedSet } from "../util/unordered-set.ts";

const TICK_MS = 50;

/** Something to be done when something else has not happened by then. */
export interface Deadline extends Indexed {
  /** Monotonic clock; may be put off. */
  readonly dueMs: number;
  expire(): void;
}

const watched = new UnorderedSet<Deadline>();
let ticker: NodeJS.Timeout | null = null;

function tick(): void {
  const now = performance.now();
  for (const item of watched.values()) {
    // What was done for one before it may have settled it.
    if (item.dueMs <= now && watched.delete(item)) item.expire();
  }
  if (watched.size > 0 || ticker === null) return;
  clearInterval(ticker);
  ticker = null;
}

/** Calls `overdue()` soon after `dueMs` unless it is settled before. One timer serves all calls there are. */
export function watchDeadline(item: Deadline): void {
  watched.add(item);
  ticker ??= setInterval(tick, TICK_MS);
}

export function clearDeadline(item: Deadline): void {
  watched.delete(item);
}
