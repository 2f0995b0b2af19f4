import type { LogLine } from "../runtime.ts";

const MAX_LINES = 2_000;
const MAX_CHARACTERS = 512 * 1024;

/** A ring buffer of a machine's log, bounded in lines and characters. A slow reader misses lines; memory does not grow. */
export class LogRing {
  #lines: { seq: number; line: LogLine }[] = [];
  #characters = 0;
  #lastSeq = 0;
  #wakeReaders: (() => void)[] = [];
  #isClosed = false;

  add(line: LogLine): void {
    this.#lines.push({ seq: ++this.#lastSeq, line });
    this.#characters += line.line.length;
    while (this.#lines.length > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#lines.shift()?.line.line.length ?? 0;
    }
    for (const wake of this.#wakeReaders.splice(0)) wake();
  }

  /** Ends the log. Readers end after the stored lines. */
  close(): void {
    this.#isClosed = true;
    for (const wake of this.#wakeReaders.splice(0)) wake();
  }

  /** Yields stored lines, oldest first, then new ones until the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<LogLine> {
    let seen = 0;
    while (!signal.aborted) {
      const next = this.#lines[Math.max(0, seen + 1 - (this.#lines[0]?.seq ?? 0))];
      if (next) {
        seen = next.seq;
        yield next.line;
      } else if (this.#isClosed) {
        return;
      } else {
        await this.#waitForLine(signal);
      }
    }
  }

  #waitForLine(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#wakeReaders = this.#wakeReaders.filter((other) => other !== wake);
        resolve();
      };
      signal.addEventListener("abort", wake);
      this.#wakeReaders.push(wake);
    });
  }
}
