export interface Clock {
  /** Milliseconds that pass evenly and stand still while the machine is suspended; for everything that lasts. */
  monotonicMs(): number;
  /** Milliseconds since 1970, which can jump; only for what has to mean something to another process. */
  wallMs(): number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
