import { storableText } from "../redact.ts";

const MAX_BYTES = 8 * 1024;
const MAX_LINE_CHARACTERS = 2_000;

/** The end of what was printed during one step, already redacted, of some 8 KB. */
export class StepLog {
  #lines: string[] = [];
  #bytes = 0;
  #changed = false;
  /** The first line that the server wrote to standard output although it was no MCP message; "" while there is none. */
  firstStdoutLine = "";

  /** Adds one line; longer ones lose their end. */
  add(line: string): void {
    const text = storableText(line).slice(0, MAX_LINE_CHARACTERS);
    this.#lines.push(text);
    this.#bytes += Buffer.byteLength(text) + 1;
    while (this.#bytes > MAX_BYTES) this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? "") + 1;
    this.#changed = true;
  }

  /** Adds those of these lines that are not there yet. */
  addMissing(lines: string[]): void {
    for (const line of lines) if (!this.#lines.includes(line)) this.add(line);
  }

  /** Goes on after a text that was kept. */
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

  /** The text when it has changed since it was taken last, else null. */
  takeChanged(): string | null {
    if (!this.#changed) return null;
    this.#changed = false;
    return this.text;
  }
}
