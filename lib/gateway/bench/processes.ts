import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const STOP_TIMEOUT_MS = 10_000;

export interface ProcessInfo {
  pid: number;
  parentPid: number;
  /** Resident memory: what it shares with others counts in each. */
  rssBytes: number;
  command: string;
}

/** A process and everything below it, as the system lists them now. */
export async function processTree(pid: number): Promise<ProcessInfo[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,rss=,args="], { maxBuffer: 16 * 1024 * 1024 });
  const all = stdout.split("\n").flatMap((line) => {
    const [, id, parent, kilobytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{ pid: Number(id), parentPid: Number(parent), rssBytes: Number(kilobytes) * 1024, command }];
  });
  const tree = all.filter((item) => item.pid === pid);
  for (const item of tree) tree.push(...all.filter((child) => child.parentPid === item.pid));
  return tree;
}

/** Ends a process and everything below it: SIGTERM first, SIGKILL for what is left after ten seconds. */
export async function endTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const tree = await processTree(child.pid);
  const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  child.kill("SIGTERM");
  await Promise.race([exited, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  for (const { pid } of tree) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

/**
 * Returns the processor time in milliseconds, of user and system, that these processes have taken, as Linux counts it (proc(5), fields 14
 * and 15 of `stat`, in ticks of 10 ms). NaN elsewhere.
 */
export async function processorMs(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    // The second field is a name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    sum += (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10;
  }
  return sum;
}
