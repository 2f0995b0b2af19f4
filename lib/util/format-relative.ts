const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const FORMAT = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Formats a moment relative to `nowMs`: "just now", "3 minutes ago", "yesterday". Both in milliseconds since 1970. */
export function formatRelative(atMs: number, nowMs: number): string {
  const seconds = (atMs - nowMs) / 1_000;
  if (Math.abs(seconds) < 45) return "just now";
  for (const [unit, unitSeconds] of UNITS) {
    if (Math.abs(seconds) >= unitSeconds * 0.92) return FORMAT.format(Math.round(seconds / unitSeconds), unit);
  }
  return FORMAT.format(Math.sign(seconds), "minute");
}
