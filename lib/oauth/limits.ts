import { createHash } from "node:crypto";
import { countInWindow, type RateLimit } from "../db/rate-window.ts";
import { findClientAddress } from "../http/client-address.ts";

const TEN_MINUTES_MS = 10 * 60 * 1_000;

/**
 * Limits in ten minutes. Hosted clients call from few addresses for all their people, so the limit by address is a high one, and the
 * client's own counts first.
 */
const LIMITS = {
  register: { client: 60, address: 600 },
  authorize: { client: 2_000, address: 600 },
  token: { client: 6_000, address: 6_000 },
} as const satisfies Record<string, { client: number; address: number }>;

/** Token requests in ten minutes of one person's clients, and of all clients of one deployment. */
const TOKEN_LIMITS = { person: 3_000, deployment: 6_000 } as const;

/** Registrations for one deployment in ten minutes: more than one address may make, so that none can use them up alone. */
const DEPLOYMENT_REGISTRATIONS: RateLimit = { max: 1_200, windowMs: TEN_MINUTES_MS };

/** Decisions of one person. */
const DECISIONS: RateLimit = { max: 60, windowMs: TEN_MINUTES_MS };

/**
 * Counts a request to the authorization server.
 *
 * @param client what tells clients apart here: the client id, or for a registration its metadata
 * @returns null when it may go on, else the seconds until the next one may
 */
export async function countRequest(
  endpoint: keyof typeof LIMITS,
  client: string,
  headers: Headers,
): Promise<number | null> {
  const { client: ofClient, address } = LIMITS[endpoint];
  const waits = [
    await countInWindow(keyOf(endpoint, "client", client), { max: ofClient, windowMs: TEN_MINUTES_MS }),
    await countInWindow(keyOf(endpoint, "address", findClientAddress(headers)), {
      max: address,
      windowMs: TEN_MINUTES_MS,
    }),
  ];
  return longest(waits);
}

function longest(waits: readonly (number | null)[]): number | null {
  return waits.reduce((most, wait) => (wait === null ? most : Math.max(wait, most ?? 0)), null);
}

/**
 * Counts a token request of a grant, by its person and its deployment.
 *
 * @returns null when it may go on, else the seconds until the next one may
 */
export async function countGrantTokens(grant: { userId: string; deploymentId: string }): Promise<number | null> {
  const limit = (max: number) => ({ max, windowMs: TEN_MINUTES_MS });
  return longest([
    await countInWindow(`oauth.token.person:${grant.userId}`, limit(TOKEN_LIMITS.person)),
    await countInWindow(`oauth.token.deployment:${grant.deploymentId}`, limit(TOKEN_LIMITS.deployment)),
  ]);
}

/** Counts a registration for a deployment. Returns null when it may go on, else the seconds until the next one may. */
export function countRegistrationFor(deploymentId: string): Promise<number | null> {
  return countInWindow(`oauth.register.deployment:${deploymentId}`, DEPLOYMENT_REGISTRATIONS);
}

/** Counts a decision of a person. Returns null when it may go on, else the seconds until the next one may. */
export function countDecision(userId: string): Promise<number | null> {
  return countInWindow(`oauth.decision:${userId}`, DECISIONS);
}

/** Hashed: the table lists no addresses, and a stranger's text has a bounded length. */
function keyOf(endpoint: string, kind: string, text: string): string {
  return `oauth.${endpoint}.${kind}:${createHash("sha256").update(text).digest("base64url")}`;
}
