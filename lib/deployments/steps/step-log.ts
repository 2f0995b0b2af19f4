import { storableText } from "../redact.ts";

const MAX_BYTES = 8 * 1024;
const MAX_LINE_CHARACTERS = 2_000;

/** The last 8 KB that were printed during one step, redacted. */
export class StepLog {
  #lines: string[] = [];
  #bytes = 0;
  #changed = false;
  /** The first line on the server's standard output that is not an MCP message; "" while there is none. */
  firstStdoutLine = "";

  /** Adds one line, cut after 2,000 characters. */
  add(line: string): void {
    const text = storableText(line).slice(0, MAX_LINE_CHARACTERS);
    this.#lines.push(text);
    this.#bytes += Buffer.byteLength(text) + 1;
    while (this.#bytes > MAX_BYTES) this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? "") + 1;
    this.#changed = true;
  }

  /** Adds the lines that the log does not contain yet. */
  addMissing(lines: string[]): void {
    for (const line of lines) if (!this.#lines.includes(line)) this.add(line);
  }

  /** Replaces the log by a saved text. */
  restore(text: string): void {
    this.clear();
    if (text !== "") for (const line of text.split("\n")) this.add(line);
  }

  clear(): void {
    this.#lines = [];
    this.#bytes = 0;
    this.#changed = false;
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  /** Returns the text when it has changed since the last call, else null. */
  takeChanged(): string | null {
    if (!this.#changed) return null;
    this.#changed = false;
    return this.text;
  }
}
