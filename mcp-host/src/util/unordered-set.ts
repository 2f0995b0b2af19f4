/** What can be in a {@link Bag}, in one at a time. */
export interface Placed {
  /** Where in its bag it is, undefined when it is in none; for the bag alone. */
  place?: number | undefined;
}

/** Things in no order that come and go with every request. {@link IdTable} tells what a Set would do with them. */
export class Bag<T extends Placed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.place = this.#items.push(item) - 1;
  }

  /** False when it was not there. */
  delete(item: T): boolean {
    const { place } = item;
    if (place === undefined) return false;
    item.place = undefined;
    const last = this.#items.pop();
    if (last === undefined || last === item) return true;
    // The last one takes the place that became free.
    this.#items[place] = last;
    last.place = place;
    return true;
  }

  /** All that are there now. */
  values(): T[] {
    return [...this.#items];
  }
}
