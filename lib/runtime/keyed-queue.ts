/** Runs one task at a time for each key, first in, first out. Tasks of different keys run side by side. */
export class KeyedQueue {
  readonly #queues = new Map<string, Promise<void>>();

  /** Runs the task after every earlier task of this key has settled. Settles as the task does. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#queues.get(key) ?? Promise.resolve()).then(task);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#queues.set(key, settled);
    void settled.then(() => {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    });
    return result;
  }

  /** Resolves when every task queued so far has settled. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }
}
