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
  /** How long a server's call waits for its client to come back. */
  waitMs: number;
  /** After how long it gives way to a client that needs its server process. */
  yieldMs: number;
  /** Calls that may wait at a time. */
  max: number;
  clock: Clock;
}

/**
 * The calls that wait for their client to answer the server's questions. `requestState` names one of them: sealed, bound
 * to the client and to the request that it repeats, good for one retry, and worth nothing once the call is gone.
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

  /** Lets a call wait for its client; gives the `requestState` by which the client takes it up again. */
  suspend(call: Call): string {
    const key = randomBytes(KEY_BYTES);
    call.suspensionKey = key.toString("hex");
    this.#suspended.set(call.suspensionKey, { call, sinceMs: this.#options.clock.monotonicMs() });
    return this.#seal.seal(key, toContext(call.client.id, call.method, call.params));
  }

  /** The call that a retry takes up; it waits no more. Null when the state is no seal of ours, another's, used, or the call is gone. */
  resume(
    requestState: string,
    clientId: string,
    method: string,
    params: Record<string, unknown> | undefined,
  ): Call | null {
    const key = this.#seal.open(requestState, toContext(clientId, method, params))?.toString("hex");
    const suspended = key === undefined ? undefined : this.#suspended.get(key);
    if (key === undefined || suspended === undefined) return null;
    // One that is overdue is left for the sweep, which cancels it.
    if (this.#measureWaitMs(suspended) > this.#options.waitMs) return null;
    this.#suspended.delete(key);
    return suspended.call;
  }

  /** Whether a call has waited for so long that its server process may be taken for another client. */
  hasYielded(call: Call): boolean {
    const suspended = call.suspensionKey === null ? undefined : this.#suspended.get(call.suspensionKey);
    return suspended !== undefined && this.#measureWaitMs(suspended) > this.#options.yieldMs;
  }

  #measureWaitMs(suspended: { sinceMs: number }): number {
    return this.#options.clock.monotonicMs() - suspended.sinceMs;
  }

  /** A call has ended: nobody can take it up again. */
  forget(call: Call): void {
    if (call.suspensionKey !== null) this.#suspended.delete(call.suspensionKey);
  }

  /** Gives up the calls whose clients have not come back. */
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

/** Who asked for what: everything of a request that its retry must repeat. */
function toContext(clientId: string, method: string, params: Record<string, unknown> | undefined): string {
  const { _meta, inputResponses, requestState, ...rest } = params ?? {};
  const digest = createHash("sha256").update(canonicalJson(rest)).digest("base64url");
  return JSON.stringify([clientId, method, digest]);
}
