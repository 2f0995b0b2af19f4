import { db } from "../db/client.ts";
import { deleteOldRateCounts } from "../db/rate-window.ts";
import { deleteOldClientDocuments } from "./clients/client-documents.ts";
import { deleteUnusedRegistrations } from "./clients/registrations.ts";
import { deleteOldConnectionEvents } from "./connection-log.ts";
import { deleteOldDiscoveries } from "./discoveries.ts";
import { ACCESS_TOKEN_S } from "./lifetimes.ts";
import { deleteExpiredRecords } from "./records.ts";

/** Deletes what has expired at the authorization server. Repeating it does no harm, also by several instances at once. */
export async function sweepAuthorizationServer(now = new Date()): Promise<void> {
  await deleteExpiredRecords(now);
  await deleteDeadGrants(now);
  await deleteUnusedRegistrations(now);
  await deleteOldClientDocuments(now);
  await deleteOldRateCounts(now);
  await deleteOldConnectionEvents(now);
  await deleteOldDiscoveries(now);
}

/** A grant without a code or a refresh token ends when its last access token does. */
async function deleteDeadGrants(now: Date): Promise<void> {
  const before = new Date(now.getTime() - 2 * ACCESS_TOKEN_S * 1_000);
  await db().$executeRaw`
    delete from connected_clients where coalesce(last_used_at, created_at) < ${before}
      and not exists (select from oauth_records where connected_client_id = connected_clients.id)`;
}
