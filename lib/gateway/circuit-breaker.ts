import { startsMachine } from "../errors/codes.ts";
import { exponentialBackoffMs } from "../util/backoff.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import type { Connection } from "./deployment.ts";
import { type Failure, failures } from "./errors.ts";

export interface AttemptLimits {
  /** The pause after the first failure; each one after it makes it twice as long. */
  firstPauseMs: number;
  /** The longest pause where every attempt has a machine run for some minutes. */
  maxPauseMs: number;
  /** The longest pause where an attempt costs nothing but a question to the platform. */
  maxCostlessPauseMs: number;
  /** Failures of a server on a machine that is awake, one after another, before there are pauses: mcp-host starts it again by itself. */
  freeFailures: number;
  /** Calls that fail within so long of each other have failed once. */
  togetherMs: number;
}

export const attemptLimits: AttemptLimits = {
  firstPauseMs: 5_000,
  maxPauseMs: 15 * 60_000,
  maxCostlessPauseMs: 60_000,
  freeFailures: 2,
  togetherMs: 1_000,
};

interface Attempt {
  /** Of the deployment when it failed: whatever its owner does about it is a fresh start. */
  generation: number;
  failures: number;
  failedAt: number;
  notBefore: number;
  failure: Failure;
}

/** What mcp-host says of a server that does not run or cannot be installed, in the words of docs/errors.md. */
const serverCauses: ReadonlyMap<string, string> = new Map([
  ["spawn_failed", "crashed_at_start"],
  ["crashed", "crashed"],
  ["out_of_memory", "out_of_memory"],
  ["handshake_timeout", "handshake_timeout"],
  ["package_not_found", "package_not_found"],
  ["version_not_found", "version_not_found"],
  ["no_bin", "no_bin"],
  ["install_failed", "install_failed"],
  ["network", "registry_unavailable"],
  ["python_missing", "python_missing"],
  ["runtime_too_old", "install_failed"],
]);

const maxKnown = 10_000;

/**
 * When deployments that fail may be tried again. Clients poll and reconnect for ever, and each of their requests would start a machine
 * that runs for minutes before it sleeps again: so attempts have pauses that grow, in which calls are refused with when the next one is
 * due. The call that comes after a pause is the attempt, so what mends itself is found well without anybody's doing; a call that succeeds,
 * or a change by the owner, ends the pauses.
 */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #now: () => number;
  readonly #known = new BoundedMap<string, Attempt>(maxKnown);

  /** @param now milliseconds that never go back */
  constructor(limits: AttemptLimits = attemptLimits, now = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Why a deployment is not tried now; null when it may be. */
  refusal({ deploymentId, generation }: Connection): Failure | null {
    const known = this.#known.get(deploymentId);
    if (known === undefined) return null;
    if (known.generation !== generation) {
      this.#known.delete(deploymentId);
      return null;
    }
    return this.#now() < known.notBefore ? this.#told(known) : null;
  }

  /** A machine could not be started. Gives the failure with when it is tried again; one that is no fault of the deployment as it is. */
  notStarted(connection: Connection, failure: Failure): Failure {
    if (failure.reason !== failures.unavailable.reason) return failure;
    return this.#failed(connection, failure, 0);
  }

  /**
   * A machine that is awake has said why its server does not run.
   *
   * @param code mcp-host's word for it
   * @returns how many seconds from now it may be tried again; null when that is for mcp-host to say
   */
  serverFailed(connection: Connection, code: string): number | null {
    const cause = serverCauses.get(code);
    if (cause === undefined) return null;
    const message = `The server of this deployment does not run (${cause}). Its page in Catwalk says why.`;
    const told = this.#failed(connection, { ...failures.unavailable, message, cause }, this.#limits.freeFailures);
    return told.retryAfterS ?? null;
  }

  /** A server has answered a request as it should. */
  worked(deploymentId: string): void {
    this.#known.delete(deploymentId);
  }

  #failed({ deploymentId, generation }: Connection, failure: Failure, free: number): Failure {
    const now = this.#now();
    const before = this.#known.get(deploymentId);
    const last = before?.generation === generation ? before : null;
    const { firstPauseMs, maxPauseMs, maxCostlessPauseMs, togetherMs } = this.#limits;
    if (last !== null && (now < last.notBefore || now - last.failedAt < togetherMs)) return this.#told(last);
    const count = (last?.failures ?? 0) + 1;
    const mostMs = startsMachine(failure.cause ?? "") ? maxPauseMs : maxCostlessPauseMs;
    const pauseMs = count <= free ? 0 : exponentialBackoffMs(count - free, { baseMs: firstPauseMs, maxMs: mostMs });
    const known = { generation, failures: count, failedAt: now, notBefore: now + pauseMs, failure };
    this.#known.set(deploymentId, known);
    return this.#told(known);
  }

  #told({ failure, notBefore }: Attempt): Failure {
    const retryAfterS = Math.ceil((notBefore - this.#now()) / 1_000);
    if (retryAfterS <= 0) return failure;
    return {
      ...failure,
      message: `${failure.message} The next attempt is due in ${retryAfterS} s.`,
      retryAfterS,
      headers: { ...failure.headers, "retry-after": String(retryAfterS) },
    };
  }
}
