import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { NODE_FLAGS, NODE_VARIABLES } from "../../../mcp-host/node-flags.ts";
import { AppError } from "../../errors/app-error.ts";
import { orNullAfter } from "../../util/timeout.ts";
import { streamHostLogs } from "../host-client.ts";
import type { Endpoint } from "../runtime.ts";
import type { LogRing } from "./log-ring.ts";

export interface LocalMachineOptions {
  /** The Node that runs mcp-host, and by that its server. */
  node: string;
  /** mcp-host's main file. */
  script: string;
  env: Record<string, string>;
  /** The variables that mcp-host gets through a pipe, since an environment can be read by every process of this user. */
  secrets: Record<string, string>;
  cwd: string;
  hostToken: string;
  /** Receives the machine's log. */
  log: LogRing;
  /** Called once, when the process has ended. */
  onExit: (machine: LocalMachine) => void;
}

const START_TIMEOUT_MS = 30_000;
/** mcp-host drains its calls for 5 s, then stops its server within 3 s. */
const STOP_TIMEOUT_MS = 12_000;
const MAX_STDERR_CHARACTERS = 4 * 1024;
const LOG_RETRY_MS = 500;
const LISTENING = /^mcp-host listening on (http:\/\/\S+)$/m;

/** One running mcp-host, a child of this process that ends with it. */
export class LocalMachine {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #options: LocalMachineOptions;
  #endpoint: Endpoint | null = null;
  #isAlive = true;
  #stopping: Promise<void> | null = null;
  #stderr = "";
  #exit = "";

  constructor(options: LocalMachineOptions) {
    this.#options = options;
    // mcp-host stops when its standard input closes, so that it ends with this process, however that ends.
    const flags = ["--port", "0", "--host", "127.0.0.1", "--exit-with-stdin", "--variables-from-stdin"];
    this.#child = spawn(options.node, [...NODE_FLAGS, options.script, ...flags], {
      cwd: options.cwd,
      // Next's types demand NODE_ENV in every environment. A machine has none.
      env: { ...NODE_VARIABLES, ...options.env } as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stdin?.write(`${JSON.stringify(options.secrets)}\n`);
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-MAX_STDERR_CHARACTERS);
    });
    this.exited = new Promise((resolve) => {
      const settle = (reason: string) => {
        if (!this.#isAlive) return;
        this.#isAlive = false;
        this.#exit = reason;
        options.onExit(this);
        resolve();
      };
      this.#child.once("error", (error) => settle(error.message));
      this.#child.once("exit", (code, signal) => settle(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
  }

  /** The process runs and has an address. */
  get isRunning(): boolean {
    return this.#isAlive && this.#endpoint !== null && this.#stopping === null;
  }

  get isStopRequested(): boolean {
    return this.#stopping !== null;
  }

  get endpoint(): Endpoint | null {
    return this.isRunning ? this.#endpoint : null;
  }

  /** The exit code or signal with which the process ended; "" while it runs. */
  get exitReason(): string {
    return this.#exit;
  }

  /** Resolves when mcp-host listens. Otherwise stops it and throws AppError `machine_unavailable`. */
  async waitUntilListening(): Promise<void> {
    const addressOrExit = Promise.race([this.#readAddress(), this.exited.then(() => null)]);
    const address = await orNullAfter(addressOrExit, START_TIMEOUT_MS);
    if (address !== null && this.#isAlive) {
      this.#endpoint = { url: address };
      void this.#followLog();
      return;
    }
    await this.stop();
    throw new AppError("machine_unavailable", "The machine's mcp-host did not start.", {
      hint: "Try again. If it keeps failing, see the server's log.",
      detail: [this.#exit, this.#stderr.trim()].filter((text) => text !== "").join("\n"),
    });
  }

  /** Stops mcp-host and its servers: SIGTERM, then SIGKILL after a grace period. Resolves when the process has ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (!this.#isAlive) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #readAddress(): Promise<string> {
    return new Promise((resolve) => {
      let output = "";
      this.#child.stdout?.on("data", (chunk: Buffer) => {
        if (this.#endpoint !== null) return;
        output = (output + chunk.toString()).slice(-MAX_STDERR_CHARACTERS);
        const address = LISTENING.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      });
    });
  }

  async #followLog(): Promise<void> {
    const aborted = new AbortController();
    void this.exited.then(() => aborted.abort());
    let seen = "";
    while (this.#isAlive && this.#endpoint !== null) {
      try {
        let skipping = seen !== "";
        for await (const line of streamHostLogs(this.#endpoint, this.#options.hostToken, aborted.signal)) {
          const key = `${line.time} ${line.line}`;
          if (!skipping) this.#options.log.add(line);
          if (skipping && key === seen) skipping = false;
          if (!skipping) seen = key;
        }
      } catch {
        // mcp-host is stopping or too busy. The next attempt tells.
      }
      if (this.#isAlive) await delay(LOG_RETRY_MS);
    }
  }
}
