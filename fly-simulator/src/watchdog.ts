import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Resumes suspended machines when the simulator dies. mcp-host ends when its standard input closes, but a paused process does not
 * notice that. The watchdog, a process of its own, notices and resumes it.
 */
export class Watchdog {
  readonly #held = new Set<number>();
  #child: ChildProcess | null = null;

  hold(pids: readonly number[]): void {
    for (const pid of pids) this.#held.add(pid);
    this.#notify();
  }

  release(pids: readonly number[]): void {
    for (const pid of pids) this.#held.delete(pid);
    if (this.#child) this.#notify();
  }

  stop(): void {
    this.#child?.stdin?.end();
    this.#child = null;
  }

  #notify(): void {
    if (!this.#child) {
      const child = spawn(process.execPath, [join(import.meta.dirname, "watchdog-main.ts")], {
        stdio: ["pipe", "ignore", "ignore"],
        detached: true,
      });
      child.stdin.on("error", () => {});
      child.unref();
      this.#child = child;
    }
    this.#child.stdin?.write(`${JSON.stringify([...this.#held])}\n`);
  }
}
