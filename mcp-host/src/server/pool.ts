import { canonicalJson } from "../json.ts";
import type { Upstream } from "./upstream.ts";

export interface PoolOptions {
  isolation: "shared" | "session";
  /** How many server processes there may be in shared isolation. */
  maxServers: number;
  idleMs: number;
  create: () => Upstream;
  /** Whether there is memory to start a process before it is needed. */
  roomForSpare: () => boolean;
}

/**
 * The servers that run. In shared isolation one for each distinct set of client capabilities, since a stdio server is
 * told those only once; in session isolation one for each session. One uninitialised server is started ahead.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #shared = new Map<string, Upstream>();
  readonly #all = new Set<Upstream>();
  #spare: Upstream | null = null;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get upstreams(): Upstream[] {
    return [...this.#all];
  }

  /** Starts a server that the first session takes over. */
  startSpare(): void {
    if (this.#spare !== null || this.#stopped) return;
    this.#spare = this.#add();
    this.#spare.supervisor.start();
  }

  /** The server for a session that declares this; null when there may be no more of them. */
  obtain(initializeParams: Record<string, unknown>): Upstream | null {
    if (this.#options.isolation === "session") return this.#fresh();
    const { protocolVersion, capabilities } = initializeParams;
    const profile = canonicalJson([protocolVersion ?? null, capabilities ?? null]);
    const known = this.#shared.get(profile);
    if (known !== undefined) return known;
    if (this.#spare === null && this.#all.size >= this.#options.maxServers && !this.#evict()) return null;
    const upstream = this.#fresh();
    this.#shared.set(profile, upstream);
    return upstream;
  }

  /** A session has left its server. */
  released(upstream: Upstream): void {
    if (upstream.sessions.size > 0 || !this.#all.has(upstream)) return;
    if (upstream.result === null && upstream.giveBack() && this.#spare === null) {
      // It broke before it was anybody's: it stays, with its history, for the next session to try.
      this.#forgetProfile(upstream);
      this.#spare = upstream;
    } else if (this.#options.isolation === "session" || upstream.result === null) this.#remove(upstream);
    this.#refill();
  }

  /** Stops the servers that no session has used for long, but never the last one. */
  sweep(): void {
    for (const upstream of this.#idle()) {
      const idleMs = performance.now() - (upstream.idleSinceMs ?? 0);
      if (this.#all.size > 1 && idleMs > this.#options.idleMs) this.#remove(upstream);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((upstream) => upstream.stop()));
  }

  #add(): Upstream {
    const upstream = this.#options.create();
    this.#all.add(upstream);
    return upstream;
  }

  #fresh(): Upstream {
    const upstream = this.#spare ?? this.#add();
    this.#spare = null;
    if (this.#options.isolation === "session") setImmediate(() => this.#refill());
    return upstream;
  }

  #refill(): void {
    const wanted = this.#options.isolation === "session" ? this.#options.roomForSpare() : this.#all.size === 0;
    if (wanted) this.startSpare();
  }

  #idle(): Upstream[] {
    return [...this.#all]
      .filter((upstream) => upstream.sessions.size === 0 && upstream !== this.#spare)
      .sort((a, b) => (a.idleSinceMs ?? 0) - (b.idleSinceMs ?? 0));
  }

  #evict(): boolean {
    const [oldest] = this.#idle();
    if (oldest === undefined) return false;
    this.#remove(oldest);
    return true;
  }

  #remove(upstream: Upstream): void {
    if (!this.#all.delete(upstream)) return;
    this.#forgetProfile(upstream);
    if (this.#spare === upstream) this.#spare = null;
    void upstream.stop();
  }

  #forgetProfile(upstream: Upstream): void {
    for (const [profile, known] of this.#shared) if (known === upstream) this.#shared.delete(profile);
  }
}
