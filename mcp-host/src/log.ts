import type { Redactor } from "./util/redact.ts";

export type LogStream = "stderr" | "stdout" | "host";

export interface LogEntry {
  /** Counts from 1 and never repeats while mcp-host runs. */
  id: number;
  /** ISO 8601, UTC. */
  time: string;
  stream: LogStream;
  line: string;
}

const MAX_LINES = 2_000;
const MAX_BYTES = 1024 * 1024;
const MAX_LINE_LENGTH = 8 * 1024;
/** Lines of stderr that an error carries. A usage text after an error can be a hundred lines long. */
const TAIL_LINES = 200;

/** The server's output and mcp-host's own events: redacted, in a ring buffer bounded in lines and bytes. */
export class Log {
  readonly #redactor: Redactor;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #bytes = 0;
  #nextId = 1;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Adds a line and returns it as stored. `cut`: the line lost its end, so the beginning of a secret can stand there. */
  add(stream: LogStream, line: string, cut = false): string {
    let text = cut ? `${this.#redactor.redactCut(line)}…` : this.#redactor.redact(line);
    if (text.length > MAX_LINE_LENGTH) text = `${text.slice(0, MAX_LINE_LENGTH)}…`;
    const entry: LogEntry = { id: this.#nextId++, time: new Date().toISOString(), stream, line: text };
    this.#entries.push(entry);
    this.#bytes += text.length;
    while (this.#entries.length > MAX_LINES || this.#bytes > MAX_BYTES) {
      this.#bytes -= this.#entries.shift()?.line.length ?? 0;
    }
    for (const listener of this.#listeners) listener(entry);
    return text;
  }

  logHost(line: string): void {
    this.add("host", line);
  }

  redact(text: string): string {
    return this.#redactor.redact(text);
  }

  /** Returns the stored entries with an id above `afterId`, oldest first. */
  listSince(afterId: number): LogEntry[] {
    return this.#entries.filter((entry) => entry.id > afterId);
  }

  /** Returns the last lines of the server's stderr, redacted. */
  readStderrTail(): string[] {
    return this.#entries
      .filter((entry) => entry.stream === "stderr")
      .slice(-TAIL_LINES)
      .map((entry) => entry.line);
  }

  /** Calls `listener` for each new entry. Returns the unsubscribe function. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
