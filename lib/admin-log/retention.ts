import { db } from "../db/client.ts";
import { deleteInBatches } from "../db/delete-in-batches.ts";

/** How long an entry is kept, in days. */
const KEPT_DAYS = 365;

/** Deletes the entries that are older than a year. Returns their number. */
export function deleteOldAdminLog(now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - KEPT_DAYS * 24 * 60 * 60_000);
  return deleteInBatches(
    (batchSize) => db().$executeRaw`
      delete from admin_log where id in (select id from admin_log where at < ${before} order by at limit ${batchSize})`,
  );
}
