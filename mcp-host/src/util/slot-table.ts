const MIN_SLOTS = 64;

/**
 * Things under ids that it hands out itself, rising from 1: a Map for what comes and goes thousands of times a second.
 * A Map takes a new table whenever the last is full of what was deleted, and in V8 the last goes on pointing to it. Once one of
 * them is in the old generation, each that follows outlives the young one's collections, with all that it held, and every request
 * ends as garbage that only a full collection finds. Here places are used again.
 */
export class SlotTable<T> {
  #ids: number[] = createSlots(MIN_SLOTS, 0);
  #items: (T | undefined)[] = createSlots(MIN_SLOTS, undefined);
  #size = 0;
  #lastId = 0;

  get size(): number {
    return this.#size;
  }

  /** An id that was never given before; it need not be used. */
  nextId(): number {
    if (this.#size * 2 >= this.#items.length) this.#resize(this.#items.length * 2);
    // Most often the next number; one whose place is taken by something that stays for long is left out.
    do this.#lastId++;
    while (this.#items[this.#slotOf(this.#lastId)] !== undefined);
    return this.#lastId;
  }

  /** Keeps a thing under an id of {@link nextId} that nothing is kept under yet. */
  set(id: number, item: T): void {
    while (this.#items[this.#slotOf(id)] !== undefined) this.#resize(this.#items.length * 2);
    this.#put(id, item);
    this.#size++;
  }

  get(id: number): T | undefined {
    const slot = this.#slotOf(id);
    return this.#ids[slot] === id ? this.#items[slot] : undefined;
  }

  /** False when nothing was kept under it. */
  delete(id: number): boolean {
    if (this.get(id) === undefined) return false;
    this.#items[this.#slotOf(id)] = undefined;
    this.#size--;
    if (this.#size === 0 && this.#items.length > MIN_SLOTS) this.#resize(MIN_SLOTS);
    return true;
  }

  /** All that is kept now, in the order of the ids. */
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

  /** Ids with places of their own keep them among twice as many. */
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
