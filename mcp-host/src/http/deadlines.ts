import { Bag, type Placed } from "../util/unordered-set.ts";

const TICK_MS = 50;

/** Something to be done when something else has not happened by then. */
export interface Overdue extends Placed {
  /** Monotonic clock; may be put off. */
  readonly dueMs: number;
  overdue(): void;
}

const waiting = new Bag<Overdue>();
let ticker: NodeJS.Timeout | null = null;

function tick(): void {
  const now = performance.now();
  for (const item of waiting.values()) {
    // What was done for one before it may have settled it.
    if (item.dueMs <= now && waiting.delete(item)) item.overdue();
  }
  if (waiting.size > 0 || ticker === null) return;
  clearInterval(ticker);
  ticker = null;
}

/** Calls `overdue()` soon after `dueMs` unless it is settled before. One timer serves all calls there are. */
export function watch(item: Overdue): void {
  waiting.add(item);
  ticker ??= setInterval(tick, TICK_MS);
}

export function settle(item: Overdue): void {
  waiting.delete(item);
}
