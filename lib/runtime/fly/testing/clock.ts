import type { Clock } from "../clock.ts";

/** A clock that advances only by its sleeps, and records them. */
export class FakeClock implements Clock {
  /** Every wait in milliseconds, oldest first. */
  readonly slept: number[] = [];
  #nowMs = Date.UTC(2026, 0, 1);

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.#nowMs += ms;
  }
}
