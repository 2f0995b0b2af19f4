/** What can be in a {@link UnorderedSet}, in one at a time. */
export interface Indexed {
  /** Where in its bag it is, undefined when it is in none; for the bag alone. */
  slot?: number | undefined;
}

/** Things in no order that come and go with every request. {@link IdTable} tells what a Set would do with them. */
export class UnorderedSet<T extends Indexed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.push(item) - 1;
  }

  /** False when it was not there. */
  delete(item: T): boolean {
    const { slot } = item;
    if (slot === undefined) return false;
    item.slot = undefined;
    const last = this.#items.pop();
    if (last === undefined || last === item) return true;
    // The last one takes the place that became free.
    this.#items[slot] = last;
    last.slot = slot;
    return true;
  }

  /** All that are there now. */
  values(): T[] {
    return [...this.#items];
  }
}
