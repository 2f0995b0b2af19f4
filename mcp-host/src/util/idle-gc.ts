const CHECK_MS = 5_000;

/**
 * Gives memory back once mcp-host has become quiet: V8 collects when something is allocated, so what the last clients left
 * would stay for as long as no others come. `state` gives a text that changes with whatever happens; when it has stayed the same for
 * 5 s, everything is collected, once. Does nothing where Node was not started with `--expose-gc`.
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
    // As when memory is short: what has not run lately is dropped too, and the heap shrinks to what is in it.
    void gc({ type: "major", execution: "async", flavor: "last-resort" });
  }, CHECK_MS).unref();
}
