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
  return waits.reduce((longest, wait) => (wait === null ? longest : Math.max(wait, longest ?? 0)), null);
}

/** Counts a decision of a person. Returns null when it may go on, else the seconds until the next one may. */
export function countDecision(userId: string): Promise<number | null> {
  return countInWindow(`oauth.decision:${userId}`, DECISIONS);
}

/** Hashed: the table lists no addresses, and a stranger's text has a bounded length. */
function keyOf(endpoint: string, kind: string, text: string): string {
  return `oauth.${endpoint}.${kind}:${createHash("sha256").update(text).digest("base64url")}`;
}
