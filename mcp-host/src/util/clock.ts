export interface Clock {
  /** Milliseconds that pass evenly and stand still while the machine is suspended. For durations. */
  monotonicMs(): number;
  /** Milliseconds since 1970, which can jump. Only for what another process must understand. */
  wallMs(): number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
