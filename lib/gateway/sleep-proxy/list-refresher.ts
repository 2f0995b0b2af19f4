import type { ConnectionSource } from "../deployment.ts";

export interface RefresherOptions {
  refresh: ConnectionSource["refreshLists"];
  /** Whether the machine is known to be awake: one that sleeps is not asked. */
  isAwake: (deploymentId: string) => boolean;
  /** A deployment's lists are not asked for more often than this. */
  everyMs?: number | undefined;
}

/** Has what is kept of servers' lists brought up to date, behind the calls' backs. */
export class Refresher {
  readonly #options: Required<RefresherOptions>;
  /** When each deployment's lists were last asked for, or will be. */
  readonly #at = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: RefresherOptions) {
    this.#options = { ...options, everyMs: options.everyMs ?? 60_000 };
  }

  /** The lists of a machine that is awake may have changed. */
  soon(deploymentId: string): void {
    const now = performance.now();
    const last = this.#at.get(deploymentId) ?? Number.NEGATIVE_INFINITY;
    // It is on its way already, and will see this change.
    if (last > now) return;
    const waitMs = Math.max(0, last + this.#options.everyMs - now);
    this.#at.set(deploymentId, now + waitMs);
    if (this.#at.size > 10_000) this.#forgetOldest();
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
    this.#at.set(deploymentId, performance.now());
    // What cannot be asked now is asked after the next wake.
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

  #forgetOldest(): void {
    for (const id of this.#at.keys()) {
      this.#at.delete(id);
      return;
    }
  }
}
