import { readFileSync } from "node:fs";

/** What a server is taken to need before one has been seen: a small Node program. */
const UNSEEN_BYTES = 48 * 1024 * 1024;
/** Left alone for mcp-host itself. */
const RESERVE_BYTES = 32 * 1024 * 1024;
const PAGE_BYTES = 4096;

export interface MemoryBudgetOptions {
  /** What all servers together may take; null for what the machine has. */
  limitBytes: number | null;
  /** What the machine, or the container, still has. */
  availableBytes: () => number;
  /** What a process has in memory to itself; null when it cannot be told. */
  readPrivateBytes: (pid: number) => number | null;
}

/** By how much of its size a server grows when it has much to do; Node's heap does by about that. */
const LOAD_GROWTH_FACTOR = 0.5;
/** A server that has run for so long has grown to the size that it keeps. */
const GROWN_MS = 3_000;

export interface RunningServer {
  pid: number;
  ageMs: number;
}

/** Decides whether there is memory for one more server, by what those that run have taken, and will take once they have grown. */
export class MemoryBudget {
  readonly #options: MemoryBudgetOptions;
  #seenBytes = 0;
  #seenGrown = false;

  constructor(options: MemoryBudgetOptions) {
    this.#options = options;
  }

  /** Whether one more server fits beside these. */
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

/** Resident memory of a process without what it shares, such as its program's text, as Linux tells it; null elsewhere, or when it is gone. */
export function readPrivateBytes(pid: number): number | null {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
    return resident === undefined || shared === undefined ? null : (resident - shared) * PAGE_BYTES;
  } catch {
    return null;
  }
}
