/** Loops within loops whose bodies are evaluated once for each value. */
const MAX_NESTED = 2;

/** Bounds the evaluation of one body for each of several values: nested, its cost multiplies. */
export class Repeats {
  #nested = 0;

  /** Returns the result of a function, or null if two repeated evaluations enclose this one already. */
  within<T>(run: () => T): T | null {
    if (this.#nested >= MAX_NESTED) return null;
    this.#nested += 1;
    try {
      return run();
    } finally {
      this.#nested -= 1;
    }
  }
}
