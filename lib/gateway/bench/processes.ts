import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

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
