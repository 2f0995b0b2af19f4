import { readFileSync, writeFileSync } from "node:fs";

const EVERY_MS = 20;

/**
 * Watches the resident memory of a process.
 *
 * @returns a function that ends it and returns the most that was seen in bytes, or null where there is no /proc
 */
export function readPeakMemory(pid: number | null): () => number | null {
  let most: number | null = null;
  try {
    // Resets the peak, since a process reads source after source.
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // No /proc, or none that may be written.
  }
  const read = () => {
    try {
      const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      if (kibibytes !== undefined) most = Number(kibibytes) * 1024;
    } catch {
      // The process has ended.
    }
  };
  const timer = setInterval(read, EVERY_MS);
  return () => {
    read();
    clearInterval(timer);
    return most;
  };
}
