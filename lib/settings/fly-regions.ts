/** Where Fly has machines, as its documentation listed the regions in November 2026 (fly.io/docs/reference/regions). */
const flyRegions = [
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

/** "Frankfurt (fra)"; a region that came later goes by its code alone. */
export function regionLabel(code: string): string {
  const known = flyRegions.find((region) => region.code === code);
  return known ? `${known.place} (${code})` : code;
}

/** Regions to choose from, by place: the known ones, and the one in use if it is none of them. */
export function regionChoices(current: string | null): string[] {
  const codes: string[] = flyRegions.toSorted((a, b) => a.place.localeCompare(b.place)).map(({ code }) => code);
  return current === null || codes.includes(current) ? codes : [current, ...codes];
}
