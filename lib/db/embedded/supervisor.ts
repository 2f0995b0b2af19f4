import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { StartError } from "../../errors/start-error.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { launch } from "./cluster.ts";
import { findPostmaster, removeStalePidFile, stopPostmaster } from "./postmaster.ts";

/** After a crash PostgreSQL replays its log before it accepts connections. */
const READY_WITHIN_MS = 120_000;
/** Pauses before restarts; the last one repeats. */
const BACKOFF_MS = [500, 2_000, 10_000, 30_000];
/** After running this long, a server's next exit counts as the first failure again. */
const STEADY_MS = 60_000;
/** Sessions notice the death of their server at once, unless they are in the middle of work. */
const ORPHANS_WITHIN_MS = 30_000;
const ORPHANS_PAUSE_MS = 250;
/** PostgreSQL's message in CreateSharedMemory (sysv_shmem.c), in the C locale. */
const OCCUPIED = "pre-existing shared memory block";
/** A fast shutdown ends sessions and writes a checkpoint. */
const FAST_STOP_MS = 15_000;

export interface SupervisedServer {
  binaries: Binaries;
  cluster: string;
  port: number;
  /** Reaches the server's maintenance database. */
  url: string;
  logFile: string;
  account: Account | null;
  durable: boolean;
  say: (line: string) => void;
}

/** Keeps the server of a cluster running between {@link start} and {@link stop}. */
export class Supervisor {
  readonly #server: SupervisedServer;
  readonly #stopping = new AbortController();
  #failures = 0;
  #child: ChildProcess | undefined;

  constructor(server: SupervisedServer) {
    this.#server = server;
  }

  /**
   * Starts the server and waits until it accepts connections. While sessions of a killed server still use its shared memory,
   * PostgreSQL refuses to start; they end by themselves, so this waits for them.
   *
   * @throws StartError with the server's last message
   */
  async start(): Promise<void> {
    const signal = this.#stopping.signal;
    for (const end = Date.now() + ORPHANS_WITHIN_MS; ; await delay(ORPHANS_PAUSE_MS, undefined, { signal })) {
      try {
        return await this.#launch();
      } catch (error) {
        const isOccupied = error instanceof StartError && error.message.includes(OCCUPIED);
        if (!isOccupied || Date.now() > end) throw error;
      }
    }
  }

  async #launch(): Promise<void> {
    const { binaries, cluster, port, logFile, account, durable } = this.#server;
    const child = await launch(binaries, cluster, port, logFile, { account, durable });
    this.#child = child;
    child.unref();
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
    await this.#ready(child, exited);
    const startedAt = Date.now();
    void exited.then(() => this.#restart(startedAt));
  }

  /** Stops the server and waits until its process is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // A server that has just started has no pid file yet, so stopPostmaster would not find it.
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.ref();
      child.kill("SIGINT");
      await Promise.race([exited, delay(FAST_STOP_MS, undefined, { ref: false })]);
    }
    await stopPostmaster(this.#server.cluster);
  }

  async #ready(child: ChildProcess, exited: Promise<void>): Promise<void> {
    let isOver = false;
    void exited.then(() => {
      isOver = true;
    });
    for (const end = Date.now() + READY_WITHIN_MS; ; await delay(50)) {
      if (await this.#accepts()) return;
      if (isOver) throw new StartError(`PostgreSQL does not start: ${await this.#readLastMessage()}`);
      if (Date.now() > end) {
        child.kill("SIGINT");
        throw new StartError(
          `PostgreSQL did not become ready in ${READY_WITHIN_MS / 1000} s: see ${this.#server.logFile}.`,
        );
      }
    }
  }

  async #accepts(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.#server.url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  /** Restarts the server after its process has exited, whether it crashed or was stopped from outside. */
  async #restart(startedAt: number): Promise<void> {
    const { cluster, say } = this.#server;
    if (Date.now() - startedAt > STEADY_MS) this.#failures = 0;
    while (!this.#stopping.signal.aborted) {
      const waitMs = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)];
      this.#failures += 1;
      say("PostgreSQL has exited. Restarting it.");
      try {
        await delay(waitMs, undefined, { signal: this.#stopping.signal, ref: false });
        // An operator may have started it already.
        if (await findPostmaster(cluster)) return;
        await removeStalePidFile(cluster);
        return await this.start();
      } catch (error) {
        if (!this.#stopping.signal.aborted) say(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #readLastMessage(): Promise<string> {
    const log = await readFile(this.#server.logFile, "utf8").catch(() => "");
    return findReason(log) || `it ended at once; see ${this.#server.logFile}.`;
  }
}

/** What a session says at its end. One of a killed server may say so in the log of the next server. */
const OF_SESSION = "terminating connection";

/** Returns why a server ended, by the last message of its log that is its own, or an empty text. The log begins with its start. */
export function findReason(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !line.includes(OF_SESSION));
  const telling =
    lines.find((line) => line.includes(OCCUPIED)) ??
    lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ??
    lines.at(-1) ??
    "";
  return telling.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, "").trim();
}
