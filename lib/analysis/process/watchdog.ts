import { type Dirent, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

// A thread of the process that reads sources. Reading a hostile file can hold the main thread, so this one bounds the memory of the
// whole process and the disk space of its folder, and ends the process, with the tools that it started, by force.

export interface WatchdogLimits {
  /** Resident memory of the process, including what V8's own limit does not cover. */
  maxMemoryBytes: number;
  /** Disk space of the folder. */
  maxFolderBytes: number;
  folder: string;
}

const MEMORY_EVERY_MS = 20;
const FOLDER_EVERY_MS = 100;

const { maxMemoryBytes, maxFolderBytes, folder }: WatchdogLimits = workerData;
const parent = process.ppid;

setInterval(() => {
  if (process.memoryUsage.rss() > maxMemoryBytes) end();
  // The app was killed, and the main thread may be too busy to notice.
  if (process.ppid !== parent) {
    rmSync(folder, { recursive: true, force: true });
    end();
  }
}, MEMORY_EVERY_MS);
setInterval(() => {
  if (sizeOf(folder) > maxFolderBytes) end();
}, FOLDER_EVERY_MS);

function end(): void {
  // The process leads a group of its own, to which the tools that it started belong.
  process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
}

/** Returns the size of a folder in bytes, or more than the limit as soon as it is known to be larger. */
function sizeOf(path: string): number {
  let bytes = 0;
  for (const entry of list(path)) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) bytes += sizeOf(child);
    else bytes += statSync(child, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > maxFolderBytes) return bytes;
  }
  return bytes;
}

/** Lists a folder, which may be removed meanwhile. */
function list(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
