import type { Peer } from "./peer.ts";

/**
 * Who may be the cause of what a server says of its own accord, on one process. The protocol does not say which call a
 * server's request belongs to, and a server can go on asking on behalf of a call that it answered long ago.
 */
export class Attribution {
  /**
   * How many calls each client has in flight; clients that are gone stay until their calls are forgotten. A client without a call
   * stays too: taking it out and in again with every call would have the Map make new tables all the time (see IdTable).
   */
  readonly #inFlight = new Map<Peer, number>();
  readonly #departed = new WeakSet<Peer>();
  readonly #attached = new WeakSet<Peer>();
  readonly #called = new WeakSet<Peer>();
  #firstAttached: Peer | null = null;
  #attachedEver = 0;
  #firstCaller: Peer | null = null;
  #callersEver = 0;

  /** No client has sent this process a request yet. */
  get untouched(): boolean {
    return this.#callersEver === 0;
  }

  attach(peer: Peer): void {
    if (this.#attached.has(peer)) return;
    this.#attached.add(peer);
    this.#firstAttached ??= peer;
    this.#attachedEver++;
  }

  depart(peer: Peer): void {
    this.#departed.add(peer);
    if (this.#inFlight.get(peer) === 0) this.#inFlight.delete(peer);
  }

  hasDeparted(peer: Peer): boolean {
    return this.#departed.has(peer);
  }

  begin(peer: Peer): void {
    this.#inFlight.set(peer, (this.#inFlight.get(peer) ?? 0) + 1);
    if (this.#called.has(peer)) return;
    this.#called.add(peer);
    this.#firstCaller ??= peer;
    this.#callersEver++;
  }

  end(peer: Peer): void {
    const left = (this.#inFlight.get(peer) ?? 1) - 1;
    if (left === 0 && this.#departed.has(peer)) this.#inFlight.delete(peer);
    else this.#inFlight.set(peer, left);
  }

  /** The client that a request of the server's can only be meant for: the one that ever used this process. Null when there is another. */
  onlyUser(): Peer | null {
    const sole = this.#callersEver === 0 ? this.#attachedEver === 1 : this.#callersEver === 1;
    const peer = this.#firstCaller ?? this.#firstAttached;
    return sole && peer !== null && !this.#departed.has(peer) ? peer : null;
  }

  /** The client whose calls alone are in flight, or that has the process to itself: good enough for a notification, not for a question. */
  likelyCause(): Peer | null {
    const [busy, another] = [...this.#inFlight].flatMap(([peer, calls]) => (calls > 0 ? [peer] : []));
    if (another !== undefined) return null;
    if (busy !== undefined) return this.#departed.has(busy) ? null : busy;
    const only = this.#attachedEver === 1 ? this.#firstAttached : null;
    return only === null || this.#departed.has(only) ? null : only;
  }
}
