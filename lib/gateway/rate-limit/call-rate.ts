import { addToSharedCounts } from "../../db/shared-counts.ts";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { Credential } from "../auth.ts";
import { type Failure, RATE_LIMITED } from "../errors.ts";
import { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";

const WINDOW_S = 10;
/** A person has several clients, and a deployment several people: what all of them may have, in terms of one client's share. */
const SHARES = { credential: 1, person: 2, deployment: 4 } as const;

/** Limits how often a client, a person and a deployment's clients together may call. */
export class CallRate {
  readonly #limiter: RateLimiter;
  readonly #maxPerWindow: number;

  /** @param maxPerS calls of one client in a second, on average over ten */
  constructor(maxPerS: number, options: Partial<RateLimiterOptions> = {}) {
    this.#maxPerWindow = maxPerS * WINDOW_S;
    this.#limiter = new RateLimiter({ share: addToSharedCounts, windowMs: WINDOW_S * 1_000, ...options });
  }

  /** Counts a call. Returns null when it may go on, else why not. */
  findFailure(deployment: DeploymentSnapshot, credential: Credential): Failure | null {
    const max = this.#maxPerWindow;
    const waitS = this.#limiter.count([
      { key: `gateway.credential:${credential.id}`, max: max * SHARES.credential },
      { key: `gateway.person:${deployment.people.get(credential.id) ?? deployment.ownerId}`, max: max * SHARES.person },
      { key: `gateway.deployment:${deployment.deploymentId}`, max: max * SHARES.deployment },
    ]);
    if (waitS === null) return null;
    return { ...RATE_LIMITED, retryAfterS: waitS, headers: { "retry-after": String(waitS) } };
  }

  /** Resolves when nothing is being shared with other instances. */
  settled(): Promise<void> {
    return this.#limiter.settled();
  }
}
