import { createHash, randomBytes } from "node:crypto";
import { canonicalJson } from "../protocol/json.ts";
import { Seal } from "../protocol/seal.ts";
import type { Clock } from "../util/clock.ts";
import type { SuspendableCall } from "./types.ts";

const KEY_BYTES = 16;
const SWEEP_MS = 1_000;

export interface OpenCallsOptions {
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
export class OpenCalls<Call extends SuspendableCall> {
  readonly #options: OpenCallsOptions;
  readonly #seal: Seal;
  readonly #waiting = new Map<string, { call: Call; sinceMs: number }>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: OpenCallsOptions) {
    this.#options = options;
    this.#seal = new Seal(options.secret, options.scope, "request state");
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  get full(): boolean {
    return this.#waiting.size >= this.#options.max;
  }

  /** Lets a call wait for its client; gives the `requestState` by which the client takes it up again. */
  suspend(call: Call): string {
    const key = randomBytes(KEY_BYTES);
    call.waitingKey = key.toString("hex");
    this.#waiting.set(call.waitingKey, { call, sinceMs: this.#options.clock.monotonicMs() });
    return this.#seal.seal(key, contextOf(call.client.id, call.method, call.params));
  }

  /** The call that a retry takes up; it waits no more. Null when the state is no seal of ours, another's, used, or the call is gone. */
  resume(
    requestState: string,
    clientId: string,
    method: string,
    params: Record<string, unknown> | undefined,
  ): Call | null {
    const key = this.#seal.open(requestState, contextOf(clientId, method, params))?.toString("hex");
    const waiting = key === undefined ? undefined : this.#waiting.get(key);
    if (key === undefined || waiting === undefined) return null;
    // One that is overdue is left for the sweep, which cancels it.
    if (this.#waitedMs(waiting) > this.#options.waitMs) return null;
    this.#waiting.delete(key);
    return waiting.call;
  }

  /** Whether a call has waited for so long that its server process may be taken for another client. */
  yields(call: Call): boolean {
    const waiting = call.waitingKey === null ? undefined : this.#waiting.get(call.waitingKey);
    return waiting !== undefined && this.#waitedMs(waiting) > this.#options.yieldMs;
  }

  #waitedMs(waiting: { sinceMs: number }): number {
    return this.#options.clock.monotonicMs() - waiting.sinceMs;
  }

  /** A call has ended: nobody can take it up again. */
  forget(call: Call): void {
    if (call.waitingKey !== null) this.#waiting.delete(call.waitingKey);
  }

  /** Gives up the calls whose clients have not come back. */
  sweep(): void {
    for (const [key, waiting] of this.#waiting) {
      if (this.#waitedMs(waiting) <= this.#options.waitMs) continue;
      this.#waiting.delete(key);
      waiting.call.cancel("the client did not answer in time");
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#waiting.clear();
  }
}

/** Who asked for what: everything of a request that its retry must repeat. */
function contextOf(clientId: string, method: string, params: Record<string, unknown> | undefined): string {
  const { _meta, inputResponses, requestState, ...rest } = params ?? {};
  const digest = createHash("sha256").update(canonicalJson(rest)).digest("base64url");
  return JSON.stringify([clientId, method, digest]);
}
