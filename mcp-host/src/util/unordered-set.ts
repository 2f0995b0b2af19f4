/** An item that can be in one {@link UnorderedSet} at a time. */
export interface Indexed {
  /** Its index in the set, or undefined. For the set alone. */
  slot?: number | undefined;
}

/** Items without order that come and go with every request. {@link SlotTable} says why a Set would keep them as garbage. */
export class UnorderedSet<T extends Indexed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.push(item) - 1;
  }

  /** Returns false when the item was not in the set. */
  delete(item: T): boolean {
    const { slot } = item;
    if (slot === undefined) return false;
    item.slot = undefined;
    const last = this.#items.pop();
    if (last === undefined || last === item) return true;
    // Move the last item into the free slot.
    this.#items[slot] = last;
    last.slot = slot;
    return true;
  }

  /** Returns a copy of all items. */
  values(): T[] {
    return [...this.#items];
  }
}
