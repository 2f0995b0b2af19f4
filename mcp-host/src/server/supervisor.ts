import type { Log } from "../log.ts";
import { type ExitInfo, type Launch, type ProcessHandler, ServerProcess } from "./process.ts";

export type ServerState = "idle" | "starting" | "running" | "backoff" | "failed" | "stopped";

export interface ServerFailure {
  code: "spawn_failed" | "crashed" | "out_of_memory" | "handshake_timeout";
  message: string;
}

export interface LastExit {
  code: number | null;
  signal: string | null;
  at: string;
}

/** Gets the output and the exit of the supervised process. */
export interface SupervisorHandler {
  line(text: string): void;
  droppedLine(head: string, tail: string, bytes: number): void;
  /** Returns whether a client's call is in flight, which can be the cause of a crash. */
  isBusy(): boolean;
  exit(info: ExitInfo): void;
}

export interface SupervisorOptions {
  launch: () => Launch;
  /** Backoff after the first crash. */
  restartBackoffMs: number;
  log: Log;
}

/** A process of this age was not broken from the start. */
const STABLE_MS = 1_000;
/** A process that exits before this age, again and again, is in a crash loop. */
const HEALTHY_MS = 30_000;
const MAX_BACKOFF_MS = 30_000;
const MAX_CRASHES = 5;
const MAX_STDERR_LINES = 20;

/**
 * Keeps one server process running. Restarts it with exponential backoff, and gives up after five crashes in a row until the next
 * call.
 */
export class Supervisor {
  restarts = 0;
  lastExit: LastExit | null = null;
  failure: ServerFailure | null = null;
  #state: ServerState = "idle";
  #process: ServerProcess | null = null;
  #lastFailure: ServerFailure | null = null;
  #crashes = 0;
  #timer: NodeJS.Timeout | null = null;
  #backoffEndsMs = 0;
  #waiters: { resolve: (process: ServerProcess) => void; reject: (error: Error) => void }[] = [];
  #isHandshaking = false;
  #hasHandshaken = false;
  /** A previous process failed at its handshake, so being alive proves nothing for this one. */
  #isSuspect = false;
  #stderr: string[] = [];
  readonly #options: SupervisorOptions;
  readonly #handler: SupervisorHandler;
  readonly #log: Log;

  constructor(options: SupervisorOptions, handler: SupervisorHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#log = options.log;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Returns the last stderr lines of this process, or of the one before it, redacted. */
  get stderrTail(): string[] {
    return [...this.#stderr];
  }

  /** Returns what is left of the backoff, in ms. */
  get backoffLeftMs(): number {
    return this.#state === "backoff" ? Math.max(0, this.#backoffEndsMs - performance.now()) : 0;
  }

  /**
   * Returns whether a process that follows a crash has yet to prove itself, by a handshake or by living for 30 s. In a crash loop each process
   * is alive for a while.
   */
  get isUnproven(): boolean {
    if (this.#crashes === 0 || this.#hasHandshaken) return false;
    return this.#process === null || performance.now() - this.#process.startedMs < HEALTHY_MS;
  }

  /** Why the last process ended, even if another one runs now. Null before a first failure. */
  get lastFailure(): ServerFailure | null {
    return this.failure ?? this.#lastFailure;
  }

  get process(): ServerProcess | null {
    return this.#process;
  }

  /** Starts the process unless it is running, about to run, or stopped for good. */
  start(): void {
    if (this.#state === "idle" || this.#state === "failed") this.#spawn();
  }

  /**
   * Returns a live process. Waits through a backoff, and tries once more after giving up. Rejects when that start
   * fails.
   */
  acquire(): Promise<ServerProcess> {
    if (this.#process?.isAlive) return Promise.resolve(this.#process);
    if (this.#state === "stopped") return Promise.reject(new Error("the server was stopped"));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.start();
    });
  }

  /** `initialize` was sent to the process. */
  beginHandshake(): void {
    this.#isHandshaking = true;
  }

  /** The server answered `initialize`: it counts as running. */
  completeHandshake(): void {
    this.#isHandshaking = false;
    this.#hasHandshaken = true;
    this.#isSuspect = false;
    this.#markRunning();
  }

  /** The server did not answer `initialize`. Ends the process, which counts as a crash. */
  failHandshake(message: string): void {
    const process = this.#process;
    if (process === null) return;
    this.failure = { code: "handshake_timeout", message };
    void process.stop();
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#clearTimer();
    this.#rejectWaiters("the server was stopped");
    await this.#process?.stop();
  }

  #spawn(): void {
    this.#clearTimer();
    this.#state = "starting";
    this.#isHandshaking = false;
    this.#hasHandshaken = false;
    this.#stderr = [];
    if (this.lastExit !== null) this.restarts++;
    const handler: ProcessHandler = {
      line: (text) => this.#handler.line(text),
      droppedLine: (head, tail, bytes) => this.#handler.droppedLine(head, tail, bytes),
      stderr: (line, cut) => {
        if (this.#stderr.push(this.#log.add("stderr", line, cut)) > MAX_STDERR_LINES) this.#stderr.shift();
      },
      exit: (info) => this.#onExit(process, info),
    };
    const process = new ServerProcess(this.#options.launch(), handler);
    this.#process = process;
    if (process.pid === null) return;
    this.#log.logHost(`server started, process ${process.pid}`);
    if (!this.#isSuspect) this.#timer = setTimeout(() => this.#markRunning(), STABLE_MS);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(process);
  }

  #markRunning(): void {
    this.#clearTimer();
    this.#state = "running";
    this.failure = null;
  }

  #onExit(process: ServerProcess, info: ExitInfo): void {
    this.#process = null;
    this.#clearTimer();
    this.lastExit = { code: info.code, signal: info.signal, at: new Date().toISOString() };
    this.#isSuspect ||= this.#isHandshaking;
    const isTimeout = this.failure?.code === "handshake_timeout" && info.isExpected;
    if (this.#state === "stopped") {
      this.#handler.exit(info);
      return;
    }
    if (!isTimeout) this.failure = this.#explain(info);
    this.#lastFailure = this.failure;
    this.#log.logHost(this.failure?.message ?? "server exited");
    const livedMs = performance.now() - process.startedMs;
    const byCall = this.#hasHandshaken && livedMs >= STABLE_MS && this.#handler.isBusy();
    if (byCall || (livedMs >= HEALTHY_MS && !this.#isSuspect)) this.#crashes = 0;
    this.#crashes++;
    // A missing program will still be missing after a backoff.
    const isPermanent = info.spawnError !== null;
    if (isPermanent || this.#crashes >= MAX_CRASHES) {
      this.#state = "failed";
      if (!isPermanent) this.#log.logHost(`server crashed ${this.#crashes} times in a row; the next call tries again`);
    } else {
      this.#state = "backoff";
      const backoffMs =
        Math.min(MAX_BACKOFF_MS, this.#options.restartBackoffMs * 2 ** (this.#crashes - 1)) *
        (0.8 + 0.4 * Math.random());
      this.#backoffEndsMs = performance.now() + backoffMs;
      this.#timer = setTimeout(() => this.#spawn(), backoffMs);
    }
    this.#handler.exit(info);
    if (this.#state === "failed") this.#rejectWaiters(this.failure?.message ?? "the server cannot be started");
  }

  #explain(info: ExitInfo): ServerFailure {
    if (info.spawnError !== null) {
      const reason = info.spawnError.code === "ENOENT" ? "no such program" : (info.spawnError.code ?? "unknown reason");
      return { code: "spawn_failed", message: `the server could not be started: ${reason}` };
    }
    const how = info.signal === null ? `exit code ${info.code}` : `signal ${info.signal}`;
    const last = findTellingLine(this.#stderr);
    const quote = last === undefined ? "" : `: ${last.slice(0, 500)}`;
    const heap = this.#stderr.some((line) => /heap out of memory|MemoryError|Cannot allocate memory/.test(line));
    if (heap || info.code === 137 || (info.signal === "SIGKILL" && !info.isExpected)) {
      return {
        code: "out_of_memory",
        message: `the server was killed, most likely for want of memory (${how})${quote}`,
      };
    }
    const when = this.#hasHandshaken ? "exited" : "exited before it answered initialize";
    return { code: "crashed", message: `the server ${when} (${how})${quote}` };
  }

  #rejectWaiters(message: string): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error(message));
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/**
 * Returns the line of a crash's output that most likely names the cause: no stack frame, preferably one that speaks of an error.
 */
function findTellingLine(lines: string[]): string | undefined {
  const prose = lines.filter((line) => /[a-z]{2}/i.test(line) && !/^\s+at |^Node\.js v\d/.test(line));
  const cause = /error|missing|required|must|invalid|denied|cannot|not (?:found|set|defined)/i;
  return prose.findLast((line) => cause.test(line)) ?? prose.at(-1);
}
