import { countInWindow } from "../db/rate-window.ts";
import { AppError } from "../errors/app-error.ts";

const LIMIT = { max: 120, windowMs: 10 * 60 * 1_000 };

/**
 * Counts one analysis of a person against their limit: 120 in a window of 10 minutes, on all instances together.
 *
 * @param now the time, which tests choose
 * @throws AppError rate_limited, with the seconds until the next one is allowed
 */
export async function countAnalysis(userId: string, now = new Date()): Promise<void> {
  const retryAfterS = await countInWindow(`analyses:${userId}`, LIMIT, now);
  if (retryAfterS === null) return;
  const minutes = Math.ceil(retryAfterS / 60);
  throw new AppError("rate_limited", `Those were many analyses; the next can start in ${minutes} min.`, {
    hint: "Wait until then.",
    retryAfterS,
  });
}
