import { createHash } from "node:crypto";
import { db } from "../db/client.ts";
import { countInWindow, type RateLimit } from "../db/rate-window.ts";
import { findClientAddress } from "../http/client-address.ts";

// A registration (RFC 7591) names no resource. Which deployment a client registers for shows in what it asked for just before: the
// deployment's metadata (RFC 9728). Kept in the database, since another instance may get the registration.

/** Clients register within seconds; after this another person's client may be behind the same address. */
const FRESH_MS = 60_000;
/** A stranger can look up a deployment as often as they like, each time under another user agent. */
const REMEMBERED: RateLimit = { max: 600, windowMs: 10 * 60_000 };

/** Remembers that a client looked up how to sign in to a deployment, unless many did so lately or the deployment is gone. */
export async function rememberDiscovery(headers: Headers, deploymentId: string, now = new Date()): Promise<void> {
  if ((await countInWindow(`oauth.discovery:${deploymentId}`, REMEMBERED, now)) !== null) return;
  const caller = toCaller(headers);
  await db().$executeRaw`
    insert into oauth_discoveries (caller, deployment_id, at)
    select ${caller}, id, ${now} from deployments where id = ${deploymentId}::uuid
    on conflict (caller) do update set deployment_id = excluded.deployment_id, at = excluded.at`;
}

/**
 * Finds the deployment that the sender of a request looked up last, within a minute. Two clients with one address and one user agent
 * can be taken for each other, so this decides about limits and logs, and never about access.
 */
export async function findDiscoveredDeployment(headers: Headers, now = new Date()): Promise<string | null> {
  const row = await db().oAuthDiscovery.findUnique({ where: { caller: toCaller(headers) } });
  return row !== null && now.getTime() - row.at.getTime() <= FRESH_MS ? row.deploymentId : null;
}

/** Deletes what is no longer fresh. */
export async function deleteOldDiscoveries(now: Date): Promise<void> {
  await db().oAuthDiscovery.deleteMany({ where: { at: { lt: new Date(now.getTime() - FRESH_MS) } } });
}

/** Hashed, so that the table lists no addresses and a stranger's text has a bounded length. */
function toCaller(headers: Headers): string {
  const text = `${findClientAddress(headers)}\n${headers.get("user-agent") ?? ""}`;
  return createHash("sha256").update(text).digest("base64url");
}
