import { processWide } from "../../util/process-wide.ts";

/** How this process does what nobody waits for. */
export interface Background {
  /**
   * No process outlives a request here: nothing runs by a timer, and every request that looks at a deployment does some of what
   * is to be done for it.
   */
  isPassive: boolean;
  /** How long the work of one request may go on; null for as long as it takes. */
  budgetMs: number | null;
  /** Begins work that never rejects, and keeps the process alive for it where that takes something. */
  run(work: () => Promise<void>): void;
}

/** The process's one: a server that lives long, unless the boot says otherwise. */
export const background = () =>
  processWide<Background>("deployments.background", () => ({
    isPassive: false,
    budgetMs: null,
    run: (work) => void work(),
  }));
