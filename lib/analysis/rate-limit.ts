import { AppError } from "../errors/app-error.ts";

const maxAnalyses = 120;
const windowMs = 10 * 60 * 1_000;

const slot = Symbol.for("catwalk.analysis.rate");
const holder = globalThis as typeof globalThis & { [slot]?: Map<string, number[]> };

/**
 * Counts one analysis of a person against their limit: 120 in 10 minutes, for this process.
 *
 * @param nowMs the time, as milliseconds since 1970
 * @throws AppError rate_limited, with the seconds until the next one is allowed
 */
export function countAnalysis(userId: string, nowMs = Date.now()): void {
  holder[slot] ??= new Map();
  const times = holder[slot];
  const recent = (times.get(userId) ?? []).filter((time) => time > nowMs - windowMs);
  const [oldest] = recent;
  if (oldest === undefined || recent.length < maxAnalyses) {
    times.set(userId, [...recent, nowMs]);
    return;
  }
  times.set(userId, recent);
  const retryAfterS = Math.ceil((oldest + windowMs - nowMs) / 1_000);
  throw new AppError(
    "rate_limited",
    `Those were many analyses; the next can start in ${Math.ceil(retryAfterS / 60)} min.`,
    {
      retryAfterS,
    },
  );
}
