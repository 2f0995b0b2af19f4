import { decodeText } from "./files.ts";

const NEWLINE = 0x0a;
/** Limit for lines that are left out, each of which takes a character: line numbers of the end stay right up to here. */
const MAX_LINES_LEFT_OUT = 500_000;

/**
 * Collects the bytes of a file up to a limit. Of a longer program it keeps a beginning and an end, each of half the limit: a bundle
 * has the modules of its dependencies first and the program's own last. Memory stays within the limit.
 */
export class ClippedBytes {
  readonly #limit: number;
  readonly #headBytes: number;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #size = 0;
  #tailSize = 0;
  #linesLeftOut = 0;

  constructor(limit: number, { keepsEnd }: { keepsEnd: boolean }) {
    this.#limit = limit;
    this.#headBytes = keepsEnd ? Math.floor(limit / 2) : limit;
  }

  get isCut(): boolean {
    return this.#size > this.#limit;
  }

  /** Bytes that are kept. */
  get bytesKept(): number {
    return Math.min(this.#size, this.#limit);
  }

  add(chunk: Buffer): void {
    const missing = Math.max(0, this.#headBytes - this.#size);
    this.#size += chunk.length;
    if (missing > 0) this.#head.push(chunk.subarray(0, missing));
    const rest = chunk.subarray(missing);
    if (rest.length === 0 || this.#headBytes === this.#limit) return;
    this.#tail.push(rest);
    this.#tailSize += rest.length;
    const tailBytes = this.#limit - this.#headBytes;
    for (let excess = this.#tailSize - tailBytes; excess > 0; excess = this.#tailSize - tailBytes) {
      const first = this.#tail[0] ?? Buffer.alloc(0);
      const dropped = Math.min(excess, first.length);
      this.#linesLeftOut += countLines(first.subarray(0, dropped));
      if (dropped === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(dropped);
      this.#tailSize -= dropped;
    }
  }

  /** Returns the text, with an empty line for each line that was left out; null when it is not text. */
  decode(): string | null {
    const head = Buffer.concat(this.#head);
    if (!this.isCut || this.#headBytes === this.#limit || this.#linesLeftOut > MAX_LINES_LEFT_OUT) {
      return decodeText(this.isCut ? head : Buffer.concat([head, ...this.#tail]), this.isCut);
    }
    const beginning = decodeText(head, true);
    const end = decodeText(skipPartOfCharacter(Buffer.concat(this.#tail)), false);
    if (beginning === null || end === null) return null;
    return joinStatements(beginning, "\n".repeat(this.#linesLeftOut), end);
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** Returns the bytes from the first character that is whole. UTF-8 has at most three bytes of a kind that only continue one. */
function skipPartOfCharacter(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return bytes.subarray(at);
}

/**
 * Joins what is left of a program so that a parser can read both parts: whole statements, as far as lines that begin without a space
 * show where those are.
 */
function joinStatements(beginning: string, between: string, end: string): string {
  const first = end.search(/^[A-Za-z_$]/m);
  const last = findLastStatement(beginning);
  const cutAtEnd = last < 0 ? "" : beginning.slice(last);
  const cutAtStart = first < 0 ? "" : end.slice(0, first);
  const lines = cutAtEnd.split("\n").length - 1 + (cutAtStart.split("\n").length - 1);
  const kept = last < 0 ? beginning : beginning.slice(0, last);
  return `${kept}${"\n".repeat(lines)}${between}${end.slice(cutAtStart.length)}`;
}

/** Returns where the last line begins that begins with a word, or -1. */
function findLastStatement(text: string): number {
  for (let at = text.lastIndexOf("\n"); at >= 0; at = at === 0 ? -1 : text.lastIndexOf("\n", at - 1)) {
    if (/[A-Za-z_$]/.test(text.charAt(at + 1))) return at + 1;
  }
  return -1;
}
