import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Wakes suspended machines when the simulator is gone. A process that stands still does not notice that the pipe to its
 * standard input has closed, which is how mcp-host learns that it is to end. The warden notices, and lets it go on.
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
