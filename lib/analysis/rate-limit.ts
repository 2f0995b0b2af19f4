import { countInWindow } from "../db/rate-window.ts";
import { AppError } from "../errors/app-error.ts";
import { ANALYSES_WINDOW_MS, keyAnalyses, loadQuotas } from "../settings/quotas.ts";

const LIMIT = { max: 120, windowMs: 10 * 60 * 1_000 };

/**
 * Counts one analysis of a person against their limits, on all instances together: 120 in a window of 10 minutes, and their quota for a
 * day.
 *
 * @param now the time, which tests choose
 * @throws AppError rate_limited or analyses_used_up, with the seconds until the next one is allowed
 */
export async function countAnalysis(userId: string, now = new Date()): Promise<void> {
  const retryAfterS = await countInWindow(`analyses:${userId}`, LIMIT, now);
  if (retryAfterS === null) return countAgainstQuota(userId, now);
  const minutes = Math.ceil(retryAfterS / 60);
  throw new AppError("rate_limited", `Those were many analyses; the next can start in ${minutes} min.`, {
    hint: "Wait until then.",
    retryAfterS,
  });
}

async function countAgainstQuota(userId: string, now: Date): Promise<void> {
  const { analyses: max } = await loadQuotas(userId);
  if (max === null) return;
  const retryAfterS = await countInWindow(keyAnalyses(userId), { max, windowMs: ANALYSES_WINDOW_MS }, now);
  if (retryAfterS === null) return;
  const hours = Math.ceil(retryAfterS / 3_600);
  throw new AppError("analyses_used_up", `You have used up your ${max} analyses for a day.`, {
    hint: `The next one is possible in ${hours} ${hours === 1 ? "hour" : "hours"}; the owner of this Catwalk can raise the quota.`,
    retryAfterS,
  });
}
