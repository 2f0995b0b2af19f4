import { workerState } from "./worker-state.ts";

/**
 * Runs work in one of the process's few run slots, and waits for a free one first.
 *
 * @throws the signal's reason when it aborts before a slot is free, and whatever the work throws
 */
export async function withSlot(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const state = workerState();
  while (state.freeSlots === 0) {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      state.slotWaiters.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  signal.throwIfAborted();
  state.freeSlots--;
  try {
    await work();
  } finally {
    state.freeSlots++;
    // Wake all waiters: an aborted one would swallow the turn of another.
    for (const wake of state.slotWaiters.splice(0)) wake();
  }
}
