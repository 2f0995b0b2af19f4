import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { StartError } from "../../errors/start-error.ts";

const run = promisify(execFile);

/** A PostgreSQL server that runs on a cluster's folder. */
export interface Postmaster {
  pid: number;
  port: number;
}

/**
 * Finds the server that runs on a cluster's folder by its `postmaster.pid`. Returns null for a stale file, also when its pid
 * belongs to another program now.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
  // Its lines: pid, data folder, start time, port, socket folder, address, shared memory, state.
  const lines = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const [pid, , , port] = lines.split("\n").map(Number);
  if (!pid || !Number.isSafeInteger(pid) || !isAlive(pid)) return null;
  return (await isPostgresOn(cluster, pid)) ? { pid, port: port ?? 0 } : null;
}

/** Removes a stale pid file. PostgreSQL would take a reused pid for a running server and refuse to start. */
export async function removeStalePidFile(cluster: string): Promise<void> {
  if ((await findPostmaster(cluster)) === null) await rm(join(cluster, "postmaster.pid"), { force: true });
}

/**
 * Stops the server of a cluster and waits until its process has exited. Requests a fast shutdown, which ends sessions and writes
 * a checkpoint, and after `fastMs` an immediate one, from which the next start recovers.
 */
export async function stopPostmaster(cluster: string, fastMs = 15_000): Promise<void> {
  const found = await findPostmaster(cluster);
  if (found === null) return;
  signal(found.pid, "SIGINT");
  if (await isGone(found.pid, fastMs)) return;
  signal(found.pid, "SIGQUIT");
  if (await isGone(found.pid, 10_000)) return;
  throw new StartError(`PostgreSQL (process ${found.pid}) does not stop.`);
}

async function isPostgresOn(cluster: string, pid: number): Promise<boolean> {
  const command = await readCommand(pid);
  // Windows does not report the command, so a live process with this pid counts as the server.
  return command === null || (/postgres/i.test(command) && command.includes(cluster));
}

async function readCommand(pid: number): Promise<string | null> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (process.platform === "win32") return null;
  return run("ps", ["-o", "command=", "-p", String(pid)])
    .then(({ stdout }) => stdout)
    .catch(() => "");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Detects an exited process that its parent has not collected; in a container without an init it stays forever. */
function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has exited in the meantime.
  }
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    if (!isAlive(pid)) return true;
    await delay(25);
  }
  return !isAlive(pid);
}
