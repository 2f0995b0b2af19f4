const MIN_SLOTS = 64;

/**
 * Items under ids that the table hands out, rising from 1: a Map for what comes and goes thousands of times a second. A Map
 * allocates a new table whenever the last one is full of deleted entries, and V8 keeps a pointer from the old table to the new.
 * Once one table is in the old generation, each later one survives young collections with all that it held, so every request
 * becomes garbage that only a full collection finds. This table reuses its slots.
 */
export class SlotTable<T> {
  #ids: number[] = createSlots(MIN_SLOTS, 0);
  #items: (T | undefined)[] = createSlots(MIN_SLOTS, undefined);
  #size = 0;
  #lastId = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns an id that was never handed out before. The caller need not use it. */
  nextId(): number {
    if (this.#size * 2 >= this.#items.length) this.#resize(this.#items.length * 2);
    // Usually the next number. Skip ids whose slot a long-lived item holds.
    do this.#lastId++;
    while (this.#items[this.#slotOf(this.#lastId)] !== undefined);
    return this.#lastId;
  }

  /** Stores an item under an unused id of {@link nextId}. */
  set(id: number, item: T): void {
    while (this.#items[this.#slotOf(id)] !== undefined) this.#resize(this.#items.length * 2);
    this.#put(id, item);
    this.#size++;
  }

  get(id: number): T | undefined {
    const slot = this.#slotOf(id);
    return this.#ids[slot] === id ? this.#items[slot] : undefined;
  }

  /** Returns false when nothing was stored under the id. */
  delete(id: number): boolean {
    if (this.get(id) === undefined) return false;
    this.#items[this.#slotOf(id)] = undefined;
    this.#size--;
    if (this.#size === 0 && this.#items.length > MIN_SLOTS) this.#resize(MIN_SLOTS);
    return true;
  }

  /** Returns all items, in the order of their ids. */
  values(): T[] {
    const ids = this.#ids.filter((_, slot) => this.#items[slot] !== undefined).sort((a, b) => a - b);
    return ids.flatMap((id) => this.get(id) ?? []);
  }

  #slotOf(id: number): number {
    return id & (this.#items.length - 1);
  }

  #put(id: number, item: T): void {
    const slot = this.#slotOf(id);
    this.#ids[slot] = id;
    this.#items[slot] = item;
  }

  /** Doubling the slots keeps ids apart that are apart now. */
  #resize(slots: number): void {
    const [ids, items] = [this.#ids, this.#items];
    this.#ids = createSlots(slots, 0);
    this.#items = createSlots(slots, undefined);
    for (const [slot, item] of items.entries()) if (item !== undefined) this.#put(ids[slot] ?? 0, item);
  }
}

function createSlots<V>(count: number, value: V): V[] {
  return new Array<V>(count).fill(value);
}
