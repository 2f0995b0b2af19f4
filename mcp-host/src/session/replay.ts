/** One server-sent event that a client can ask for again. */
export interface StoredEvent {
  seq: number;
  data: string;
  owner: { onEvicted(event: StoredEvent): void };
}

/** Fixed cost of an event besides its text. */
const OVERHEAD_BYTES = 128;

/** Bounds the events kept for replay, by count and bytes, for one session and for all. Evicts the oldest first. */
export class ReplayBudget {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #parent: ReplayBudget | null;
  readonly #events = new Set<StoredEvent>();
  #bytes = 0;

  constructor(maxEvents: number, maxBytes: number, parent: ReplayBudget | null) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
    this.#parent = parent;
  }

  add(event: StoredEvent): void {
    this.#events.add(event);
    this.#bytes += event.data.length + OVERHEAD_BYTES;
    this.#parent?.add(event);
    while (this.#events.size > this.#maxEvents || this.#bytes > this.#maxBytes) {
      const oldest = this.#events.values().next();
      if (oldest.done) break;
      oldest.value.owner.onEvicted(oldest.value);
    }
  }

  /** Removes an event that its owner no longer keeps. Called on the session's budget. */
  remove(event: StoredEvent): void {
    if (!this.#events.delete(event)) return;
    this.#bytes -= event.data.length + OVERHEAD_BYTES;
    this.#parent?.remove(event);
  }

  clear(): void {
    for (const event of [...this.#events]) this.remove(event);
  }
}
