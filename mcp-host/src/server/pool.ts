import { canonicalJson, isObject } from "../protocol/json.ts";
import type { RunningServer } from "./memory.ts";
import type { Upstream } from "./upstream.ts";

export interface PoolOptions {
  isolation: "shared" | "session";
  /** Maximum of server processes in shared isolation. */
  maxServers: number;
  idleMs: number;
  create: () => Upstream;
  /** Returns whether one more server fits in memory beside these processes. */
  hasRoom: (servers: RunningServer[]) => boolean;
}

interface Slot {
  upstream: Upstream;
  /** What its clients have declared. Null before it has any. */
  profile: string | null;
  /** Its clients declare sampling, elicitation or roots, so it has as few of them as possible. */
  hasClientFeatures: boolean;
}

/** How long the clients of a shared server must have been idle before another client can take its place. */
const YIELD_AFTER_MS = 60_000;

/**
 * The running servers. Session isolation: one for each session. Shared isolation: one for each set of client capabilities, because
 * a stdio server is told those only once. Clients that a server can ask get one each while the limit allows: only then is it
 * certain which client the server asks. One uninitialized server is started ahead.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  /** Servers that are stopping, which can take seconds. */
  readonly #ending = new Set<Promise<void>>();
  #prestarted: Slot | null = null;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get upstreams(): Upstream[] {
    return [...this.#slots].map((slot) => slot.upstream);
  }

  /** Starts a server for the first client ahead of time. */
  prestart(): void {
    if (this.#prestarted !== null || this.#stopped) return;
    this.#prestarted = this.#add();
    this.#prestarted.upstream.supervisor.start();
  }

  /**
   * Returns a server for a client that declares this, or null at the limit. A returning client takes no server from others, unless
   * it could not go on otherwise and they have been idle for a minute.
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
    // Share as few processes as possible. Requests from a shared server are refused when their client is unknown.
    return known.sort((a, b) => b.sessions.size - a.sessions.size)[0] ?? null;
  }

  /** Called when a client has left its server. */
  release(upstream: Upstream): void {
    const slot = this.#findSlot(upstream);
    if (upstream.sessions.size > 0 || slot === null) return;
    if (upstream.result === null && upstream.reclaim() && this.#prestarted === null) {
      // It failed before a client used it. Keep it, with its history, for the next session.
      slot.profile = null;
      this.#prestarted = slot;
    } else if (this.#options.isolation === "session" || upstream.result === null) this.#remove(slot);
    this.#refill();
  }

  /** Stops servers that have been unused for long, but never the last one. */
  sweep(): void {
    for (const slot of this.#listUnused()) {
      const idleMs = performance.now() - (slot.upstream.idleSinceMs ?? 0);
      if (this.#slots.size > 1 && idleMs > this.#options.idleMs) this.#remove(slot);
    }
  }

  /** Stops every server. Resolves when all are gone, also those that were stopping before. */
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
   * Stops the server that has been idle longest: one without clients, else one whose clients are all idle. A shared server loses
   * what it holds in memory, so it gives way only to a client that could not be served at all.
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

  /**
   * Lists servers whose clients have neither call nor stream, longest idle first. Those clients get another when they
   * return.
   */
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

/** Returns when a client of a server last used it, on the monotonic clock. */
function findLastUsedMs(slot: Slot): number {
  return Math.max(...[...slot.upstream.sessions].map((peer) => peer.lastUsedMs));
}

/** Returns whether a client declares a feature by which its server can ask it something. */
function declaresClientFeatures(capabilities: unknown): boolean {
  return isObject(capabilities) && ["sampling", "elicitation", "roots"].some((name) => isObject(capabilities[name]));
}
