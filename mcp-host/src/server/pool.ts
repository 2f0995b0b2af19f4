import { canonicalJson, isObject } from "../protocol/json.ts";
import type { RunningServer } from "./memory.ts";
import type { Upstream } from "./upstream.ts";

export interface PoolOptions {
  isolation: "shared" | "session";
  /** How many server processes there may be in shared isolation. */
  maxServers: number;
  idleMs: number;
  create: () => Upstream;
  /** Whether there is memory for one more server beside these processes. */
  hasRoom: (servers: RunningServer[]) => boolean;
}

interface Slot {
  upstream: Upstream;
  /** What its clients have declared; null before it has any. */
  profile: string | null;
  /** They can be asked something; it has one of them, or as few as may be. */
  hasClientFeatures: boolean;
}

/** For how long nobody may have used a server that clients share before a client for which there is none takes its place. */
const YIELD_AFTER_MS = 60_000;

/** When some client of a server last used it, on the monotonic clock. */
function findLastUsedMs(slot: Slot): number {
  return Math.max(...[...slot.upstream.sessions].map((peer) => peer.lastUsedMs));
}

/** Whether a client that declares this can be asked something by its server. */
function declaresClientFeatures(capabilities: unknown): boolean {
  return isObject(capabilities) && ["sampling", "elicitation", "roots"].some((name) => isObject(capabilities[name]));
}

/**
 * The servers that run. In session isolation one for each session. In shared isolation one for each distinct set of
 * client capabilities, since a stdio server is told those only once; and clients that can be asked something get one each
 * as far as the number allows, because only then is it certain which of them the server asks. One uninitialised server is
 * started ahead.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  /** The ends of those that have been given up, which take a while where a server does not listen. */
  readonly #ending = new Set<Promise<void>>();
  #prestarted: Slot | null = null;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get upstreams(): Upstream[] {
    return [...this.#slots].map((slot) => slot.upstream);
  }

  /** Starts a server that the first client takes over. */
  prestart(): void {
    if (this.#prestarted !== null || this.#stopped) return;
    this.#prestarted = this.#add();
    this.#prestarted.upstream.supervisor.start();
  }

  /**
   * The server for a client that declares this; null when there may be no more of them. A client that is `returning`
   * takes no server away from others, except where it could not go on otherwise, and they have been quiet for a minute.
   */
  acquire(initializeParams: Record<string, unknown>, isReturning = false): Upstream | null {
    const { protocolVersion, capabilities } = initializeParams;
    if (this.#options.isolation === "session") return this.#acquireForSession();
    const profile = canonicalJson([protocolVersion ?? null, capabilities ?? null]);
    const known = [...this.#slots].filter((slot) => slot.profile === profile).map((slot) => slot.upstream);
    const isAskable = declaresClientFeatures(capabilities);
    const own = isAskable ? known.find((upstream) => upstream.sessions.size === 0 && upstream.isUnused) : known[0];
    if (own !== undefined) return own;
    const isFull = this.#prestarted === null && this.#slots.size >= this.#options.maxServers;
    if (isFull ? this.#makeRoom(isReturning, known.length === 0) : known.length === 0 || this.#hasRoom())
      return this.#claim(profile, isAskable);
    // They share then, as few processes as may be: what a server asks is refused where it cannot be told whom it means.
    return known.sort((a, b) => b.sessions.size - a.sessions.size)[0] ?? null;
  }

  /** A client has left its server. */
  release(upstream: Upstream): void {
    const slot = this.#findSlot(upstream);
    if (upstream.sessions.size > 0 || slot === null) return;
    if (upstream.result === null && upstream.reclaim() && this.#prestarted === null) {
      // It broke before it was anybody's: it stays, with its history, for the next session to try.
      slot.profile = null;
      this.#prestarted = slot;
    } else if (this.#options.isolation === "session" || upstream.result === null) this.#remove(slot);
    this.#refill();
  }

  /** Stops the servers that no client has used for long, but never the last one. */
  sweep(): void {
    for (const slot of this.#listUnused()) {
      const idleMs = performance.now() - (slot.upstream.idleSinceMs ?? 0);
      if (this.#slots.size > 1 && idleMs > this.#options.idleMs) this.#remove(slot);
    }
  }

  /** Ends every server; resolves when none is left, of those either that had been given up before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.upstreams.map((upstream) => upstream.stop()), ...this.#ending]);
  }

  #acquireForSession(): Upstream | null {
    if (this.#prestarted === null && this.#slots.size > 0 && !this.#hasRoom()) return null;
    setImmediate(() => this.#refill());
    return this.#claim(null, false);
  }

  #add(): Slot {
    const slot: Slot = { upstream: this.#options.create(), profile: null, hasClientFeatures: false };
    this.#slots.add(slot);
    return slot;
  }

  #claim(profile: string | null, hasClientFeatures: boolean): Upstream {
    const slot = this.#prestarted ?? this.#add();
    this.#prestarted = null;
    slot.profile = profile;
    slot.hasClientFeatures = hasClientFeatures;
    return slot.upstream;
  }

  #refill(): void {
    const wanted = this.#options.isolation === "session" ? this.#hasRoom() : this.#slots.size === 0;
    if (wanted) this.prestart();
  }

  #hasRoom(): boolean {
    const now = performance.now();
    const servers = this.upstreams.flatMap(({ supervisor: { process } }) =>
      process?.pid == null ? [] : [{ pid: process.pid, ageMs: now - process.startedMs }],
    );
    return this.#options.hasRoom(servers);
  }

  /**
   * Stops the server that has been without use for longest: one that nobody has, else one whose clients are all quiet. A
   * server that clients share, which loses what they have in its memory, gives way only to one that could not be served at all.
   */
  #makeRoom(isReturning: boolean, isNeeded: boolean): boolean {
    const idle = this.#listIdle();
    const slot =
      this.#listUnused()[0] ??
      (isReturning ? undefined : idle.find(({ hasClientFeatures }) => hasClientFeatures)) ??
      (isNeeded ? idle.find((slot) => performance.now() - findLastUsedMs(slot) > YIELD_AFTER_MS) : undefined);
    if (slot === undefined) return false;
    this.#remove(slot);
    return true;
  }

  #listUnused(): Slot[] {
    return [...this.#slots]
      .filter((slot) => slot.upstream.sessions.size === 0 && slot !== this.#prestarted)
      .sort((a, b) => (a.upstream.idleSinceMs ?? 0) - (b.upstream.idleSinceMs ?? 0));
  }

  /** Servers of clients that have neither call nor stream, quiet for longest first; they get another when they come back. */
  #listIdle(): Slot[] {
    return [...this.#slots]
      .filter((slot) => slot !== this.#prestarted && [...slot.upstream.sessions].every((peer) => !peer.isActive))
      .sort((a, b) => findLastUsedMs(a) - findLastUsedMs(b));
  }

  #findSlot(upstream: Upstream): Slot | null {
    for (const slot of this.#slots) if (slot.upstream === upstream) return slot;
    return null;
  }

  #remove(slot: Slot): void {
    this.#slots.delete(slot);
    if (this.#prestarted === slot) this.#prestarted = null;
    const end = slot.upstream.retire().finally(() => this.#ending.delete(end));
    this.#ending.add(end);
  }
}
