import { BoundedMap } from "../../util/bounded-map.ts";
import type { DeploymentSource } from "../deployment-source.ts";

const MAX_DEPLOYMENTS = 10_000;

export interface ListRefresherOptions {
  refresh: DeploymentSource["refreshLists"];
  /** Returns whether the machine is known to be awake. A suspended one is not asked. */
  isAwake: (deploymentId: string) => boolean;
  /** Shortest interval in milliseconds between refreshes of a deployment's lists. */
  everyMs?: number | undefined;
}

/** Refreshes cached lists in the background. */
export class ListRefresher {
  readonly #options: Required<ListRefresherOptions>;
  /** Time of the last or next refresh per deployment. */
  readonly #refreshAt = new BoundedMap<string, number>(MAX_DEPLOYMENTS);
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: ListRefresherOptions) {
    this.#options = { ...options, everyMs: options.everyMs ?? 60_000 };
  }

  /** The lists of a machine that is awake may have changed. */
  schedule(deploymentId: string): void {
    const now = performance.now();
    const last = this.#refreshAt.get(deploymentId) ?? Number.NEGATIVE_INFINITY;
    // It is on its way already, and will see this change.
    if (last > now) return;
    const waitMs = Math.max(0, last + this.#options.everyMs - now);
    this.#refreshAt.set(deploymentId, now + waitMs);
    if (waitMs === 0) {
      this.#refresh(deploymentId);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#refresh(deploymentId);
    }, waitMs).unref();
    this.#timers.add(timer);
  }

  /** Resolves when what has begun is done. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #refresh(deploymentId: string): void {
    this.#refreshAt.set(deploymentId, performance.now());
    // A suspended machine is asked after its next wake.
    if (!this.#options.isAwake(deploymentId)) return;
    const running = this.#options
      .refresh(deploymentId)
      .catch(() => {})
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
