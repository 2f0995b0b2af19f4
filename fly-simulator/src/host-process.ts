import { type ChildProcess, spawn } from "node:child_process";
import type { MachineFolders } from "../../lib/runtime/local/folders.ts";
import { findLeftovers, stopLeftovers } from "../../lib/runtime/local/leftovers.ts";
import { NODE_FLAGS, NODE_VARIABLES } from "../../mcp-host/node-flags.ts";
import type { Watchdog } from "./watchdog.ts";

const LISTENING = /^mcp-host listening on http:\/\/[^\s]*:(\d+)$/m;
const MAX_OUTPUT_CHARACTERS = 16 * 1024;

export interface Exit {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface HostLaunch {
  script: string;
  env: Record<string, string>;
  cwd: string;
  folders: MachineFolders;
  watchdog: Watchdog;
}

/** A machine's mcp-host with its servers. It ends with this process, however that ends. */
export class HostProcess {
  readonly exited: Promise<Exit>;
  /** The loopback port that stands for the image's 8080; null when the process ended before it listened. */
  readonly port: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #launch: HostLaunch;
  #output = "";
  #port: number | null = null;
  #frozen = false;

  constructor(launch: HostLaunch) {
    this.#launch = launch;
    const flags = ["--port", "0", "--host", "127.0.0.1", "--exit-with-stdin"];
    const env: Record<string, string> = { ...NODE_VARIABLES, ...launch.env };
    this.#child = spawn(process.execPath, [...NODE_FLAGS, launch.script, ...flags], {
      cwd: launch.cwd,
      // Next's types demand NODE_ENV in every environment. A machine has none.
      env: env as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stdin?.on("error", () => {});
    this.exited = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: 127, signal: null }));
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.port = new Promise((resolve) => {
      void this.exited.then(() => resolve(null));
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          this.#output = (this.#output + chunk.toString()).slice(-MAX_OUTPUT_CHARACTERS);
          const port = this.#port === null ? LISTENING.exec(this.#output)?.[1] : undefined;
          if (port !== undefined) {
            this.#port = Number(port);
            resolve(this.#port);
          }
        });
      }
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The port, or null before mcp-host listens. */
  get listeningPort(): number | null {
    return this.#port;
  }

  /** The end of its output. */
  get output(): string {
    return this.#output;
  }

  /** Pauses every process of the machine (SIGSTOP). */
  async freeze(): Promise<void> {
    this.#frozen = true;
    const stopped = new Set<number>();
    // The next round finds a process that was started during this one.
    for (;;) {
      const running = (await this.#pids()).filter((pid) => !stopped.has(pid));
      if (running.length === 0) return;
      // The watchdog must know them before they pause, so that none is left behind.
      this.#launch.watchdog.hold(running);
      for (const pid of running) {
        send(pid, "SIGSTOP");
        stopped.add(pid);
      }
    }
  }

  /** Resumes every process of the machine (SIGCONT). */
  async thaw(): Promise<void> {
    const pids = await this.#pids();
    for (const pid of pids) send(pid, "SIGCONT");
    this.#launch.watchdog.release(pids);
    this.#frozen = false;
  }

  /** Stops mcp-host with this signal, and kills what is left after `timeoutMs`. Resolves when every process has ended. */
  async end(signal: NodeJS.Signals, timeoutMs: number): Promise<Exit> {
    if (this.#frozen || signal === "SIGKILL") return this.kill();
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await stopLeftovers(this.#launch.folders, 0);
    return exit;
  }

  /** Kills every process of the machine. Resolves when they have ended. */
  async kill(): Promise<Exit> {
    const pids = await this.#pids();
    this.signal("SIGKILL");
    const exit = await this.exited;
    await stopLeftovers(this.#launch.folders, 0);
    this.#launch.watchdog.release(pids);
    return exit;
  }

  /** Sends a signal to mcp-host alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #pids(): Promise<number[]> {
    const found = await findLeftovers(this.#launch.folders);
    return this.pid === undefined || found.includes(this.pid) ? found : [this.pid, ...found];
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended.
  }
}
