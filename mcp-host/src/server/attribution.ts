import type { Peer } from "./peer.ts";

/**
 * Who may be the cause of what a server says of its own accord, on one process. The protocol does not say which call a
 * server's request belongs to, and a server can go on asking on behalf of a call that it answered long ago.
 */
export class Attribution {
  readonly #departed = new WeakSet<Peer>();
  readonly #attached = new WeakSet<Peer>();
  readonly #called = new WeakSet<Peer>();
  #firstAttached: Peer | null = null;
  #attachedEver = 0;
  #firstCaller: Peer | null = null;
  #callersEver = 0;

  /** No client has sent this process a request yet. */
  get isUnused(): boolean {
    return this.#callersEver === 0;
  }

  recordAttachment(peer: Peer): void {
    if (this.#attached.has(peer)) return;
    this.#attached.add(peer);
    this.#firstAttached ??= peer;
    this.#attachedEver++;
  }

  recordDeparture(peer: Peer): void {
    this.#departed.add(peer);
  }

  hasDeparted(peer: Peer): boolean {
    return this.#departed.has(peer);
  }

  /** The client sends a request. */
  recordCall(peer: Peer): void {
    if (this.#called.has(peer)) return;
    this.#called.add(peer);
    this.#firstCaller ??= peer;
    this.#callersEver++;
  }

  /** The client that alone can be meant, or be the cause: the one that ever used this process. Null when there is another. */
  findOnlyUser(): Peer | null {
    const sole = this.#callersEver === 0 ? this.#attachedEver === 1 : this.#callersEver === 1;
    const peer = this.#firstCaller ?? this.#firstAttached;
    return sole && peer !== null && !this.#departed.has(peer) ? peer : null;
  }
}
