import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { MachineFolders } from "./folders.ts";

const POLL_MS = 50;

/**
 * Stops processes that still run from a machine's folder after their parent was killed: an mcp-host on its way out, or a server
 * that did not notice the end of its mcp-host. It recognizes them by the folder in their environment, and by their user where the machine has one of its own. On systems without /proc only
 * the first kind can exist, and it ends by itself.
 *
 * @param graceMs the grace period between SIGTERM and SIGKILL
 */
export async function stopLeftovers(folders: MachineFolders, graceMs: number): Promise<void> {
  let found = await findLeftovers(folders);
  if (found.length === 0) return;
  signalAll(found, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (found.length > 0 && performance.now() < deadline) {
    await delay(POLL_MS);
    found = await findLeftovers(folders);
  }
  for (; found.length > 0; found = await findLeftovers(folders)) {
    signalAll(found, "SIGKILL");
    await delay(POLL_MS);
  }
}

/** Finds the process ids that run from a machine's folder, as far as this user may see them. */
export async function findLeftovers(folders: MachineFolders): Promise<number[]> {
  const { install, home, state, user = null } = folders;
  const marks = [state === undefined ? `MCP_INSTALL_DIR=${install}` : `MCP_STATE_DIR=${state}`, `HOME=${home}`];
  const names = await readdir("/proc").catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // A server can overwrite its environment, but not its user.
    if (user !== null && (await readUser(pid)) === user) {
      found.push(pid);
      continue;
    }
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (environment === "") continue;
    const entries = environment.split("\0");
    if (marks.some((mark) => entries.includes(mark))) found.push(pid);
  }
  return found;
}

/** Returns the real user of a process that runs, or null. */
async function readUser(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const user = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  return user === undefined || /^State:\s+[ZX]/m.test(status) ? null : Number(user);
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}
