const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const KEPT_BYTES = 4096;

export interface LineHandler {
  /** Called with a complete line, without its line end. */
  line(text: string): void;
  /** Called for a line over the limit, with its first and last 4 KiB. */
  dropped(head: string, tail: string, bytes: number): void;
}

/** Splits a byte stream into lines across chunk borders, holding at most `maxLineBytes`. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #handler: LineHandler;
  #parts: Buffer[] = [];
  #bytes = 0;
  #head: Buffer | null = null;
  #tail: Buffer = Buffer.alloc(0);

  constructor(maxLineBytes: number, handler: LineHandler) {
    this.#maxLineBytes = maxLineBytes;
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** Takes the rest as the last line. */
  end(): void {
    if (this.#bytes > 0) this.#finish();
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#head !== null) {
      this.#tail = Buffer.concat([this.#tail, part]).subarray(-KEPT_BYTES);
      return;
    }
    this.#parts.push(part);
    if (this.#bytes <= this.#maxLineBytes) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#head = Buffer.from(whole.subarray(0, KEPT_BYTES));
    this.#tail = Buffer.from(whole.subarray(-KEPT_BYTES));
  }

  #finish(): void {
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (this.#head !== null) {
      const head = this.#head.toString();
      const tail = this.#tail.toString();
      this.#head = null;
      this.#tail = Buffer.alloc(0);
      this.#handler.dropped(head, tail, bytes);
      return;
    }
    const [only] = this.#parts;
    const line = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    this.#handler.line(line.toString("utf8", 0, end));
  }
}
