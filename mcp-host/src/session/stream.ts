import type { SseConnection } from "../http/sse.ts";
import type { ReplayBudget, StoredEvent } from "./replay.ts";

/**
 * One logical event stream of a session: the session's own (GET) or that of a POST. It outlives its connections: events are stored,
 * within the budget, until the client returns for them (MCP 2025-11-25, basic/transports, "Resumability and Redelivery").
 */
export class EventStream {
  /** Names the stream in its event ids, `KEY-SEQ`. */
  readonly key: number;
  readonly #budget: ReplayBudget;
  readonly #onCongestion: (connection: SseConnection) => void;
  #events: StoredEvent[] = [];
  #nextSeq = 1;
  /** The last event that was sent on a connection. */
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

  /** Ends the stream. An open connection ends after the last event. */
  finish(): void {
    this.#finished = true;
    this.#connection?.end();
  }

  /**
   * Returns whether the stream can resume after event `seq`. A call's stream only in full: its response could be
   * missing.
   */
  canReplayAfter(seq: number): boolean {
    return seq < this.#nextSeq && (seq >= this.#evictedSeq || this.key === 0);
  }

  /**
   * Continues the stream on another connection and ends the previous one. Begins after event `afterSeq`, or after the last event
   * sent when null.
   */
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

  /** Returns the id for a priming event, after which the client can resume. */
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
