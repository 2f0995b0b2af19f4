import { createInterface } from "node:readline";

// Started by watchdog.ts. Each line on standard input is the list of processes that stand still; when it ends, the simulator is gone.
let held: number[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const pids: unknown = JSON.parse(line);
  if (Array.isArray(pids)) held = pids.filter((pid) => Number.isInteger(pid) && pid > 1);
}
for (const pid of held) {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It has ended.
  }
}
