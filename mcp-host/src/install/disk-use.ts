import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

const BLOCK_BYTES = 512;
const MIN_PAUSE_MS = 500;
/** Measuring takes at most this share of the time, however many files there are. */
const PAUSES_PER_MEASUREMENT = 5;

/** Returns the disk space of a folder in bytes. Files that appear or vanish meanwhile may be missed. Never rejects. */
async function measureFolder(folder: string): Promise<number> {
  const counted = new Set<bigint>();
  const pending = [folder];
  let bytes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) pending.push(path);
      const info = await lstat(path, { bigint: true }).catch(() => null);
      // uv links files out of its cache: several names, one content.
      if (info === null || (info.nlink > 1n && !entry.isDirectory() && counted.has(info.ino))) continue;
      if (info.nlink > 1n) counted.add(info.ino);
      bytes += Number(info.blocks) * BLOCK_BYTES;
    }
  }
  return bytes;
}

/** Measures a folder again and again. Calls `onExceeded` once when it takes more than `maxBytes`. Returns the stop function. */
export function watchFolder(folder: string, maxBytes: number, onExceeded: () => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  const measure = async () => {
    const startedMs = performance.now();
    const bytes = await measureFolder(folder);
    if (isStopped) return;
    if (bytes > maxBytes) return onExceeded();
    const tookMs = performance.now() - startedMs;
    timer = setTimeout(measure, Math.max(MIN_PAUSE_MS, tookMs * PAUSES_PER_MEASUREMENT));
  };
  timer = setTimeout(measure, MIN_PAUSE_MS);
  return () => {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
