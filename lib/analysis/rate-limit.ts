import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";

const MAX_ANALYSES = 120;
const WINDOW_MS = 10 * 60 * 1_000;

/**
 * Counts an analysis against the person's limit of 120 in a window of 10 minutes, shared by all instances.
 *
 * @param now the time; tests set it
 * @throws AppError rate_limited, with the seconds until the next analysis is allowed
 */
export async function countAnalysis(userId: string, now = new Date()): Promise<void> {
  const windowStart = new Date(now.getTime() - WINDOW_MS);
  const rows = await db().$queryRaw<{ count: number; started_at: Date }[]>`
    insert into rate_counts as known (key, count, started_at) values (${`analyses:${userId}`}, 1, ${now})
    on conflict (key) do update set
      count = case when known.started_at <= ${windowStart} then 1 else least(known.count, ${MAX_ANALYSES}) + 1 end,
      started_at = case when known.started_at <= ${windowStart} then excluded.started_at else known.started_at end
    returning count, started_at`;
  const [window] = rows;
  if (!window || window.count <= MAX_ANALYSES) return;
  const retryAfterS = Math.max(1, Math.ceil((window.started_at.getTime() - windowStart.getTime()) / 1_000));
  throw new AppError(
    "rate_limited",
    `Those were many analyses; the next can start in ${Math.ceil(retryAfterS / 60)} min.`,
    {
      hint: "Wait until then.",
      retryAfterS,
    },
  );
}
