import type { Log } from "../log.ts";
import type { SessionIds } from "../protocol/session-ids.ts";
import { negotiateLegacyVersion } from "../protocol/versions.ts";
import type { Pool } from "../server/pool.ts";
import type { Clock } from "../util/clock.ts";
import { choosePlace } from "../util/fair-share.ts";
import { ReplayBudget } from "./replay.ts";
import { Session } from "./session.ts";

const MAX_EVENTS = 100_000;
/** How long a session that cannot be resumed must have been idle before it makes room for another. */
const MIN_IDLE_MS = 60_000;
const MAX_EVENT_BYTES = 48 * 1024 * 1024;

export interface SessionsOptions {
  pool: Pool;
  ids: SessionIds;
  clock: Clock;
  maxSessions: number;
  idleMs: number;
  log: Log;
}

/**
 * The open sessions, by id. Behind a gateway a session belongs to the client that opened it, and is unknown to every other. Without a
 * gateway an id, which cannot be guessed, proves that a session is one's own.
 */
export class Sessions {
  readonly max: number;
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #replay = new ReplayBudget(MAX_EVENTS, MAX_EVENT_BYTES, null);
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.max = options.maxSessions;
    this.#sweeper = setInterval(() => this.sweep(), Math.min(15_000, options.idleMs / 2)).unref();
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** The limit of sessions is reached. */
  get isFull(): boolean {
    return this.#sessions.size >= this.max;
  }

  get callsInFlight(): number {
    let calls = 0;
    for (const session of this.#sessions.values()) calls += session.callsInFlight;
    return calls;
  }

  /** Calls that a server can be about to answer. A session that never finished its handshake has none. */
  get answerableCalls(): number {
    let calls = 0;
    for (const { upstream, callsInFlight } of this.#sessions.values())
      if (upstream.result !== null) calls += callsInFlight;
    return calls;
  }

  /**
   * Returns the session of that id, and resumes one that began in a previous process. "gone": the holder has none. "busy": there is
   * no room for it now.
   */
  find(id: string, holder = ""): Session | "gone" | "busy" {
    const live = this.#sessions.get(id);
    if (live !== undefined) return belongsTo(live, holder) ? live : "gone";
    const initializeParams = this.#options.ids.open(id, holder);
    if (initializeParams === null) return "gone";
    return this.#create(initializeParams, holder, id) ?? "busy";
  }

  /** Opens a session for a client that sent these `initialize` params. Null at the limit of sessions or servers. */
  open(initializeParams: Record<string, unknown>, holder = ""): Session | null {
    return this.#create(initializeParams, holder, null);
  }

  #create(params: Record<string, unknown>, holder: string, resumedId: string | null): Session | null {
    const { pool, ids, clock } = this.#options;
    if (this.isFull && !this.#makeRoom(holder)) return null;
    const initializeParams = { ...params, protocolVersion: negotiateLegacyVersion(params.protocolVersion) };
    const upstream = pool.acquire(initializeParams, resumedId !== null);
    if (upstream === null) return null;
    const id = resumedId ?? ids.make(initializeParams, undefined, holder);
    const session = new Session({
      id,
      holder,
      initializeParams,
      upstream,
      replay: this.#replay,
      clock,
      isResumed: resumedId !== null,
    });
    this.#sessions.set(id, session);
    return session;
  }

  /**
   * Suspends a session of the holder that has the most, so that clients which never end their sessions do not lock others out: the one
   * that has been idle longest. Its sealed id can be resumed. A random id cannot, so such a session must have been idle for a minute.
   *
   * @returns false when there is none whose place the holder may have
   */
  #makeRoom(holder: string): boolean {
    const now = this.#options.clock.monotonicMs();
    const place = choosePlace(this.#sessions.values(), holder, {
      isIdle: (session) => !session.isActive && (now - session.lastUsedMs >= MIN_IDLE_MS || this.#isSealed(session)),
      // A stream that only listens is opened again by its client; a call would be lost.
      canYield: (session) => session.callsInFlight === 0 && this.#isSealed(session),
    });
    if (place === null) return false;
    this.#options.log.logHost("a session of the client with the most of them has made room for another");
    this.#remove(place);
    return true;
  }

  #isSealed({ id, holder }: Session): boolean {
    return this.#options.ids.open(id, holder) !== null;
  }

  /** Ends the session of that id, even one that is not live. Returns false when the holder has none. */
  end(id: string, holder = ""): boolean {
    const session = this.#sessions.get(id);
    const isOwn = session === undefined ? this.#options.ids.open(id, holder) !== null : belongsTo(session, holder);
    if (!isOwn) return false;
    this.#options.ids.end(id, true);
    if (session !== undefined) this.close(session);
    return true;
  }

  /** Moves a session to another server if its own has been stopped. Returns false at the limit of servers. */
  ensureUpstream(session: Session): boolean {
    if (!session.upstream.isRetired) return true;
    const upstream = this.#options.pool.acquire(session.initializeParams, true);
    if (upstream !== null) session.moveTo(upstream);
    return upstream !== null;
  }

  close(session: Session): void {
    if (!this.#sessions.has(session.id)) return;
    this.#options.ids.end(session.id);
    this.#remove(session);
  }

  #remove(session: Session): void {
    this.#sessions.delete(session.id);
    session.end();
    this.#options.pool.release(session.upstream);
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const session of [...this.#sessions.values()]) this.close(session);
  }

  /** Ends sessions that were idle for too long. Exposed for the timer, and for tests that hold the clock. */
  sweep(): void {
    const now = this.#options.clock.monotonicMs();
    for (const session of [...this.#sessions.values()]) {
      if (session.isActive) session.touch();
      else if (now - session.lastUsedMs > this.#options.idleMs) {
        this.#options.log.logHost("a session was idle too long and has ended");
        this.close(session);
      }
    }
    this.#options.pool.sweep();
  }
}

function belongsTo(session: Session, holder: string): boolean {
  return session.holder === "" || session.holder === holder;
}
