import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../util/clock.ts";

const MAX_ENDED = 20_000;
/** Enough of an id to recognize it, too little to use it. */
const PREFIX_LENGTH = 24;
/** Rewrite the file when it holds twice as many lines as are kept. A line is 13 digits, a space and a prefix. */
const MAX_FILE_BYTES = 2 * MAX_ENDED * (PREFIX_LENGTH + 15);
const LINE = /^(\d{1,16}) ([\w-]{24})$/;
/** The server can own the folder: do not follow a link or wait for a FIFO that it put there. */
const OPEN_FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface EndedIdsOptions {
  /** Stores ids for later processes. Null: not stored. */
  file: string | null;
  /** Age from which an id is worthless anyway. */
  maxAgeMs: number;
  clock: Clock;
  log: (line: string) => void;
}

/**
 * The latest 20,000 ids of ended sessions. Each is written to the file as one line in one write, so a killed process never leaves
 * half a line.
 */
export class EndedIds {
  readonly #options: EndedIdsOptions;
  readonly #ended = new Set<string>();
  #descriptor: number | null = null;
  #fileBytes = 0;

  constructor(options: EndedIdsOptions) {
    this.#options = options;
    if (options.file === null) return;
    try {
      this.#load(options.file);
    } catch (error) {
      this.#stopPersisting(error);
    }
  }

  has(id: string): boolean {
    return this.#ended.has(id.slice(0, PREFIX_LENGTH));
  }

  /** `forGood`: also for later processes. */
  add(id: string, forGood: boolean): void {
    const prefix = toPrefix(id);
    this.#remember(prefix);
    if (forGood) this.#persist(prefix);
  }

  #remember(prefix: string): void {
    this.#ended.add(prefix);
    if (this.#ended.size <= MAX_ENDED) return;
    const [oldest] = this.#ended;
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #persist(prefix: string): void {
    const { file, clock } = this.#options;
    if (file === null || this.#descriptor === null) return;
    try {
      this.#fileBytes += writeSync(this.#descriptor, `${Math.round(clock.wallMs())} ${prefix}\n`);
      if (this.#fileBytes > MAX_FILE_BYTES) this.#load(file);
    } catch (error) {
      this.#stopPersisting(error);
    }
  }

  /** Loads the file and rewrites it with the entries that still count. */
  #load(file: string): void {
    this.close();
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const now = this.#options.clock.wallMs();
    const kept = readEntries(file)
      .filter(([endedAtMs]) => Math.abs(now - endedAtMs) <= this.#options.maxAgeMs)
      .slice(-MAX_ENDED);
    for (const [, prefix] of kept) this.#remember(prefix);
    const draft = `${file}.draft`;
    rmSync(draft, { recursive: true, force: true });
    this.#descriptor = openSync(draft, OPEN_FLAGS | constants.O_EXCL, 0o600);
    const text = kept.map(([endedAtMs, prefix]) => `${endedAtMs} ${prefix}\n`).join("");
    this.#fileBytes = text === "" ? 0 : writeSync(this.#descriptor, text);
    renameSync(draft, file);
  }

  /** Without the file, ids are remembered for this run only. */
  #stopPersisting(error: unknown): void {
    this.close();
    const reason = error instanceof Error ? error.message : error;
    this.#options.log(`ended sessions are remembered for this run only: ${reason}`);
  }
}

/** Copies the prefix: a slice would keep the whole id in memory. */
function toPrefix(id: string): string {
  return Buffer.from(id.slice(0, PREFIX_LENGTH)).toString();
}

function readEntries(file: string): [number, string][] {
  const descriptor = openExisting(file);
  if (descriptor === null) return [];
  try {
    const info = fstatSync(descriptor);
    if (!info.isFile() || info.size > 2 * MAX_FILE_BYTES) return [];
    return readFileSync(descriptor, "latin1")
      .split("\n")
      .flatMap((line) => {
        const match = LINE.exec(line);
        return match?.[2] === undefined ? [] : [[Number(match[1]), match[2]] as [number, string]];
      });
  } finally {
    closeSync(descriptor);
  }
}

/** Returns a file descriptor, or null when there is no regular file. */
function openExisting(file: string): number | null {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}
