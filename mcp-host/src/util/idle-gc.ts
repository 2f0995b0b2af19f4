const CHECK_MS = 5_000;

/**
 * Collects garbage once mcp-host is idle. V8 collects when memory is allocated, so what the last clients left would stay until
 * others come. `state` must change with whatever happens; after 5 s without change everything is collected, once. Does nothing
 * unless Node was started with `--expose-gc`.
 */
export function collectWhenIdle(state: () => string): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  let last = state();
  let collected = last;
  setInterval(() => {
    const now = state();
    const isIdle = now === last;
    last = now;
    if (!isIdle || now === collected) return;
    collected = now;
    // As under memory pressure: drops code that has not run lately and shrinks the heap.
    void gc({ type: "major", execution: "async", flavor: "last-resort" });
  }, CHECK_MS).unref();
}
