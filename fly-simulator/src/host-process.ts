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

/** One mcp-host with its servers: what runs on a machine. It ends with this process, however this ends. */
export class HostProcess {
  readonly exited: Promise<Exit>;
  /** Its loopback port once it listens, as the image's 8080; null when it ended before. */
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
      // Next's types ask every environment for NODE_ENV, which is none of a machine's business.
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

  /** The port, once there is one. */
  get listeningPort(): number | null {
    return this.#port;
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output;
  }

  /** Stops every process of the machine where it is. */
  async freeze(): Promise<void> {
    this.#frozen = true;
    const stopped = new Set<number>();
    // A process that starts another while it is looked for is found in the next round.
    for (;;) {
      const running = (await this.#pids()).filter((pid) => !stopped.has(pid));
      if (running.length === 0) return;
      // Known to the warden before they stand still, so that none is ever left behind.
      this.#launch.watchdog.hold(running);
      for (const pid of running) {
        send(pid, "SIGSTOP");
        stopped.add(pid);
      }
    }
  }

  /** Lets them go on. */
  async thaw(): Promise<void> {
    const pids = await this.#pids();
    for (const pid of pids) send(pid, "SIGCONT");
    this.#launch.watchdog.release(pids);
    this.#frozen = false;
  }

  /** Asks mcp-host to end with this signal; what is left after so long is killed. Resolves when all is gone. */
  async end(signal: NodeJS.Signals, timeoutMs: number): Promise<Exit> {
    if (this.#frozen || signal === "SIGKILL") return this.kill();
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await stopLeftovers(this.#launch.folders, 0);
    return exit;
  }

  /** kill -9 to all of it. Resolves when it is gone. */
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
    // It has ended.
  }
}
