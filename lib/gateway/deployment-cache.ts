import { setTimeout as delay } from "node:timers/promises";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { withTimeout } from "../util/timeout.ts";
import { DeploymentLoader } from "./deployment-loader.ts";
import type { DeploymentSource } from "./deployment-source.ts";
import { FAILURES, GatewayError, toFailure } from "./errors.ts";

export interface DeploymentCacheLimits {
  /** From this age on an entry is read again behind the call's back. */
  refreshAfterMs: number;
  /** From this age on a call waits for that, so that a key revoked elsewhere does not work for one more call hours later. */
  awaitAfterMs: number;
  /** Between two readings of an entry for calls that it refuses. */
  recheckAfterMs: number;
  /** Longest time in milliseconds that a call waits for an entry to be refreshed. */
  refreshWaitMs: number;
  /** Timeout in milliseconds for the first load of an entry. */
  loadTimeoutMs: number;
  /** Time in milliseconds after a failed load in which the database counts as away and no call waits for it. */
  databaseAwayMs: number;
  /** Maximum age in milliseconds of an entry while the database is away. */
  maxStaleMs: number;
  /** Time in milliseconds for which an id counts as unknown. */
  unknownMs: number;
  maxEntries: number;
  /** Queries in flight; each reads a batch. */
  maxLoads: number;
}

export const DEPLOYMENT_CACHE_LIMITS: DeploymentCacheLimits = {
  refreshAfterMs: 10_000,
  awaitAfterMs: 60_000,
  recheckAfterMs: 250,
  refreshWaitMs: 1_000,
  loadTimeoutMs: 5_000,
  databaseAwayMs: 2_000,
  maxStaleMs: 24 * 60 * 60 * 1000,
  unknownMs: 3_000,
  maxEntries: 10_000,
  maxLoads: 2,
};

interface CacheEntry {
  deployment: DeploymentSnapshot | null;
  /** When the reading that gave it began. */
  readAt: number;
  /** A change was announced that no finished reading has seen yet. */
  isChanged: boolean;
  /** When it was read for a call that it refused. */
  recheckedAt: number;
}

const DEPLOYMENT_ID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The deployments that this process has served, in memory: a call to one of them needs no database. Entries are refreshed while they are
 * used, read again at once after a change in this process, and served as they are while the database is away.
 */
export class DeploymentCache {
  readonly #loader: DeploymentLoader;
  readonly #limits: DeploymentCacheLimits;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries: BoundedMap<string, CacheEntry>;
  readonly #readings = new Map<string, { promise: Promise<CacheEntry>; changed: boolean }>();
  readonly #rechecks = new Map<string, Promise<CacheEntry>>();
  readonly #unsubscribe: () => void;
  #databaseAwayUntil = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds that never go back */
  constructor(
    source: DeploymentSource,
    limits: DeploymentCacheLimits = DEPLOYMENT_CACHE_LIMITS,
    now = () => performance.now(),
  ) {
    const { maxLoads: maxQueries, loadTimeoutMs: timeoutMs } = limits;
    this.#loader = new DeploymentLoader({ source, maxQueries, timeoutMs });
    this.#limits = limits;
    this.#entries = new BoundedMap(limits.maxEntries);
    this.#now = now;
    this.#unsubscribe = source.onChange((id) => this.invalidate(id));
  }

  close(): void {
    this.#unsubscribe();
  }

  /** The deployment, or null when there is none. Throws GatewayError when it is not known and the database is away. */
  async find(deploymentId: string): Promise<DeploymentSnapshot | null> {
    const id = deploymentId.toLowerCase();
    if (!DEPLOYMENT_ID_PATTERN.test(id)) return null;
    const entry = this.#entries.get(id);
    if (entry === undefined) return this.#loadFirst(id);
    const age = this.#now() - entry.readAt;
    const limits = this.#limits;
    if (entry.deployment === null) return age < limits.unknownMs && !entry.isChanged ? null : this.#loadFirst(id);
    this.#entries.set(id, entry);
    if (!entry.isChanged && age < limits.refreshAfterMs) return entry.deployment;
    const isAway = this.#now() < this.#databaseAwayUntil;
    if (entry.isChanged || age >= limits.awaitAfterMs) {
      const waitMs = entry.isChanged ? limits.loadTimeoutMs : limits.refreshWaitMs;
      const fresh = isAway ? null : await withTimeout(this.#read(id), waitMs).catch(() => null);
      if (fresh !== null) return fresh.deployment;
    } else if (!isAway) {
      this.#read(id).catch(() => {});
    }
    if (age >= limits.maxStaleMs) throw new GatewayError(FAILURES.database);
    return entry.deployment;
  }

  /**
   * The deployment as the database has it, for a call that what is known of it refuses: the key that it carries may have been made
   * through another instance a moment ago. Wrong keys do not keep the database busy: it is read once for all who ask within a
   * moment, and they wait that long.
   */
  async recheck(deploymentId: string): Promise<DeploymentSnapshot | null> {
    const id = deploymentId.toLowerCase();
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#now() < this.#databaseAwayUntil) return entry?.deployment ?? null;
    let recheck = this.#rechecks.get(id);
    if (recheck === undefined) {
      recheck = this.#reloadForRecheck(id, entry.recheckedAt + this.#limits.recheckAfterMs - this.#now());
      this.#rechecks.set(id, recheck);
    }
    return (await recheck.catch(() => entry)).deployment;
  }

  async #reloadForRecheck(id: string, waitMs: number): Promise<CacheEntry> {
    await delay(Math.max(0, waitMs));
    // A later caller may know of a change that this load misses.
    this.#rechecks.delete(id);
    // A load that has already begun may miss the change.
    const reading = this.#readings.get(id);
    if (reading !== undefined) reading.changed = true;
    const entry = await withTimeout(this.#read(id), this.#limits.refreshWaitMs);
    entry.recheckedAt = this.#now();
    return entry;
  }

  /** Invalidates a deployment: no later call is answered from what was known before. */
  invalidate(deploymentId: string): void {
    const entry = this.#entries.get(deploymentId);
    if (entry !== undefined) entry.isChanged = true;
    const reading = this.#readings.get(deploymentId);
    if (reading !== undefined) reading.changed = true;
  }

  async #loadFirst(id: string): Promise<DeploymentSnapshot | null> {
    try {
      return (await withTimeout(this.#read(id), this.#limits.loadTimeoutMs)).deployment;
    } catch (error) {
      throw new GatewayError(isAppError(error) ? toFailure(error) : FAILURES.database, { cause: error });
    }
  }

  /** Reads an entry, once for all who ask at the same time. */
  #read(id: string): Promise<CacheEntry> {
    const running = this.#readings.get(id);
    if (running !== undefined) return running.promise;
    const reading = { promise: Promise.resolve().then(() => this.#load(id)), changed: false };
    this.#readings.set(id, reading);
    reading.promise
      .catch((error: unknown) => {
        // An error of one deployment says nothing about the database.
        if (!isAppError(error)) this.#databaseAwayUntil = this.#now() + this.#limits.databaseAwayMs;
      })
      .finally(() => this.#readings.delete(id));
    return reading.promise;
  }

  async #load(id: string): Promise<CacheEntry> {
    for (let attempt = 1; ; attempt++) {
      const readAt = this.#now();
      const deployment = await this.#loader.load(id);
      const reading = this.#readings.get(id);
      const changed = reading?.changed ?? false;
      // A change during the load may or may not be in the result, so load again.
      if (changed && reading !== undefined && attempt < 3) {
        reading.changed = false;
        continue;
      }
      const entry = {
        deployment: deployment?.desired === "deleted" ? null : deployment,
        readAt,
        isChanged: changed,
        recheckedAt: Number.NEGATIVE_INFINITY,
      };
      this.#entries.set(id, entry);
      return entry;
    }
  }
}

function isAppError(error: unknown): boolean {
  return (
    error instanceof Error && error.name === "AppError" && !("code" in error && error.code === "database_unavailable")
  );
}
