/** Runs at most `maxRunning` tasks at once, and lets at most `maxWaiting` more wait in order. */
export class Semaphore {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a task when it is its turn.
   *
   * @throws SemaphoreFullError without running the task when too many wait, and whatever the task throws
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running++;
    else if (this.#waiting.length >= this.#maxWaiting) throw new SemaphoreFullError();
    // The task that ends passes its place on, so that #running stays as it is.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** Too many tasks wait already. */
export class SemaphoreFullError extends Error {
  override readonly name = "SemaphoreFullError";
}
