/** Fly's regions as its documentation listed them in November 2026 (fly.io/docs/reference/regions). */
const FLY_REGIONS = [
  { code: "ams", place: "Amsterdam" },
  { code: "arn", place: "Stockholm" },
  { code: "bom", place: "Mumbai" },
  { code: "cdg", place: "Paris" },
  { code: "dfw", place: "Dallas" },
  { code: "ewr", place: "New Jersey" },
  { code: "fra", place: "Frankfurt" },
  { code: "gru", place: "São Paulo" },
  { code: "iad", place: "Virginia" },
  { code: "jnb", place: "Johannesburg" },
  { code: "lax", place: "Los Angeles" },
  { code: "lhr", place: "London" },
  { code: "nrt", place: "Tokyo" },
  { code: "ord", place: "Chicago" },
  { code: "sin", place: "Singapore" },
  { code: "sjc", place: "San Jose" },
  { code: "syd", place: "Sydney" },
  { code: "yyz", place: "Toronto" },
] as const;

/** A region as Fly lists it now. */
export interface OfferedRegion {
  code: string;
  name: string;
}

/**
 * Formats a region as "Frankfurt (fra)". A region that Fly added later has Fly's name for it, or its code alone.
 *
 * @param offered Fly's current list; null when it is not known
 */
export function formatRegion(code: string, offered: readonly OfferedRegion[] | null = null): string {
  const place =
    FLY_REGIONS.find((region) => region.code === code)?.place ?? offered?.find((region) => region.code === code)?.name;
  return place && place !== code ? `${place} (${code})` : code;
}

/**
 * Lists the codes of regions to choose from, sorted by place: those that Fly offers, or the built-in list while that is not known.
 * A current region that Fly no longer offers stands first.
 */
export function listRegionChoices(current: string | null, offered: readonly OfferedRegion[] | null = null): string[] {
  const codes = (offered ?? FLY_REGIONS)
    .map(({ code }) => ({ code, label: formatRegion(code, offered) }))
    .toSorted((a, b) => a.label.localeCompare(b.label))
    .map(({ code }) => code);
  return current === null || codes.includes(current) ? codes : [current, ...codes];
}
