import type { SseConnection } from "../http/sse.ts";
import type { ReplayBudget, StoredEvent } from "./replay.ts";

/**
 * One logical event stream of a session: the session's own (GET) or that of one POST. It outlives its connections: what
 * is pushed while none is there is kept, within the budget, until the client comes back for it.
 */
export class EventStream {
  /** Names the stream in its event ids, `KEY-SEQ`. */
  readonly key: number;
  readonly #budget: ReplayBudget;
  readonly #onCongestion: (connection: SseConnection) => void;
  #events: StoredEvent[] = [];
  #nextSeq = 1;
  /** The last event that some connection has been given. */
  #sentSeq = 0;
  #evictedSeq = 0;
  #connection: SseConnection | null = null;
  #finished = false;

  constructor(key: number, budget: ReplayBudget, onCongestion: (connection: SseConnection) => void) {
    this.key = key;
    this.#budget = budget;
    this.#onCongestion = onCongestion;
  }

  get isConnected(): boolean {
    return this.#connection !== null;
  }

  get isFinished(): boolean {
    return this.#finished;
  }

  push(data: string): void {
    if (this.#finished) return;
    const event: StoredEvent = { seq: this.#nextSeq++, data, owner: this };
    this.#events.push(event);
    const connection = this.#connection;
    if (connection !== null) this.#write(connection, event);
    this.#budget.add(event);
    if (connection?.isCongested) this.#onCongestion(connection);
  }

  /** No more events will come; an open connection ends after the last. */
  finish(): void {
    this.#finished = true;
    this.#connection?.end();
  }

  /** Whether the stream can be taken up after event `seq`: that of a call only in full, since its response would be missed. */
  canReplayAfter(seq: number): boolean {
    return seq < this.#nextSeq && (seq >= this.#evictedSeq || this.key === 0);
  }

  /** Lets a connection carry the stream on, after event `afterSeq`, or after what was sent last when null. Ends the connection before. */
  attach(connection: SseConnection, afterSeq: number | null): void {
    this.#connection?.end();
    this.#connection = connection;
    connection.onClose(() => {
      if (this.#connection === connection) this.#connection = null;
    });
    const from = afterSeq ?? this.#sentSeq;
    for (const event of this.#events) if (event.seq > from) this.#write(connection, event);
    if (this.#finished) connection.end();
  }

  /** The id that a priming event carries: from it everything that comes after can be asked for again. */
  get primingId(): string {
    return `${this.key}-${this.#sentSeq}`;
  }

  onEvicted(event: StoredEvent): void {
    const index = this.#events[0] === event ? 0 : this.#events.indexOf(event);
    if (index !== -1) this.#events.splice(index, 1);
    this.#evictedSeq = Math.max(this.#evictedSeq, event.seq);
    this.#budget.remove(event);
  }

  #write(connection: SseConnection, event: StoredEvent): void {
    this.#sentSeq = Math.max(this.#sentSeq, event.seq);
    connection.sendEvent(`${this.key}-${event.seq}`, event.data);
  }
}
