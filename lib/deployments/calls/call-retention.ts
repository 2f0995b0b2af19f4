import { db } from "../../db/client.ts";
import { deleteInBatches } from "../../db/delete-in-batches.ts";
import type { PrismaClient } from "../../db/generated/client.ts";
import { loadCallRetention } from "../../settings/call-retention.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Returns the number of records that are kept of a deployment. */
export async function loadMaxCalls(): Promise<number> {
  return (await loadCallRetention()).maxPerDeployment;
}

// Rows are deleted by where they are stored: found by id, each would be looked up once more.

/** Deletes the call records that are older than they are kept. Returns their number. */
export async function deleteOldCalls(now = new Date()): Promise<number> {
  const { days } = await loadCallRetention();
  const before = new Date(now.getTime() - days * DAY_MS);
  return deleteInBatches(
    (batchSize) => db().$executeRaw`
      delete from call_records where ctid = any(array(
        select ctid from call_records where at < ${before} order by at limit ${batchSize}))`,
  );
}

/** Deletes a deployment's oldest call records beyond a number. Those of the same millisecond as the last one stay. */
export async function trimCalls(client: PrismaClient, deploymentId: string, keep: number): Promise<void> {
  const [oldestKept] = await client.$queryRaw<{ at: Date }[]>`
    select at from call_records where deployment_id = ${deploymentId}::uuid
    order by at desc offset ${Math.max(0, keep - 1)} limit 1`;
  if (oldestKept === undefined) return;
  await deleteInBatches(
    (batchSize) => client.$executeRaw`
      delete from call_records where ctid = any(array(
        select ctid from call_records where deployment_id = ${deploymentId}::uuid and at < ${oldestKept.at}
        order by at limit ${batchSize}))`,
  );
}
