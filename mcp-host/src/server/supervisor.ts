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

/** What the supervised process says and that it is gone, for whoever speaks with it. */
export interface SupervisorListener {
  line(text: string): void;
  droppedLine(head: string, tail: string, bytes: number): void;
  /** Whether it is at work for a client, whose call may then be what ends it. */
  busy(): boolean;
  exit(info: ExitInfo): void;
}

export interface SupervisorOptions {
  launch: () => Launch;
  /** The pause after a first crash. */
  restartPauseMs: number;
  log: Log;
}

/** A process that has lived this long was not broken from the start. */
const SETTLED_MS = 1_000;
/** One that ends by itself before this, again and again, is in a loop however well it began. */
const HEALTHY_MS = 30_000;
const MAX_BACKOFF_MS = 30_000;
const CRASH_LOOP = 5;
const MAX_STDERR_LINES = 20;

/** Keeps one server process going: starts it, starts it again with growing pauses, gives up after five crashes in a row until somebody asks. */
export class Supervisor {
  restarts = 0;
  lastExit: LastExit | null = null;
  failure: ServerFailure | null = null;
  #state: ServerState = "idle";
  #process: ServerProcess | null = null;
  #crashes = 0;
  #timer: NodeJS.Timeout | null = null;
  #pauseEndsMs = 0;
  #waiters: { resolve: (process: ServerProcess) => void; reject: (error: Error) => void }[] = [];
  #handshaking = false;
  #handshaken = false;
  /** A process before this one broke at its handshake; being alive proves nothing for the next. */
  #suspect = false;
  #stderr: string[] = [];
  readonly #options: SupervisorOptions;
  readonly #listener: SupervisorListener;
  readonly #log: Log;

  constructor(options: SupervisorOptions, listener: SupervisorListener) {
    this.#options = options;
    this.#listener = listener;
    this.#log = options.log;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** The last lines that this process, or the one before it, wrote to stderr, redacted. */
  get stderrTail(): string[] {
    return [...this.#stderr];
  }

  /** How much is left of the pause after a crash. */
  get pauseLeftMs(): number {
    return this.#state === "backoff" ? Math.max(0, this.#pauseEndsMs - performance.now()) : 0;
  }

  get process(): ServerProcess | null {
    return this.#process;
  }

  /** Starts the process unless it runs, is about to, or was stopped for good. */
  start(): void {
    if (this.#state === "idle" || this.#state === "failed") this.#spawn();
  }

  /** A live process; waits through a pause, and tries once more where the server had been given up. Rejects when that start fails. */
  acquire(): Promise<ServerProcess> {
    if (this.#process?.alive) return Promise.resolve(this.#process);
    if (this.#state === "stopped") return Promise.reject(new Error("the server was stopped"));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.start();
    });
  }

  /** `initialize` is being sent to the process. */
  handshakeBegun(): void {
    this.#handshaking = true;
  }

  /** The server has answered `initialize`: from here on it counts as running. */
  handshakeDone(): void {
    this.#handshaking = false;
    this.#handshaken = true;
    this.#suspect = false;
    this.#settled();
  }

  /** The server did not answer `initialize`: ends the process and counts that as a crash. */
  handshakeFailed(message: string): void {
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
    this.#handshaking = false;
    this.#handshaken = false;
    this.#stderr = [];
    if (this.lastExit !== null) this.restarts++;
    const handler: ProcessHandler = {
      line: (text) => this.#listener.line(text),
      droppedLine: (head, tail, bytes) => this.#listener.droppedLine(head, tail, bytes),
      stderr: (line, cut) => {
        if (this.#stderr.push(this.#log.add("stderr", line, cut)) > MAX_STDERR_LINES) this.#stderr.shift();
      },
      exit: (info) => this.#exited(process, info),
    };
    const process = new ServerProcess(this.#options.launch(), handler);
    this.#process = process;
    if (process.pid === null) return;
    this.#log.host(`server started, process ${process.pid}`);
    if (!this.#suspect) this.#timer = setTimeout(() => this.#settled(), SETTLED_MS);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(process);
  }

  #settled(): void {
    this.#clearTimer();
    this.#state = "running";
    this.failure = null;
  }

  #exited(process: ServerProcess, info: ExitInfo): void {
    this.#process = null;
    this.#clearTimer();
    this.lastExit = { code: info.code, signal: info.signal, at: new Date().toISOString() };
    this.#suspect ||= this.#handshaking;
    const stuck = this.failure?.code === "handshake_timeout" && info.expected;
    if (this.#state === "stopped") {
      this.#listener.exit(info);
      return;
    }
    if (!stuck) this.failure = this.#explain(info);
    this.#log.host(this.failure?.message ?? "server exited");
    const livedMs = performance.now() - process.startedMs;
    const byCall = this.#handshaken && livedMs >= SETTLED_MS && this.#listener.busy();
    if (byCall || (livedMs >= HEALTHY_MS && !this.#suspect)) this.#crashes = 0;
    this.#crashes++;
    // A command that is not there will not be there a second later.
    const hopeless = info.spawnError !== null;
    if (hopeless || this.#crashes >= CRASH_LOOP) {
      this.#state = "failed";
      if (!hopeless) this.#log.host(`server crashed ${this.#crashes} times in a row; the next call tries again`);
    } else {
      this.#state = "backoff";
      const pauseMs =
        Math.min(MAX_BACKOFF_MS, this.#options.restartPauseMs * 2 ** (this.#crashes - 1)) * (0.8 + 0.4 * Math.random());
      this.#pauseEndsMs = performance.now() + pauseMs;
      this.#timer = setTimeout(() => this.#spawn(), pauseMs);
    }
    this.#listener.exit(info);
    if (this.#state === "failed") this.#rejectWaiters(this.failure?.message ?? "the server cannot be started");
  }

  #explain(info: ExitInfo): ServerFailure {
    if (info.spawnError !== null) {
      const reason = info.spawnError.code === "ENOENT" ? "no such program" : (info.spawnError.code ?? "unknown reason");
      return { code: "spawn_failed", message: `the server could not be started: ${reason}` };
    }
    const how = info.signal === null ? `exit code ${info.code}` : `signal ${info.signal}`;
    const last = tellingLine(this.#stderr);
    const quote = last === undefined ? "" : `: ${last.slice(0, 500)}`;
    const heap = this.#stderr.some((line) => /heap out of memory|MemoryError|Cannot allocate memory/.test(line));
    if (heap || info.code === 137 || (info.signal === "SIGKILL" && !info.expected)) {
      return {
        code: "out_of_memory",
        message: `the server was killed, most likely for want of memory (${how})${quote}`,
      };
    }
    const when = this.#handshaken ? "exited" : "exited before it answered initialize";
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

/** The line of a crash's output that most likely names the cause: not a stack frame, and rather one that speaks of an error. */
function tellingLine(lines: string[]): string | undefined {
  const prose = lines.filter((line) => /[a-z]{2}/i.test(line) && !/^\s+at |^Node\.js v\d/.test(line));
  const cause = /error|missing|required|must|invalid|denied|cannot|not (?:found|set|defined)/i;
  return prose.findLast((line) => cause.test(line)) ?? prose.at(-1);
}
