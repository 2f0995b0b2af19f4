/** Record of one exchange with a deployment's server. Never contains arguments or results. */
export interface CallRecord {
  /** Own UUID, so that a record written twice is stored once. */
  id: string;
  deploymentId: string;
  accessKeyId: string | null;
  connectedClientId: string | null;
  at: Date;
  method: string;
  target: string | null;
  httpStatus: number;
  errorCode: number | null;
  durationMs: number;
  requestBytes: number;
  responseBytes: number;
  client: string | null;
  /** The call went to the machine, rather than being answered or held by the sleep proxy. Not stored. */
  usedMachine: boolean;
}

export interface CallStore {
  /** Writes records, oldest first. Rejects while the database is away; it then gets the same records again. */
  write(records: readonly CallRecord[]): Promise<void>;
  /** Writes what else it has gathered from them. Never rejects. */
  flush?(): Promise<void>;
}

export interface CallQueueOptions {
  store: CallStore;
  /** Maximum number of records waiting to be written; beyond it the oldest are dropped. */
  maxQueued?: number;
  /** Interval in milliseconds at which records are written together. */
  intervalMs?: number;
  maxBatch?: number;
}

const MAX_INTERVAL_MS = 30_000;

/** Takes call records without making a call wait, and writes them in batches. */
export class CallQueue {
  readonly #store: CallStore;
  readonly #maxQueued: number;
  readonly #intervalMs: number;
  readonly #maxBatch: number;
  #queue: CallRecord[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failures = 0;

  constructor({ store, maxQueued = 10_000, intervalMs = 1_000, maxBatch = 1_000 }: CallQueueOptions) {
    this.#store = store;
    this.#maxQueued = maxQueued;
    this.#intervalMs = intervalMs;
    this.#maxBatch = maxBatch;
  }

  add(record: CallRecord): void {
    this.#queue.push(record);
    // Cutting off a tenth at a time keeps the cost of one record constant.
    if (this.#queue.length > this.#maxQueued) this.#queue.splice(0, Math.ceil(this.#maxQueued / 10));
    this.#schedule();
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Writes what is queued now; resolves when it is written or the database has refused it. */
  async flush(): Promise<void> {
    if (this.#writing !== null) await this.#writing;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      if (this.#queue.length > 0) this.#schedule();
    });
    await this.#writing;
  }

  /** Writes everything now, because the process may not continue. */
  async flushAll(): Promise<void> {
    await this.flush();
    await this.#store.flush?.();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#writing !== null) return;
    const delayMs = Math.min(this.#intervalMs * 2 ** this.#failures, MAX_INTERVAL_MS);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, delayMs).unref();
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, this.#maxBatch);
      try {
        await this.#store.write(batch);
      } catch {
        this.#failures++;
        return;
      }
      this.#failures = 0;
      // Records may have been dropped from the front meanwhile, so what was written is found by identity.
      const written = new Set(batch);
      this.#queue = this.#queue.filter((record) => !written.has(record));
    }
  }
}

/**
 * The text without control characters, which PostgreSQL or a terminal would stumble over, and at most so long; null when nothing is
 * left. It is a copy: a part of a string keeps all of that string in memory, which may be a whole request's body.
 */
export function toRecordText(text: string | null, maxLength: number): string | null {
  const clean = text
    ?.slice(0, maxLength)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "")
    .trim();
  return clean ? Buffer.from(clean).toString() : null;
}
