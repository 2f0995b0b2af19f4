import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { AppError } from "../../errors/app-error.ts";
import type { Report } from "../progress.ts";
import { buildProcessEnvironment } from "./environment.ts";
import {
  type LocatedReply,
  MAX_REPLY_BYTES,
  type ReadReply,
  type ReadRequest,
  type Reply,
  type Request,
  replySchema,
} from "./messages.ts";

export interface ReadTask {
  request: Omit<ReadRequest, "type" | "timeoutMs">;
  /** Ends the process when it aborts. */
  signal: AbortSignal | undefined;
  report: Report;
  /** Returns whether the files of the located source are to be read. */
  decide: (located: LocatedReply) => Promise<boolean>;
  /** Bound of the whole reading, in milliseconds. */
  timeoutMs: number;
}

const START_TIMEOUT_MS = 15_000;
/** Upstream servers get less time than the whole, so that slow ones are told from files that hold the process. */
const UPSTREAM_SHARE = 0.95;
const MAX_STDERR_CHARACTERS = 4_000;
/** Memory of V8's heap. The watchdog bounds the process as a whole. */
const NODE_FLAGS = ["--max-old-space-size=448", "--disable-warning=ExperimentalWarning"];

/**
 * One process that reads sources, a child of this one. It is used for one source at a time, and for the next one unless reading
 * failed. It has a folder of its own, is the leader of a process group, and ends with this process.
 */
export class AnalysisProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited = Promise.withResolvers<void>();
  #isAlive = true;
  #stderr = "";
  #unparsed: Buffer[] = [];
  #receivedBytes = 0;
  #onReply: (reply: Reply) => void = () => undefined;
  #onEnd: (error: Error) => void = () => undefined;
  readonly #ready = Promise.withResolvers<void>();

  /**
   * Starts a process.
   *
   * @param script absolute path of main.ts
   * @param root the project's folder
   * @param cacheFolder where Node keeps the compiled program, a folder that only this user can write; null for no cache
   */
  static async start(script: string, root: string, cacheFolder: string | null = null): Promise<AnalysisProcess> {
    const folder = await mkdtemp(join(/* turbopackIgnore: true */ tmpdir(), "catwalk-analysis-"));
    return new AnalysisProcess(script, root, folder, cacheFolder);
  }

  private constructor(script: string, root: string, folder: string, cacheFolder: string | null) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [...NODE_FLAGS, script], {
      cwd: root,
      // Next's types demand NODE_ENV of every environment; this one has it.
      env: {
        ...buildProcessEnvironment(process.env, folder),
        ...(cacheFolder && { NODE_COMPILE_CACHE: cacheFolder }),
      } as NodeJS.ProcessEnv,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-MAX_STDERR_CHARACTERS);
    });
    this.#replies.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#child.once("error", (error) => this.#end(error.message));
    this.#child.once("close", (code, signal) => this.#end(signal ?? `exit code ${code}`));
    this.#onReply = (reply) => {
      if (reply.type === "ready") this.#ready.resolve();
    };
    this.#onEnd = (error) => this.#ready.reject(error);
    this.#ready.promise.catch(() => undefined);
    this.#unref();
  }

  /** The process runs and can be given a source. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Resolves when the program is loaded. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The process's id, or null when it could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /**
   * Reads one source. Returns null when `decide` wants no files. After an error that is not the source's own, the process is ended.
   *
   * @throws AppError of the source; `source_unreadable` when reading exceeds a bound; the signal's reason
   */
  async read(task: ReadTask): Promise<ReadReply | null> {
    const { signal, timeoutMs } = task;
    signal?.throwIfAborted();
    this.#ref();
    const timers: NodeJS.Timeout[] = [];
    const outcome = Promise.withResolvers<ReadReply | null>();
    const onAbort = () => outcome.reject(signal?.reason);
    const failAfter = (afterMs: number, error: () => Error) => {
      timers.push(setTimeout(() => outcome.reject(error()), afterMs));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#onEnd = (error) => outcome.reject(error);
    try {
      failAfter(START_TIMEOUT_MS, () => this.#startFailure());
      await Promise.race([this.#ready.promise, outcome.promise]);
      clearTimeout(timers.pop());
      failAfter(timeoutMs, () => tooCostly(`longer than ${Math.round(timeoutMs / 1_000)} seconds`));
      this.#receivedBytes = 0;
      this.#onReply = (reply) => void this.#handle(reply, task, outcome).catch(outcome.reject);
      this.#send({ type: "read", ...task.request, timeoutMs: Math.floor(timeoutMs * UPSTREAM_SHARE) });
      const result = await outcome.promise;
      this.#unref();
      return result;
    } catch (error) {
      // A source that is not there is an answer like any other.
      if (!(error instanceof SourceError)) await this.stop();
      else this.#unref();
      throw error instanceof SourceError ? error.error : error;
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#onReply = () => undefined;
      this.#onEnd = () => undefined;
    }
  }

  /** Ends the process and the tools that it started by force, and removes its folder. */
  async stop(): Promise<void> {
    if (this.#isAlive) {
      // Otherwise this process could end before the folder is removed.
      this.#ref();
      this.#kill();
    }
    await this.#exited.promise;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  }

  /** Ends the process while this one exits, when nothing can be awaited. */
  stopNow(): void {
    if (this.#isAlive) this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #handle(reply: Reply, task: ReadTask, outcome: PromiseWithResolvers<ReadReply | null>): Promise<void> {
    if (reply.type === "progress") task.report(reply.event);
    else if (reply.type === "located") {
      const isNeeded = await task.decide(reply);
      this.#send({ type: "proceed", isNeeded });
      if (!isNeeded) outcome.resolve(null);
    } else if (reply.type === "read") outcome.resolve(reply);
    else if (reply.type === "refused") {
      const { code, message, hint, choices, retryAfterS } = reply;
      const options = {
        ...(hint !== null && { hint }),
        ...(choices && { choices }),
        ...(retryAfterS !== undefined && { retryAfterS }),
      };
      outcome.reject(new SourceError(new AppError(code, message, options)));
    } else if (reply.type === "failed") outcome.reject(new Error(`reading a source failed: ${reply.message}`));
  }

  get #replies(): Readable {
    // The types know only the first three.
    return this.#child.stdio[3] as Readable;
  }

  #send(request: Request): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  #receive(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > MAX_REPLY_BYTES) {
      this.#onEnd(tooCostly("more room for its result than allowed"));
      this.#kill();
      return;
    }
    this.#unparsed.push(chunk);
    if (!chunk.includes(10)) return;
    const lines = Buffer.concat(this.#unparsed).toString("utf8").split("\n");
    const rest = lines.pop() ?? "";
    this.#unparsed = rest === "" ? [] : [Buffer.from(rest)];
    for (const line of lines) {
      try {
        this.#onReply(replySchema.parse(JSON.parse(line)));
      } catch (error) {
        this.#onEnd(new Error("the process that reads sources sent something else", { cause: error }));
        this.#kill();
      }
    }
  }

  #end(reason: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    // Killed from within, by its watchdog or by the system; or V8's heap was full.
    const isOverBound = /^SIG(KILL|ABRT|TRAP|SEGV)$/.test(reason) || this.#stderr.includes("heap out of memory");
    this.#onEnd(isOverBound ? tooCostly("more memory or disk space than allowed") : this.#startFailure(reason));
    this.#exited.resolve();
  }

  #startFailure(reason = "it says nothing"): Error {
    return new AppError("internal", "The process that reads sources does not run.", {
      hint: "Try again. If it stays, the server's log says more.",
      cause: new Error(`${reason}\n${this.#stderr}`.trim()),
    });
  }

  #kill(): void {
    try {
      if (process.platform !== "win32" && this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The group has ended by itself.
    }
    this.#child.kill("SIGKILL");
  }

  /** An idle process must not keep this one running. */
  #unref(): void {
    this.#child.unref();
    for (const stream of this.#streams()) stream.unref();
  }

  #ref(): void {
    this.#child.ref();
    for (const stream of this.#streams()) stream.ref();
  }

  #streams(): Socket[] {
    // Pipes of a child process are sockets, which the types do not say.
    return [this.#child.stdin, this.#child.stderr, this.#replies].filter((stream) => stream !== null) as Socket[];
  }
}

/** An error of the source itself, after which the process is as good as before. */
class SourceError extends Error {
  readonly error: AppError;

  constructor(error: AppError) {
    super(error.message);
    this.error = error;
  }
}

function tooCostly(what: string): AppError {
  return new AppError("source_unreadable", `Reading this source takes ${what}, so it was stopped.`, {
    hint: "Paste the URL of the server's own folder (/tree/BRANCH/FOLDER), or name its package: npm:NAME or pypi:NAME.",
  });
}
