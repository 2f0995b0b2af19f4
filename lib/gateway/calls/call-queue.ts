import type { CallPayload } from "./payload-capture.ts";

/** Record of one exchange with a deployment's server. */
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
  /** The response says that the tool itself failed. */
  isToolError?: boolean;
  /** The call went to the machine, rather than being answered or held by the sleep proxy. Not stored. */
  usedMachine: boolean;
  /** Arguments and result, where the deployment's owner has them recorded. Stored apart from the record, encrypted. */
  payload?: CallPayload;
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
  /** Records of one statement. Calls wait while they are turned into text: for a few milliseconds. */
  maxBatch?: number;
  /** Maximum characters of payloads waiting to be written; beyond it records are taken without theirs. */
  maxPayloadCharacters?: number;
}

const MAX_INTERVAL_MS = 30_000;

/** Takes call records without making a call wait, and writes them in batches. */
export class CallQueue {
  readonly #store: CallStore;
  readonly #maxQueued: number;
  readonly #intervalMs: number;
  readonly #maxBatch: number;
  readonly #maxPayloadCharacters: number;
  #queue: CallRecord[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failures = 0;
  #payloadCharacters = 0;

  constructor({
    store,
    maxQueued = 10_000,
    intervalMs = 1_000,
    maxBatch = 500,
    maxPayloadCharacters = 8 * 1024 * 1024,
  }: CallQueueOptions) {
    this.#store = store;
    this.#maxQueued = maxQueued;
    this.#intervalMs = intervalMs;
    this.#maxBatch = maxBatch;
    this.#maxPayloadCharacters = maxPayloadCharacters;
  }

  add(record: CallRecord): void {
    this.#queue.push(this.#admitPayload(record));
    // Cutting off a tenth at a time keeps the cost of one record constant.
    if (this.#queue.length > this.#maxQueued) {
      for (const dropped of this.#queue.splice(0, Math.ceil(this.#maxQueued / 10))) this.#releasePayload(dropped);
    }
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
      this.#queue = this.#queue.filter((record) => {
        if (!written.has(record)) return true;
        this.#releasePayload(record);
        return false;
      });
    }
  }

  #admitPayload(record: CallRecord): CallRecord {
    const characters = countCharacters(record);
    if (this.#payloadCharacters + characters > this.#maxPayloadCharacters) {
      const { payload: _, ...rest } = record;
      return rest;
    }
    this.#payloadCharacters += characters;
    return record;
  }

  #releasePayload(record: CallRecord): void {
    this.#payloadCharacters -= countCharacters(record);
  }
}

function countCharacters({ payload }: CallRecord): number {
  return payload === undefined ? 0 : payload.request.length + payload.response.length;
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
