import { randomBytes } from "node:crypto";
import type { Log } from "../log.ts";
import type { Pool } from "../server/pool.ts";
import { ReplayBudget } from "./replay.ts";
import { Session } from "./session.ts";

const MAX_EVENTS = 100_000;
const MAX_EVENT_BYTES = 48 * 1024 * 1024;
const SESSION_ID_BYTES = 32;

export interface SessionsOptions {
  pool: Pool;
  maxSessions: number;
  idleMs: number;
  log: Log;
}

/** The open sessions, by id. Ids are 256 random bits: knowing one is what makes a client its owner. */
export class Sessions {
  readonly max: number;
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #replay = new ReplayBudget(MAX_EVENTS, MAX_EVENT_BYTES, null);
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.max = options.maxSessions;
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(15_000, options.idleMs / 2)).unref();
  }

  get count(): number {
    return this.#sessions.size;
  }

  get callsInFlight(): number {
    let calls = 0;
    for (const session of this.#sessions.values()) calls += session.callsInFlight;
    return calls;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /** Opens a session for a client that sent these `initialize` params; null when there may be no more of them, or of servers. */
  open(initializeParams: Record<string, unknown>): Session | null {
    if (this.#sessions.size >= this.max) return null;
    const upstream = this.#options.pool.obtain(initializeParams);
    if (upstream === null) return null;
    const id = randomBytes(SESSION_ID_BYTES).toString("base64url");
    const session = new Session({ id, initializeParams, upstream, replay: this.#replay });
    this.#sessions.set(id, session);
    return session;
  }

  /** Makes sure that a session has a server to go on with; false when there may be no more of them. */
  provide(session: Session): boolean {
    if (!session.upstream.retired) return true;
    const upstream = this.#options.pool.obtain(session.initializeParams, true);
    if (upstream !== null) session.moveTo(upstream);
    return upstream !== null;
  }

  close(session: Session): void {
    if (!this.#sessions.delete(session.id)) return;
    session.end();
    this.#options.pool.released(session.upstream);
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const session of [...this.#sessions.values()]) this.close(session);
  }

  /** The monotonic clock: a machine that was suspended has not aged its sessions. */
  #sweep(): void {
    const now = performance.now();
    for (const session of [...this.#sessions.values()]) {
      if (session.inUse) session.touch();
      else if (now - session.lastUsedMs > this.#options.idleMs) {
        this.#options.log.host("a session was idle too long and has ended");
        this.close(session);
      }
    }
    this.#options.pool.sweep();
  }
}
