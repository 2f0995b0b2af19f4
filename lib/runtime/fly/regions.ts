/** Where Fly has machines, as its documentation listed the regions in November 2026 (fly.io/docs/reference/regions). */
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
 * "Frankfurt (fra)"; a region that came later goes by Fly's name for it, or by its code alone.
 *
 * @param offered Fly's own list; null where it was not to be had
 */
export function formatRegion(code: string, offered: readonly OfferedRegion[] | null = null): string {
  const place =
    FLY_REGIONS.find((region) => region.code === code)?.place ?? offered?.find((region) => region.code === code)?.name;
  return place && place !== code ? `${place} (${code})` : code;
}

/**
 * Regions to choose from, by place: those that Fly offers, and the one in use if it is none of them. Where Fly's list was not to
 * be had, the known ones.
 */
export function listRegionChoices(current: string | null, offered: readonly OfferedRegion[] | null = null): string[] {
  const codes = (offered ?? FLY_REGIONS)
    .map(({ code }) => ({ code, label: formatRegion(code, offered) }))
    .toSorted((a, b) => a.label.localeCompare(b.label))
    .map(({ code }) => code);
  return current === null || codes.includes(current) ? codes : [current, ...codes];
}
