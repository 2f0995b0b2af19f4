/** The source of the prices below, and when they were read there. */
export const PRICES_SOURCE = { url: "https://fly.io/docs/about/pricing/", readAt: "2026-11-22" } as const;

// One shared CPU in the cheapest region; other regions cost somewhat more. A month has 30 days.
const MONTH_WITH_256_MB_USD = 2.19;
const MONTH_PER_FURTHER_256_MB_USD = 1.503;
const MONTH_PER_STOPPED_GB_USD = 0.15;

/** A typical size of the image with an installed server; a few servers take much more. */
const DISK_GB = 1;

/** A monthly estimate in US dollars, before taxes and traffic. */
export interface MonthlyCost {
  /** The machine never sleeps. */
  awakeUsd: number;
  /** The machine sleeps all month, and only its disk costs. Every hour awake adds `hourAwakeUsd`. */
  asleepUsd: number;
  hourAwakeUsd: number;
}

/** Estimates the cost of a machine of this size at Fly. */
export function estimateMonthlyCost({ memoryMb }: { memoryMb: number }): MonthlyCost {
  const awakeUsd = MONTH_WITH_256_MB_USD + (memoryMb / 256 - 1) * MONTH_PER_FURTHER_256_MB_USD;
  return { awakeUsd, asleepUsd: DISK_GB * MONTH_PER_STOPPED_GB_USD, hourAwakeUsd: awakeUsd / (30 * 24) };
}
