/** Where the prices below are from, and when they were read there. */
export const PRICES_SOURCE = { url: "https://fly.io/docs/about/pricing/", readAt: "2026-11-22" } as const;

// One shared CPU, in the region with the lowest prices; elsewhere it is somewhat more. A month is 30 days.
const MONTH_WITH_256_MB_USD = 2.19;
const MONTH_PER_FURTHER_256_MB_USD = 1.503;
const MONTH_PER_STOPPED_GB_USD = 0.15;

/** What the image and an installed server take on a machine's disk; some take less, a few much more. */
const DISK_GB = 1;

/** Estimates in US dollars for a month, before taxes and traffic. */
export interface MonthlyCost {
  /** It never sleeps. */
  awakeUsd: number;
  /** It sleeps all month: what its disk costs. Every hour awake adds `hourAwakeUsd`. */
  asleepUsd: number;
  hourAwakeUsd: number;
}

/** What a machine of this size costs at Fly. */
export function estimateMonthlyCost({ memoryMb }: { memoryMb: number }): MonthlyCost {
  const awakeUsd = MONTH_WITH_256_MB_USD + (memoryMb / 256 - 1) * MONTH_PER_FURTHER_256_MB_USD;
  return { awakeUsd, asleepUsd: DISK_GB * MONTH_PER_STOPPED_GB_USD, hourAwakeUsd: awakeUsd / (30 * 24) };
}
