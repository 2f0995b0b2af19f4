import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { env } from "../../env/env.ts";
import { AppError } from "../../errors/app-error.ts";
import { processWide } from "../../util/process-wide.ts";
import { Semaphore, SemaphoreFullError } from "../../util/semaphore.ts";
import { AnalysisProcess, type ReadTask } from "./analysis-process.ts";
import type { ReadReply } from "./messages.ts";

/** Sources read at once. More would take memory and make none of them faster. */
const MAX_RUNNING = Math.min(2, availableParallelism());
const MAX_WAITING = 100;
/** Of one person, so that the line stays open to others. */
const MAX_WAITING_EACH = 20;
const RETRY_AFTER_S = 15;

/**
 * The processes that read sources: a bounded number at once, others wait in line. One process is ready ahead, so that an analysis
 * does not pay for its start.
 */
class ProcessPool {
  readonly #line = new Semaphore(MAX_RUNNING, MAX_WAITING);
  /** A line for each person who has one: of the shared line, one person has no more places than run at once. */
  readonly #ownLines = new Map<string, { line: Semaphore; users: number }>();
  readonly #running = new Set<AnalysisProcess>();
  #spare: Promise<AnalysisProcess> | null = null;
  #isClosed = false;

  constructor() {
    process.once("exit", () => {
      for (const one of this.#running) one.stopNow();
    });
  }

  /**
   * Reads one source when it is its turn.
   *
   * @param userId the person who asks
   * @throws AppError rate_limited when too many wait, and the errors of AnalysisProcess.read
   */
  async read(userId: string, task: ReadTask): Promise<ReadReply | null> {
    const left = Promise.withResolvers<never>();
    const onAbort = () => left.reject(task.signal?.reason);
    task.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.#inLine(userId, () => this.#readNow(task)), left.promise]);
    } catch (error) {
      if (!(error instanceof SemaphoreFullError)) throw error;
      throw new AppError("rate_limited", "Many analyses are waiting already.", {
        hint: "Try again in a moment.",
        retryAfterS: RETRY_AFTER_S,
      });
    } finally {
      task.signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Starts the process that is ready ahead. */
  warm(): void {
    if (this.#isClosed || this.#spare) return;
    const starting = this.#start();
    this.#spare = starting;
    starting.catch(() => {
      if (this.#spare === starting) this.#spare = null;
    });
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#spare?.catch(() => undefined);
    await Promise.all([...this.#running].map((one) => one.stop()));
  }

  async #inLine<T>(userId: string, task: () => Promise<T>): Promise<T> {
    const own = this.#ownLines.get(userId) ?? { line: new Semaphore(MAX_RUNNING, MAX_WAITING_EACH), users: 0 };
    this.#ownLines.set(userId, own);
    own.users += 1;
    try {
      return await own.line.run(() => this.#line.run(task));
    } finally {
      own.users -= 1;
      if (own.users === 0) this.#ownLines.delete(userId);
    }
  }

  async #readNow(task: ReadTask): Promise<ReadReply | null> {
    task.signal?.throwIfAborted();
    const worker = await this.#take();
    try {
      return await worker.read(task);
    } finally {
      this.#giveBack(worker);
    }
  }

  async #take(): Promise<AnalysisProcess> {
    const spare = this.#spare;
    this.#spare = null;
    const ready = await spare?.catch(() => null);
    if (ready?.isAlive) return ready;
    if (ready) void this.#end(ready);
    return await this.#start();
  }

  #giveBack(worker: AnalysisProcess): void {
    // In development the next analysis must run the code as it is then.
    const isKept = worker.isAlive && !this.#spare && !this.#isClosed && process.env.NODE_ENV !== "development";
    if (isKept) this.#spare = Promise.resolve(worker);
    else void this.#end(worker);
    if (process.env.NODE_ENV !== "development") this.warm();
  }

  async #end(worker: AnalysisProcess): Promise<void> {
    await worker.stop();
    this.#running.delete(worker);
  }

  async #start(): Promise<AnalysisProcess> {
    const root = process.cwd();
    const script = join(/* turbopackIgnore: true */ root, "lib", "analysis", "process", "main.ts");
    // Loading the program from its sources takes a second of processor time, from the cache half of it and less memory.
    const dataFolder = resolve(/* turbopackIgnore: true */ root, env().CATWALK_DATA_DIR);
    const cache = existsSync(dataFolder) ? join(dataFolder, "compile-cache") : null;
    const worker = await AnalysisProcess.start(script, root, cache);
    this.#running.add(worker);
    return worker;
  }
}

function pool(): ProcessPool {
  return processWide("analysis-processes", () => new ProcessPool());
}

/**
 * Reads a source in a process of its own, with bounds on memory, disk space and time.
 *
 * @param userId the person who asks
 * @throws AppError of the source; `source_unreadable`; `rate_limited` when too many wait; the signal's reason
 */
export function readInProcess(userId: string, task: ReadTask): Promise<ReadReply | null> {
  return pool().read(userId, task);
}

/** Starts a process ahead of the first analysis. */
export function warmAnalysis(): void {
  pool().warm();
}

/** Ends the processes that read sources. */
export async function closeAnalysis(): Promise<void> {
  await pool().close();
}
