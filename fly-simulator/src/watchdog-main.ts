import { createInterface } from "node:readline";

// The process of watchdog.ts. Each line on standard input lists the paused processes. When the input ends, the simulator is gone.
let held: number[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const pids: unknown = JSON.parse(line);
  if (Array.isArray(pids)) held = pids.filter((pid) => Number.isInteger(pid) && pid > 1);
}
for (const pid of held) {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // The process has ended.
  }
}
