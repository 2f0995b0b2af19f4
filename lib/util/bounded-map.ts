/** A map of at most `maxEntries`: adding another one drops the oldest. A `set` makes its entry the newest. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maxEntries: number;
  readonly #isTouchedByGet: boolean;

  /** @param options.touchOnGet makes `get` renew its entry too, so that the least recently used one is dropped */
  constructor(maxEntries: number, { touchOnGet = false }: { touchOnGet?: boolean } = {}) {
    super();
    this.#maxEntries = maxEntries;
    this.#isTouchedByGet = touchOnGet;
  }

  override get(key: K): V | undefined {
    const value = super.get(key);
    if (this.#isTouchedByGet && value !== undefined) this.set(key, value);
    return value;
  }

  override set(key: K, value: V): this {
    super.delete(key);
    super.set(key, value);
    if (this.size > this.#maxEntries) super.delete(this.keys().next().value as K);
    return this;
  }
}
