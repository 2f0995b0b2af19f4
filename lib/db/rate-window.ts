import { db } from "./client.ts";

/** How often something may happen in a window of time, whichever instances it happens at. */
export interface RateLimit {
  max: number;
  windowMs: number;
}

/**
 * Counts one event at a key. A refused event does not make the wait longer.
 *
 * @param key names what is limited and for whom, such as `analyses:USER`
 * @param now the time, which tests choose
 * @returns null when the event is within the limit, else the seconds until the next one is
 */
export async function countInWindow(
  key: string,
  { max, windowMs }: RateLimit,
  now = new Date(),
): Promise<number | null> {
  const windowStart = new Date(now.getTime() - windowMs);
  const rows = await db().$queryRaw<{ count: number; started_at: Date }[]>`
    insert into rate_counts as known (key, count, started_at) values (${key}, 1, ${now})
    on conflict (key) do update set
      count = case when known.started_at <= ${windowStart} then 1 else least(known.count, ${max}) + 1 end,
      started_at = case when known.started_at <= ${windowStart} then excluded.started_at else known.started_at end
    returning count, started_at`;
  const [window] = rows;
  if (!window || window.count <= max) return null;
  return Math.max(1, Math.ceil((window.started_at.getTime() - windowStart.getTime()) / 1_000));
}

/** Deletes counts whose window is over, for all limits of up to a day. */
export async function deleteOldRateCounts(now = new Date()): Promise<void> {
  await db().rateCount.deleteMany({ where: { startedAt: { lt: new Date(now.getTime() - 24 * 60 * 60 * 1_000) } } });
}
