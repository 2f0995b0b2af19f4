import { db } from "./client.ts";

/** The count of one instance at a key. */
export interface CountedKey {
  key: string;
  count: number;
}

/**
 * Adds what this instance counted in a window of time to what all instances counted, and returns the sums. One query for any number of
 * keys. A window that is over for others adds nothing: instances' clocks differ.
 *
 * @param windowStart the same moment on every instance
 * @returns the sums of this window by key
 */
export async function addToSharedCounts(
  counted: readonly CountedKey[],
  windowStart: Date,
): Promise<Map<string, number>> {
  const rows = await db().$queryRaw<CountedKey[]>`
    insert into rate_counts as known (key, count, started_at)
    select c.key, c.count, ${windowStart}
    from jsonb_to_recordset(${JSON.stringify(counted)}::jsonb) as c(key text, count int) order by c.key
    on conflict (key) do update set
      count = case when known.started_at = excluded.started_at then known.count + excluded.count
                   when known.started_at < excluded.started_at then excluded.count else known.count end,
      started_at = greatest(known.started_at, excluded.started_at)
    returning key, case when started_at = ${windowStart} then count else 0 end as count`;
  return new Map(rows.map(({ key, count }) => [key, count]));
}
