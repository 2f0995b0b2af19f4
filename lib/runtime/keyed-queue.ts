/** Does one thing to a machine after the other, in the order in which they were asked for; machines do not wait for each other. */
export class KeyedQueue {
  readonly #queues = new Map<string, Promise<void>>();

  /** Runs the work when everything asked for before under this id has ended, however it ended. */
  run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#queues.get(id) ?? Promise.resolve()).then(work);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#queues.set(id, settled);
    void settled.then(() => {
      if (this.#queues.get(id) === settled) this.#queues.delete(id);
    });
    return result;
  }

  /** Resolves when all that has been asked for so far has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }
}
