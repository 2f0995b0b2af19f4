import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { startsMachine } from "../errors/codes.ts";
import { exponentialBackoffMs } from "../util/backoff.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { FAILURES, type Failure } from "./errors.ts";

export interface CircuitBreakerLimits {
  /** The pause after the first failure; each one after it makes it twice as long. */
  baseBackoffMs: number;
  /** The longest pause where every attempt has a machine run for some minutes. */
  maxBackoffMs: number;
  /** The longest pause where an attempt costs nothing but a question to the platform. */
  maxPlatformBackoffMs: number;
  /** Failures in a row on an awake machine before the circuit opens: mcp-host restarts the server itself. */
  toleratedFailures: number;
  /** Calls that fail within so long of each other have failed once. */
  coalesceMs: number;
}

export const CIRCUIT_BREAKER_LIMITS: CircuitBreakerLimits = {
  baseBackoffMs: 5_000,
  maxBackoffMs: 15 * 60_000,
  maxPlatformBackoffMs: 60_000,
  toleratedFailures: 2,
  coalesceMs: 1_000,
};

interface Circuit {
  /** Generation of the deployment when it failed. Any change by its owner is a fresh start. */
  generation: number;
  failures: number;
  failedAt: number;
  retryAt: number;
  failure: Failure;
}

/** Maps mcp-host's words for a server that does not run or cannot be installed to codes of docs/errors.md. */
const SERVER_CAUSES: ReadonlyMap<string, string> = new Map([
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

const MAX_CIRCUITS = 10_000;

/**
 * Circuit breaker for deployments that fail. Clients poll and reconnect forever, and each request would start a machine
 * that runs for minutes before it sleeps again. So failures open the circuit for growing times, in which calls are
 * refused with the time of the next attempt. After the pause the circuit is half-open: the next call is the retry, so a
 * recovered server is found without anyone's action. A successful call, or a change by the owner, closes the circuit.
 */
export class CircuitBreaker {
  readonly #limits: CircuitBreakerLimits;
  readonly #now: () => number;
  readonly #circuits = new BoundedMap<string, Circuit>(MAX_CIRCUITS);

  /** @param now milliseconds that never go back */
  constructor(limits: CircuitBreakerLimits = CIRCUIT_BREAKER_LIMITS, now = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Why a deployment is not tried now; null when it may be. */
  findRefusal({ deploymentId, generation }: DeploymentSnapshot): Failure | null {
    const circuit = this.#circuits.get(deploymentId);
    if (circuit === undefined) return null;
    if (circuit.generation !== generation) {
      this.#circuits.delete(deploymentId);
      return null;
    }
    return this.#now() < circuit.retryAt ? this.#withRetryAfter(circuit) : null;
  }

  /** A machine could not be started. Gives the failure with when it is tried again; one that is no fault of the deployment as it is. */
  recordStartFailure(deployment: DeploymentSnapshot, failure: Failure): Failure {
    if (failure.reason !== FAILURES.unavailable.reason) return failure;
    return this.#recordFailure(deployment, failure, 0);
  }

  /**
   * A machine that is awake has said why its server does not run.
   *
   * @param code mcp-host's word for it
   * @returns how many seconds from now it may be tried again; null when that is for mcp-host to say
   */
  recordServerFailure(deployment: DeploymentSnapshot, code: string): number | null {
    const cause = SERVER_CAUSES.get(code);
    if (cause === undefined) return null;
    const message = `The server of this deployment does not run (${cause}). Its page in Catwalk says why.`;
    const refusal = this.#recordFailure(
      deployment,
      { ...FAILURES.unavailable, message, cause },
      this.#limits.toleratedFailures,
    );
    return refusal.retryAfterS ?? null;
  }

  /** A server has answered a request as it should. */
  recordSuccess(deploymentId: string): void {
    this.#circuits.delete(deploymentId);
  }

  #recordFailure(
    { deploymentId, generation }: DeploymentSnapshot,
    failure: Failure,
    toleratedFailures: number,
  ): Failure {
    const now = this.#now();
    const before = this.#circuits.get(deploymentId);
    const last = before?.generation === generation ? before : null;
    const { baseBackoffMs, maxBackoffMs, maxPlatformBackoffMs, coalesceMs } = this.#limits;
    if (last !== null && (now < last.retryAt || now - last.failedAt < coalesceMs)) return this.#withRetryAfter(last);
    const count = (last?.failures ?? 0) + 1;
    const maxMs = startsMachine(failure.cause ?? "") ? maxBackoffMs : maxPlatformBackoffMs;
    const backoffMs =
      count <= toleratedFailures
        ? 0
        : exponentialBackoffMs(count - toleratedFailures, { baseMs: baseBackoffMs, maxMs });
    const circuit = { generation, failures: count, failedAt: now, retryAt: now + backoffMs, failure };
    this.#circuits.set(deploymentId, circuit);
    return this.#withRetryAfter(circuit);
  }

  #withRetryAfter({ failure, retryAt }: Circuit): Failure {
    const retryAfterS = Math.ceil((retryAt - this.#now()) / 1_000);
    if (retryAfterS <= 0) return failure;
    return {
      ...failure,
      message: `${failure.message} The next attempt is due in ${retryAfterS} s.`,
      retryAfterS,
      headers: { ...failure.headers, "retry-after": String(retryAfterS) },
    };
  }
}
