import { createHash, randomBytes } from "node:crypto";
import { canonicalJson } from "../protocol/json.ts";
import { Seal } from "../protocol/seal.ts";
import type { Clock } from "../util/clock.ts";
import type { SuspendableCall } from "./types.ts";

const KEY_BYTES = 16;
const SWEEP_MS = 1_000;

export interface SuspendedCallsOptions {
  secret: string | null;
  scope: string;
  /** How long a call stays suspended. */
  waitMs: number;
  /** How long a suspended call keeps its server process from a client that needs one. */
  yieldMs: number;
  /** Maximum of suspended calls. */
  max: number;
  clock: Clock;
}

/**
 * The calls that are suspended until their client answers the server's requests (MCP 2026-07-28, basic/patterns/mrtr).
 * `requestState` names one. It is sealed, bound to the client and to the request that it repeats, valid for one retry, and
 * worthless once the call is gone: a client cannot replay it or use another's.
 */
export class SuspendedCalls<Call extends SuspendableCall> {
  readonly #options: SuspendedCallsOptions;
  readonly #seal: Seal;
  readonly #suspended = new Map<string, { call: Call; sinceMs: number }>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: SuspendedCallsOptions) {
    this.#options = options;
    this.#seal = new Seal(options.secret, options.scope, "request state");
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  get isFull(): boolean {
    return this.#suspended.size >= this.#options.max;
  }

  /** Suspends a call. Returns the `requestState` by which its client resumes it. */
  suspend(call: Call): string {
    const key = randomBytes(KEY_BYTES);
    call.suspensionKey = key.toString("hex");
    this.#suspended.set(call.suspensionKey, { call, sinceMs: this.#options.clock.monotonicMs() });
    return this.#seal.seal(key, toContext(call.client.id, call.method, call.params));
  }

  /**
   * Resumes the call of a retry. Null when the state is forged, another client's or already used, or the call is gone.
   */
  resume(
    requestState: string,
    clientId: string,
    method: string,
    params: Record<string, unknown> | undefined,
  ): Call | null {
    const key = this.#seal.open(requestState, toContext(clientId, method, params))?.toString("hex");
    const suspended = key === undefined ? undefined : this.#suspended.get(key);
    if (key === undefined || suspended === undefined) return null;
    // The sweep cancels an expired call.
    if (this.#measureWaitMs(suspended) > this.#options.waitMs) return null;
    this.#suspended.delete(key);
    return suspended.call;
  }

  /** Returns whether a call has been suspended for so long that another client can take its server process. */
  hasYielded(call: Call): boolean {
    const suspended = call.suspensionKey === null ? undefined : this.#suspended.get(call.suspensionKey);
    return suspended !== undefined && this.#measureWaitMs(suspended) > this.#options.yieldMs;
  }

  #measureWaitMs(suspended: { sinceMs: number }): number {
    return this.#options.clock.monotonicMs() - suspended.sinceMs;
  }

  /** Forgets a call that has ended. */
  forget(call: Call): void {
    if (call.suspensionKey !== null) this.#suspended.delete(call.suspensionKey);
  }

  /** Cancels calls whose clients did not come back in time. */
  sweep(): void {
    for (const [key, suspended] of this.#suspended) {
      if (this.#measureWaitMs(suspended) <= this.#options.waitMs) continue;
      this.#suspended.delete(key);
      suspended.call.cancel("the client did not answer in time");
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#suspended.clear();
  }
}

/** Binds a state to its client and to everything that the retry must repeat. */
function toContext(clientId: string, method: string, params: Record<string, unknown> | undefined): string {
  const { _meta, inputResponses, requestState, ...rest } = params ?? {};
  const digest = createHash("sha256").update(canonicalJson(rest)).digest("base64url");
  return JSON.stringify([clientId, method, digest]);
}
