import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const children = new Set<ChildProcess>();

/** Starts another process whose worker takes steps, with this process's settings and those given. */
export function startWorkerChild(env: Record<string, string> = {}): ChildProcess {
  const script = fileURLToPath(import.meta.resolve("./worker-process.ts"));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.add(child);
  return child;
}

/** Kills a worker's process, as a crash would, and waits for its end. */
export async function killWorkerChild(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Kills every worker's process that still runs. */
export async function killWorkerChildren(): Promise<void> {
  for (const child of children) await killWorkerChild(child);
}
