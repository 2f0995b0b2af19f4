import { canonicalJson } from "../protocol/json.ts";
import type { Pool } from "../server/pool.ts";
import { choosePlace } from "../util/fair-share.ts";
import type { ModernCall } from "./call.ts";
import { ModernClient, toInitializeParams } from "./client.ts";
import type { SuspendedCalls } from "./suspended-calls.ts";

export interface ModernClientsOptions {
  pool: Pool;
  suspendedCalls: SuspendedCalls<ModernCall>;
  maxClients: number;
  idleMs: number;
}

/** The modern clients that were active lately. */
export class ModernClients {
  readonly #options: ModernClientsOptions;
  readonly #clients = new Map<string, ModernClient>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: ModernClientsOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(15_000, options.idleMs / 2)).unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  get attendedCalls(): number {
    let calls = 0;
    for (const client of this.#clients.values()) calls += client.attendedCalls;
    return calls;
  }

  /**
   * Returns the client that a request comes from, or null when there is no room for it or for a server. `origin` tells apart
   * clients that declare the same.
   */
  acquire(
    origin: string,
    capabilities: Record<string, unknown>,
    clientInfo: Record<string, unknown> | null,
  ): ModernClient | null {
    const key = JSON.stringify([origin, canonicalJson(clientInfo), canonicalJson(capabilities)]);
    const known = this.#clients.get(key);
    if (known !== undefined && !known.upstream.isRetired) {
      known.touch();
      return known;
    }
    const isReturning = known !== undefined;
    if (isReturning) this.#close(key, "");
    if (this.#clients.size >= this.#options.maxClients && !this.#evict(origin)) return null;
    const params = toInitializeParams(capabilities, clientInfo);
    const upstream = this.#options.pool.acquire(params, isReturning);
    if (upstream === null) return null;
    const client = new ModernClient(origin, upstream, params, this.#options.suspendedCalls);
    this.#clients.set(key, client);
    return client;
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const key of [...this.#clients.keys()]) this.#close(key, "mcp-host is stopping");
    this.#options.suspendedCalls.close();
  }

  /** Closes a client of the origin that has the most. Returns false when there is none whose place this origin may have. */
  #evict(origin: string): boolean {
    const place = choosePlace(this.#clients.values(), origin, {
      isIdle: (client) => !client.isActive,
      // It only listens: its streams end, and it opens them again.
      canYield: (client) => client.onlyListens,
    });
    if (place === null) return false;
    for (const [key, client] of this.#clients) {
      if (client === place) this.#close(key, "the client did not answer, and another needs its place");
    }
    return true;
  }

  #sweep(): void {
    const now = performance.now();
    for (const [key, client] of [...this.#clients]) {
      if (client.isActive || client.callCount > 0) client.touch();
      else if (now - client.lastUsedMs > this.#options.idleMs) this.#close(key, "");
    }
  }

  #close(key: string, reason: string): void {
    const client = this.#clients.get(key);
    if (client === undefined) return;
    this.#clients.delete(key);
    client.close(reason);
    this.#options.pool.release(client.upstream);
  }
}
