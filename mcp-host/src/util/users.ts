import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Does synchronous work with the rights of another user, and with none of root's. Null: with mcp-host's own. A folder that belongs to
 * a server can hold links that lead elsewhere; root would follow them.
 */
export function actAs<T>(user: number | null, work: () => T): T {
  const { getgroups, setgroups, setegid, seteuid } = process;
  if (user === null || !getgroups || !setgroups || !setegid || !seteuid) return work();
  const groups = getgroups();
  setgroups([]);
  setegid(user);
  seteuid(user);
  try {
    return work();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}

/** Returns whether users without rights of their own can enter a folder's parents, and the folder or start the file. */
export function isReachable(path: string): boolean {
  for (let part = path; ; part = dirname(part)) {
    const info = statSync(part, { throwIfNoEntry: false });
    if (info !== undefined && (info.mode & 0o001) === 0) return false;
    if (part === dirname(part)) return true;
  }
}

/** Kills every process of a user, also those that have left their process group. Only Linux tells them. */
export function killProcessesOf(user: number): void {
  // A process can start another while the list is read.
  for (let round = 0; round < 100; round++) {
    const pids = listProcessesOf(user);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/** Lists the running processes whose real or effective user this is, without those that only wait for their parent. */
function listProcessesOf(user: number): number[] {
  let names: string[] = [];
  try {
    names = readdirSync("/proc");
  } catch {
    // Not Linux.
  }
  return names.filter((name) => /^\d+$/.test(name) && isProcessOf(name, user)).map(Number);
}

function isProcessOf(pid: string, user: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const [, real, effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(status) ?? [];
    return !/^State:\s+[ZX]/m.test(status) && (Number(real) === user || Number(effective) === user);
  } catch {
    return false;
  }
}
