import { AppError } from "../errors/app-error.ts";

const maxAnalyses = 30;
const windowMs = 10 * 60 * 1_000;

const slot = Symbol.for("catwalk.analysis.rate");
const holder = globalThis as typeof globalThis & { [slot]?: Map<string, number[]> };

/**
 * Counts one analysis of a person against their limit: 30 in 10 minutes, for this process.
 *
 * @param nowMs the time, as milliseconds since 1970
 * @returns seconds until the next one is allowed, or null when this one is
 */
export function takeAnalysis(userId: string, nowMs = Date.now()): number | null {
  holder[slot] ??= new Map();
  const times = holder[slot];
  const recent = (times.get(userId) ?? []).filter((time) => time > nowMs - windowMs);
  const [oldest] = recent;
  if (oldest !== undefined && recent.length >= maxAnalyses) {
    times.set(userId, recent);
    return Math.ceil((oldest + windowMs - nowMs) / 1_000);
  }
  times.set(userId, [...recent, nowMs]);
  return null;
}

/** The error for a person who has to wait. */
export function tooManyAnalyses(retryAfterS: number): AppError {
  return new AppError(
    "rate_limited",
    `That were many analyses; the next one can start in ${Math.ceil(retryAfterS / 60)} min.`,
  );
}
