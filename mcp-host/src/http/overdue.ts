const TICK_MS = 50;

/** Something to be done when something else has not happened by then. */
export interface Overdue {
  /** Monotonic clock; may be put off. */
  readonly dueMs: number;
  overdue(): void;
  /** Where it waits, undefined when it does not; for watch and settle alone. */
  place?: number | undefined;
}

/** In no order. Not a Set, for what that does with things that come and go with every request: see IdTable. */
const waiting: Overdue[] = [];
let ticker: NodeJS.Timeout | null = null;

function tick(): void {
  const now = performance.now();
  for (const item of waiting.filter(({ dueMs }) => dueMs <= now)) {
    // What was done for one before it may have settled it.
    if (settle(item)) item.overdue();
  }
  if (waiting.length > 0 || ticker === null) return;
  clearInterval(ticker);
  ticker = null;
}

/** Calls `overdue()` soon after `dueMs` unless it is settled before. One timer serves all calls there are. */
export function watch(item: Overdue): void {
  item.place = waiting.push(item) - 1;
  ticker ??= setInterval(tick, TICK_MS);
}

/** False when it did not wait. */
export function settle(item: Overdue): boolean {
  const { place } = item;
  if (place === undefined) return false;
  item.place = undefined;
  const last = waiting.pop();
  if (last === undefined || last === item) return true;
  // The last one takes the place that became free.
  waiting[place] = last;
  last.place = place;
  return true;
}
