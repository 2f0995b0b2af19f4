import { readFileSync } from "node:fs";

/** What a server is taken to need before one has been seen: a small Node program. */
const UNSEEN_BYTES = 64 * 1024 * 1024;
/** Left alone for mcp-host itself and what its servers still grow by. */
const RESERVE_BYTES = 32 * 1024 * 1024;
const PAGE_BYTES = 4096;

export interface MemoryBudgetOptions {
  /** What all servers together may take; null for what the machine has. */
  limitBytes: number | null;
  /** What the machine, or the container, still has. */
  availableBytes: () => number;
  /** Resident memory of a process; null when it cannot be told. */
  residentBytes: (pid: number) => number | null;
}

/** Decides whether there is memory for one more server, by what those that run have taken. */
export class MemoryBudget {
  readonly #options: MemoryBudgetOptions;
  #seenBytes = 0;

  constructor(options: MemoryBudgetOptions) {
    this.#options = options;
  }

  /** Whether one more server fits beside these. */
  hasRoom(pids: number[]): boolean {
    const { limitBytes, availableBytes, residentBytes } = this.#options;
    let usedBytes = 0;
    for (const pid of pids) {
      const bytes = residentBytes(pid) ?? 0;
      usedBytes += bytes;
      this.#seenBytes = Math.max(this.#seenBytes, bytes);
    }
    const neededBytes = this.#seenBytes || UNSEEN_BYTES;
    if (limitBytes !== null && usedBytes + neededBytes > limitBytes) return false;
    return availableBytes() > neededBytes + RESERVE_BYTES;
  }
}

/** Resident memory of a process as Linux tells it; null elsewhere, or when it is gone. */
export function residentBytes(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : null;
  } catch {
    return null;
  }
}
