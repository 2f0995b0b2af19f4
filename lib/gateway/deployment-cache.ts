import { setTimeout as delay } from "node:timers/promises";
import { withTimeout } from "../util/timeout.ts";
import type { Connection, ConnectionSource } from "./deployment.ts";
import { failureOf, failures, GatewayError } from "./errors.ts";

export interface DirectoryLimits {
  /** From this age on an entry is read again behind the call's back. */
  refreshAfterMs: number;
  /** From this age on a call waits for that, so that a key revoked elsewhere does not work for one more call hours later. */
  awaitAfterMs: number;
  /** Between two readings of an entry for calls that it refuses. */
  againAfterMs: number;
  /** How long a call waits at most for an entry that is being read again. */
  refreshWaitMs: number;
  /** How long the first reading of an entry may take. */
  loadTimeoutMs: number;
  /** How long after a failed reading the database counts as away: nothing waits for it meanwhile. */
  awayMs: number;
  /** How old an entry may get while the database is away. */
  maxStaleMs: number;
  /** How long an id counts as unknown. */
  unknownMs: number;
  maxEntries: number;
  /** First readings at the same time; unknown ids cost one each, and anybody can make them up. */
  maxLoads: number;
}

export const directoryLimits: DirectoryLimits = {
  refreshAfterMs: 10_000,
  awaitAfterMs: 60_000,
  againAfterMs: 250,
  refreshWaitMs: 1_000,
  loadTimeoutMs: 5_000,
  awayMs: 2_000,
  maxStaleMs: 24 * 60 * 60 * 1000,
  unknownMs: 3_000,
  maxEntries: 10_000,
  maxLoads: 64,
};

interface Entry {
  connection: Connection | null;
  /** When the reading that gave it began. */
  readAt: number;
  /** A change was announced that no finished reading has seen yet. */
  changed: boolean;
  /** When it was read for a call that it refused. */
  againAt: number;
}

const deploymentIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The deployments that this process has served, in memory: a call to one of them needs no database. Entries are refreshed while they are
 * used, read again at once after a change in this process, and served as they are while the database is away.
 */
export class Directory {
  readonly #source: ConnectionSource;
  readonly #limits: DirectoryLimits;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #readings = new Map<string, { promise: Promise<Entry>; changed: boolean }>();
  readonly #again = new Map<string, Promise<Entry>>();
  readonly #stopListening: () => void;
  #awayUntil = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds that never go back */
  constructor(source: ConnectionSource, limits: DirectoryLimits = directoryLimits, now = () => performance.now()) {
    this.#source = source;
    this.#limits = limits;
    this.#now = now;
    this.#stopListening = source.onChange((id) => this.invalidate(id));
  }

  close(): void {
    this.#stopListening();
  }

  /** The deployment, or null when there is none. Throws GatewayError when it is not known and the database is away. */
  async find(deploymentId: string): Promise<Connection | null> {
    const id = deploymentId.toLowerCase();
    if (!deploymentIdPattern.test(id)) return null;
    const entry = this.#entries.get(id);
    if (entry === undefined) return this.#first(id);
    const age = this.#now() - entry.readAt;
    const limits = this.#limits;
    if (entry.connection === null) return age < limits.unknownMs && !entry.changed ? null : this.#first(id);
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (!entry.changed && age < limits.refreshAfterMs) return entry.connection;
    const away = this.#now() < this.#awayUntil;
    if (entry.changed || age >= limits.awaitAfterMs) {
      const waitMs = entry.changed ? limits.loadTimeoutMs : limits.refreshWaitMs;
      const fresh = away ? null : await withTimeout(this.#read(id), waitMs).catch(() => null);
      if (fresh !== null) return fresh.connection;
    } else if (!away) {
      this.#read(id).catch(() => {});
    }
    if (age >= limits.maxStaleMs) throw new GatewayError(failures.database);
    return entry.connection;
  }

  /**
   * The deployment as the database has it, for a call that what is known of it refuses: the key that it carries may have been made
   * through another instance a moment ago. Wrong keys do not keep the database busy: it is read once for all who ask within a
   * moment, and they wait that long.
   */
  async findAgain(deploymentId: string): Promise<Connection | null> {
    const id = deploymentId.toLowerCase();
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#now() < this.#awayUntil) return entry?.connection ?? null;
    let again = this.#again.get(id);
    if (again === undefined) {
      again = this.#readAgain(id, entry.againAt + this.#limits.againAfterMs - this.#now());
      this.#again.set(id, again);
    }
    return (await again.catch(() => entry)).connection;
  }

  async #readAgain(id: string, waitMs: number): Promise<Entry> {
    await delay(Math.max(0, waitMs));
    // Whoever asks from now on may know of something that this reading misses.
    this.#again.delete(id);
    // A reading that has begun already may have missed what is looked for.
    const reading = this.#readings.get(id);
    if (reading !== undefined) reading.changed = true;
    const entry = await withTimeout(this.#read(id), this.#limits.refreshWaitMs);
    entry.againAt = this.#now();
    return entry;
  }

  /** A deployment has changed: no call that comes after this is answered from what was known before. */
  invalidate(deploymentId: string): void {
    const entry = this.#entries.get(deploymentId);
    if (entry !== undefined) entry.changed = true;
    const reading = this.#readings.get(deploymentId);
    if (reading !== undefined) reading.changed = true;
  }

  async #first(id: string): Promise<Connection | null> {
    if (this.#readings.size >= this.#limits.maxLoads && !this.#readings.has(id)) {
      throw new GatewayError(failures.database);
    }
    try {
      return (await withTimeout(this.#read(id), this.#limits.loadTimeoutMs)).connection;
    } catch (error) {
      throw new GatewayError(isAppError(error) ? failureOf(error) : failures.database, { cause: error });
    }
  }

  /** Reads an entry, once for all who ask at the same time. */
  #read(id: string): Promise<Entry> {
    const running = this.#readings.get(id);
    if (running !== undefined) return running.promise;
    const reading = { promise: Promise.resolve().then(() => this.#load(id)), changed: false };
    this.#readings.set(id, reading);
    reading.promise
      .catch((error: unknown) => {
        // What is wrong with one deployment says nothing about the database.
        if (!isAppError(error)) this.#awayUntil = this.#now() + this.#limits.awayMs;
      })
      .finally(() => this.#readings.delete(id));
    return reading.promise;
  }

  async #load(id: string): Promise<Entry> {
    for (let attempt = 1; ; attempt++) {
      const readAt = this.#now();
      const connection = await withTimeout(this.#source.load(id), this.#limits.loadTimeoutMs);
      const reading = this.#readings.get(id);
      const changed = reading?.changed ?? false;
      // What changed while it was being read may or may not be in it.
      if (changed && reading !== undefined && attempt < 3) {
        reading.changed = false;
        continue;
      }
      const entry = {
        connection: connection?.desired === "deleted" ? null : connection,
        readAt,
        changed,
        againAt: Number.NEGATIVE_INFINITY,
      };
      this.#entries.delete(id);
      this.#entries.set(id, entry);
      this.#evict();
      return entry;
    }
  }

  #evict(): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.maxEntries) return;
      this.#entries.delete(id);
    }
  }
}

function isAppError(error: unknown): boolean {
  return (
    error instanceof Error && error.name === "AppError" && !("code" in error && error.code === "database_unavailable")
  );
}
