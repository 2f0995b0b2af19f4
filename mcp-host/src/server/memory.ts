import { readFileSync } from "node:fs";

/** Assumed size of a server before one has run: a small Node program. */
const UNSEEN_BYTES = 48 * 1024 * 1024;
/** Left for mcp-host itself. */
const RESERVE_BYTES = 32 * 1024 * 1024;
const PAGE_BYTES = 4096;

export interface MemoryBudgetOptions {
  /** Maximum of all servers together. Null: what the machine has. */
  limitBytes: number | null;
  /** Returns what the machine, or its container, has left. */
  availableBytes: () => number;
  /** Returns a process's memory without what it shares, or null when unknown. */
  readPrivateBytes: (pid: number) => number | null;
}

/** A server grows by this share of its size under load, as Node's heap does. */
const LOAD_GROWTH_FACTOR = 0.5;
/** A server of this age has reached its size. */
const GROWN_MS = 3_000;

export interface RunningServer {
  pid: number;
  ageMs: number;
}

/**
 * Decides whether one more server fits in memory, by what the running servers take and will take once they have grown.
 */
export class MemoryBudget {
  readonly #options: MemoryBudgetOptions;
  #seenBytes = 0;
  #seenGrown = false;

  constructor(options: MemoryBudgetOptions) {
    this.#options = options;
  }

  /** Returns whether one more server fits beside these. */
  hasRoom(servers: RunningServer[]): boolean {
    const { limitBytes, availableBytes, readPrivateBytes } = this.#options;
    const sizes = servers.map(({ pid }) => readPrivateBytes(pid) ?? 0);
    this.#seenBytes = Math.max(this.#seenBytes, ...sizes);
    this.#seenGrown ||= servers.some(({ ageMs }) => ageMs >= GROWN_MS);
    const neededBytes = this.#seenGrown ? this.#seenBytes : Math.max(this.#seenBytes, UNSEEN_BYTES);
    let usedBytes = 0;
    let growthBytes = 0;
    for (const [index, bytes] of sizes.entries()) {
      usedBytes += bytes;
      if ((servers[index]?.ageMs ?? 0) < GROWN_MS) growthBytes += Math.max(0, neededBytes - bytes);
    }
    if (limitBytes !== null && usedBytes + growthBytes + neededBytes > limitBytes) return false;
    const loadBytes = LOAD_GROWTH_FACTOR * neededBytes * (servers.length + 1);
    return availableBytes() > growthBytes + neededBytes + loadBytes + RESERVE_BYTES;
  }
}

/**
 * Returns a process's resident memory without what it shares, such as program text. Reads Linux's /proc; null elsewhere, or when
 * the process is gone.
 */
export function readPrivateBytes(pid: number): number | null {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
    return resident === undefined || shared === undefined ? null : (resident - shared) * PAGE_BYTES;
  } catch {
    return null;
  }
}
