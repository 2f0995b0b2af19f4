import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs";
import { RpcError, toUnavailable } from "../protocol/jsonrpc.ts";
import { killGroup } from "../util/process-group.ts";
import { orNullAfter } from "../util/timeout.ts";
import { LineSplitter } from "./lines.ts";

export interface Launch {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
  /** User and group id. Null: mcp-host's own. */
  user?: number | null;
}

export interface ExitInfo {
  code: number | null;
  signal: string | null;
  /** Why the process could not be started, or null. */
  spawnError: NodeJS.ErrnoException | null;
  /** mcp-host stopped it. */
  isExpected: boolean;
}

export interface ProcessHandler {
  /** Called with a line of standard output. */
  line(text: string): void;
  droppedLine(head: string, tail: string, bytes: number): void;
  stderr(line: string, cut: boolean): void;
  exit(info: ExitInfo): void;
}

const MAX_STDOUT_LINE_BYTES = 16 * 1024 * 1024;
const MAX_STDERR_LINE_BYTES = 64 * 1024;
/** Unread bytes from which new requests wait for the server to read, and how long they wait. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const MAX_UNREAD_WAIT_MS = 30_000;
/** Unread bytes from which the server is sent nothing more, not even notifications and responses. */
const MAX_CLOGGED_BYTES = 16 * 1024 * 1024;
const KILL_AFTER_MS = 3_000;
/** A grandchild can hold the pipes open after the process is gone. Do not wait for it longer. */
const DRAIN_AFTER_EXIT_MS = 200;

/**
 * Lets the kernel end a server rather than mcp-host when memory runs out: mcp-host can restart a server (proc(5), oom_score_adj).
 */
const OOM_SCORE_ADJ = "500";

/** JSON allows bare U+2028 and U+2029, but some readers, Node's readline among them, end a line there. */
const UNICODE_LINE_END = /[\u2028\u2029]/;

/** One stdio server process, the leader of its own process group. */
export class ServerProcess {
  readonly pid: number | null;
  readonly startedAt = new Date();
  /** The same, on the monotonic clock. */
  readonly startedMs = performance.now();
  /** Resolves when the process is gone and its output has been read. */
  readonly exited: Promise<ExitInfo>;
  #child: ChildProcess | null;
  #alive: boolean;
  #stopping: Promise<void> | null = null;
  /** Lines to write before the event loop waits again. */
  #unsent = "";
  #spawnError: NodeJS.ErrnoException | null = null;

  /** Starts the process directly, without a shell. `handler.exit` reports a failure to start. */
  constructor(launch: Launch, handler: ProcessHandler) {
    const child = this.#spawn(launch);
    this.#child = child;
    this.pid = child?.pid ?? null;
    this.#alive = this.pid !== null;
    // Only Linux has this file.
    if (this.pid !== null) writeFile(`/proc/${this.pid}/oom_score_adj`, OOM_SCORE_ADJ, () => {});
    const stdout = new LineSplitter(MAX_STDOUT_LINE_BYTES, {
      line: (text) => handler.line(text),
      dropped: (head, tail, bytes) => handler.droppedLine(head, tail, bytes),
    });
    const stderr = new LineSplitter(MAX_STDERR_LINE_BYTES, {
      line: (text) => handler.stderr(text, false),
      dropped: (head) => handler.stderr(head, true),
    });
    child?.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child?.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    // Writing to a process that has exited raises EPIPE here. Its exit is reported anyway.
    child?.stdin?.on("error", () => {});
    child?.stdout?.on("error", () => {});
    child?.stderr?.on("error", () => {});
    this.exited = this.#watch(child).then((info) => {
      stdout.end();
      stderr.end();
      handler.exit(info);
      return info;
    });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** True if the server reads its input, so that it can be sent more. */
  get isReady(): boolean {
    return this.#unreadLength < MAX_UNREAD_BYTES;
  }

  /** True if so much is unread that the server must be sent nothing more. */
  get isClogged(): boolean {
    return this.#unreadLength >= MAX_CLOGGED_BYTES;
  }

  /** In bytes, or in UTF-16 code units while it is buffered here. */
  get #unreadLength(): number {
    return (this.#child?.stdin?.writableLength ?? 0) + this.#unsent.length;
  }

  /** Resolves when the server has read most of what it was sent. Throws RpcError after 30 s. */
  async whenReady(): Promise<void> {
    if (this.isReady) return;
    const read = await orNullAfter(
      this.#whenDrained().then(() => true),
      MAX_UNREAD_WAIT_MS,
    );
    if (!read) throw new RpcError(toUnavailable("The MCP server does not read its input", 30));
  }

  /** Sends one message of JSON text, which must hold no line end but U+2028 and U+2029. */
  send(text: string): void {
    if (!this.#alive) return;
    const line = UNICODE_LINE_END.test(text) ? text.replace(/[\u2028\u2029]/g, escapeLineEnd) : text;
    // Each write is a system call that wakes the server. Send what comes from several clients in one turn together.
    if (this.#unsent === "") setImmediate(() => this.#flush());
    this.#unsent += `${line}\n`;
  }

  #flush(): void {
    const lines = this.#unsent;
    this.#unsent = "";
    if (lines !== "") this.#child?.stdin?.write(lines);
  }

  /** Resolves when the server has read what was sent, or is gone. */
  async #whenDrained(): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin || !this.#alive || !stdin.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      stdin.once("drain", resolve);
      stdin.once("close", resolve);
      void this.exited.then(() => resolve());
    });
  }

  pauseOutput(): void {
    this.#child?.stdout?.pause();
  }

  resumeOutput(): void {
    this.#child?.stdout?.resume();
  }

  /** Ends the process group: closes standard input, sends SIGTERM, and SIGKILL after 3 s. Resolves when it is gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#flush();
    this.#child?.stdin?.end();
    killGroup(this.pid, "SIGTERM");
    const timer = setTimeout(() => killGroup(this.pid, "SIGKILL"), KILL_AFTER_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #spawn(launch: Launch): ChildProcess | null {
    try {
      return spawn(launch.command, launch.args, {
        env: { ...launch.env } as NodeJS.ProcessEnv,
        ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
        shell: false,
        ...(launch.user == null ? {} : { uid: launch.user, gid: launch.user }),
      });
    } catch (error) {
      // spawn throws some failures (arguments too long) and emits the others.
      this.#spawnError = error as NodeJS.ErrnoException;
      return null;
    }
  }

  #watch(child: ChildProcess | null): Promise<ExitInfo> {
    if (child === null) {
      return Promise.resolve({ code: null, signal: null, spawnError: this.#spawnError, isExpected: false });
    }
    return new Promise((resolve) => {
      const settle = (code: number | null, signal: string | null) => {
        resolve({ code, signal, spawnError: this.#spawnError, isExpected: this.#stopping !== null });
      };
      child.once("error", (error: NodeJS.ErrnoException) => {
        if (child.pid !== undefined) return;
        this.#spawnError = error;
        settle(null, null);
      });
      child.once("exit", (code, signal) => {
        this.#alive = false;
        // End whatever the server started and left behind.
        killGroup(this.pid, "SIGKILL");
        const timer = setTimeout(() => settle(code, signal), DRAIN_AFTER_EXIT_MS);
        child.once("close", () => {
          clearTimeout(timer);
          settle(code, signal);
        });
      });
    });
  }
}

function escapeLineEnd(character: string): string {
  return character === "\u2028" ? "\\u2028" : "\\u2029";
}
