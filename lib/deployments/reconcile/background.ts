import { processWide } from "../../util/process-wide.ts";

/** How this process runs background work. */
export interface Background {
  /**
   * No process outlives a request here, so there is no worker: each request that shows a deployment also reconciles it.
   */
  isPassive: boolean;
  /** Budget for the work of one request, in milliseconds; null for as long as it takes. */
  budgetMs: number | null;
  /** Starts work that never rejects, and keeps the process alive until it is done. */
  run(work: () => Promise<void>): void;
}

/** This process's settings: those of a long-lived server unless the boot replaces them. */
export const background = () =>
  processWide<Background>("deployments.background", () => ({
    isPassive: false,
    budgetMs: null,
    run: (work) => void work(),
  }));
