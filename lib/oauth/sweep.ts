import { db } from "../db/client.ts";
import { deleteOldRateCounts } from "../db/rate-window.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { processWide } from "../util/process-wide.ts";
import { deleteOldClientDocuments } from "./clients/client-documents.ts";
import { deleteUnusedRegistrations } from "./clients/registrations.ts";
import { deleteOldConnectionEvents } from "./connection-log.ts";
import { ACCESS_TOKEN_S } from "./lifetimes.ts";
import { deleteExpiredRecords } from "./records.ts";

const SWEEP_EVERY_MS = 60 * 60 * 1_000;

/** Deletes what has expired at the authorization server. Repeating it does no harm, also by several instances at once. */
export async function sweepAuthorizationServer(now = new Date()): Promise<void> {
  await deleteExpiredRecords(now);
  await deleteDeadGrants(now);
  await deleteUnusedRegistrations(now);
  await deleteOldClientDocuments(now);
  await deleteOldRateCounts(now);
  await deleteOldConnectionEvents(now);
}

/** Sweeps every hour, until the process ends. */
export function startSweeper(): void {
  processWide("oauth.sweeper", () => {
    const sweep = () =>
      sweepAuthorizationServer().catch((error: unknown) => {
        if (!isDatabaseUnavailable(error)) console.error("Sweeping the authorization server failed:", error);
      });
    return setInterval(() => void sweep(), SWEEP_EVERY_MS).unref();
  });
}

/** A grant without a code or a refresh token ends when its last access token does. */
async function deleteDeadGrants(now: Date): Promise<void> {
  const before = new Date(now.getTime() - 2 * ACCESS_TOKEN_S * 1_000);
  await db().$executeRaw`
    delete from connected_clients where created_at < ${before} and coalesce(last_used_at, created_at) < ${before}
      and not exists (select from oauth_records where connected_client_id = connected_clients.id)`;
}
