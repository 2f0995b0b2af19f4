import type { Peer } from "./peer.ts";

/**
 * Tells which client has caused what a server sends by itself. MCP does not say which call a server's request belongs to, and a
 * server can ask on behalf of a call that it answered long ago. So only a process with a single client ever gives an answer.
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

  /** Records that a client sends a request. */
  recordCall(peer: Peer): void {
    if (this.#called.has(peer)) return;
    this.#called.add(peer);
    this.#firstCaller ??= peer;
    this.#callersEver++;
  }

  /** Returns the only client that ever used this process, or null when there are several or it has left. */
  findOnlyUser(): Peer | null {
    const sole = this.#callersEver === 0 ? this.#attachedEver === 1 : this.#callersEver === 1;
    const peer = this.#firstCaller ?? this.#firstAttached;
    return sole && peer !== null && !this.#departed.has(peer) ? peer : null;
  }
}
