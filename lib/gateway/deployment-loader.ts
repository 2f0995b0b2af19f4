import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { withTimeout } from "../util/timeout.ts";
import type { DeploymentSource } from "./deployment-source.ts";

/** Ids in one query. */
const MAX_BATCH_SIZE = 500;
/** Ids that may wait for a query: each is a few hundred bytes. */
const MAX_WAITING = 10_000;

export interface DeploymentLoaderOptions {
  source: Pick<DeploymentSource, "load">;
  /** Queries in flight. */
  maxQueries: number;
  /** Query timeout in milliseconds. */
  timeoutMs: number;
}

interface Waiting {
  promise: Promise<DeploymentSnapshot | null>;
  resolve: (deployment: DeploymentSnapshot | null) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads deployments in batches. Ids that arrive while queries are in flight wait for the next one, so that a stranger who makes up ids
 * costs the database one more row of a query, and does not keep real deployments from being read.
 */
export class DeploymentLoader {
  readonly #options: DeploymentLoaderOptions;
  /** In the order of arrival. */
  readonly #waiting = new Map<string, Waiting>();
  #queries = 0;

  constructor(options: DeploymentLoaderOptions) {
    this.#options = options;
  }

  /** Reads one deployment, or null when there is none. Rejects as the source does, and when too many ids wait. */
  load(id: string): Promise<DeploymentSnapshot | null> {
    const known = this.#waiting.get(id);
    if (known !== undefined) return known.promise;
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new Error("too many deployments wait to be read"));
    const waiting = Promise.withResolvers<DeploymentSnapshot | null>();
    this.#waiting.set(id, waiting);
    this.#query();
    return waiting.promise;
  }

  #query(): void {
    if (this.#queries >= this.#options.maxQueries || this.#waiting.size === 0) return;
    const batch = [...this.#waiting].slice(0, MAX_BATCH_SIZE);
    for (const [id] of batch) this.#waiting.delete(id);
    this.#queries++;
    const { source, timeoutMs } = this.#options;
    withTimeout(source.load(batch.map(([id]) => id)), timeoutMs)
      .then(
        (found) => {
          for (const [id, { resolve }] of batch) resolve(found.get(id) ?? null);
        },
        (error: unknown) => {
          for (const [, { reject }] of batch) reject(error);
        },
      )
      .finally(() => {
        this.#queries--;
        this.#query();
      });
  }
}
