import { readdir, readFile } from "node:fs/promises";
import type { MachineFolders } from "./folders.ts";

const POLL_MS = 50;

/**
 * Ends the processes that still run from a machine's folder although nobody holds them any more: an mcp-host whose app was
 * killed is on its way out, and a server whose mcp-host was killed may not notice at all. They are known by the folder in
 * their environment. On systems without /proc only the first kind can be left, and it ends by itself.
 *
 * @param graceMs how long they may take to end before they are killed
 */
export async function stopLeftovers(folders: MachineFolders, graceMs: number): Promise<void> {
  let found = await findLeftovers(folders);
  if (found.length === 0) return;
  signalAll(found, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (found.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    found = await findLeftovers(folders);
  }
  for (; found.length > 0; found = await findLeftovers(folders)) {
    signalAll(found, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The processes of this user that run from a machine's folder. */
export async function findLeftovers(folders: MachineFolders): Promise<number[]> {
  const marks = [`MCP_INSTALL_DIR=${folders.install}`, `HOME=${folders.home}`];
  const names = await readdir("/proc").catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (environment === "") continue;
    const entries = environment.split("\0");
    if (marks.some((mark) => entries.includes(mark))) found.push(pid);
  }
  return found;
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has gone by itself.
    }
  }
}
