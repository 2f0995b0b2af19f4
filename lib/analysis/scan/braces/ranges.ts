import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

/** Tokens between a keyword and its block. */
const MAX_HEAD = 500;

/** Parts of a list of tokens at one depth of brackets. */
export class Ranges {
  readonly #tokens: readonly Token[];
  readonly #language: BraceLanguage;

  constructor(tokens: readonly Token[], language: BraceLanguage) {
    this.#tokens = tokens;
    this.#language = language;
  }

  /** The brace that opens the block of a statement, at its own depth of brackets. */
  blockStart(at: number, to: number): number | null {
    for (let index = at + 1; index < Math.min(to, at + MAX_HEAD); index += 1) {
      const token = this.#tokens[index];
      if (token?.kind !== "mark") continue;
      if (token.value === "(" || token.value === "[") index = closingMark(this.#tokens, index);
      else if (token.value === "{") return index;
      else if (token.value === "}" || (token.value === ";" && this.#language !== "go")) return null;
    }
    return null;
  }

  /** The block of a loop. Go's may run over a list that is written with braces: `range []string{"A"} {`. */
  loopStart(at: number, to: number): number | null {
    const open = this.blockStart(at, to);
    const isList = open !== null && this.#language === "go" && this.#tokens[open - 2]?.value === "]";
    const next = isList ? closingMark(this.#tokens, open) + 1 : open;
    return isList && this.#tokens[next ?? 0]?.value !== "{" ? open : next;
  }

  /** The `else` of `let Some(x) = … else {`. */
  elseOf(from: number, to: number): number | null {
    for (let at = from; at < to; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "word" && token.value === "else" && this.#tokens[at + 1]?.value === "{") return at;
      if (token?.kind === "mark" && "([{".includes(token.value)) at = closingMark(this.#tokens, at);
    }
    return null;
  }

  /** A semicolon, or the end of the line in Go and Kotlin, outside of brackets. */
  statementEnd(at: number, to: number): number {
    const isByLine = this.#language === "go" || this.#language === "kotlin" || this.#language === "swift";
    for (let index = at; index < to; index += 1) {
      const token = this.#tokens[index];
      if (token?.kind === "mark") {
        if (token.value === ";") return index + 1;
        if (token.value === "}") return index;
        if (token.value === "(" || token.value === "[" || token.value === "{") {
          index = closingMark(this.#tokens, index);
        }
      }
      const last = this.#tokens[index];
      const next = this.#tokens[index + 1];
      if (isByLine && last && next && next.line > last.line && !isContinued(last, next)) return index + 1;
    }
    return to;
  }

  indexOf(from: number, to: number, matches: (token: Token) => boolean): number | null {
    for (let index = from; index < to; index += 1) {
      const token = this.#tokens[index];
      if (token?.kind !== "mark") continue;
      if (matches(token)) return index;
      if (token.value === "(" || token.value === "[" || token.value === "{") index = closingMark(this.#tokens, index);
    }
    return null;
  }

  split(from: number, to: number, mark: string): [number, number][] {
    const parts: [number, number][] = [];
    let start = from;
    for (let index = from; index < to; index += 1) {
      const token = this.#tokens[index];
      if (token?.kind !== "mark") continue;
      if (token.value === "(" || token.value === "[" || token.value === "{") index = closingMark(this.#tokens, index);
      else if (token.value === mark) {
        parts.push([start, index]);
        start = index + 1;
      }
    }
    parts.push([start, to]);
    return parts;
  }

  /** The arms of a `match` or a `when`, each as its pattern and its body, between the braces of a block. */
  arms(open: number, close: number): { pattern: [number, number]; body: [number, number] }[] {
    if (this.#language === "go" || this.#language === "swift") return this.#cases(open, close);
    const mark = this.#language === "kotlin" ? "->" : "=>";
    const arms: { pattern: [number, number]; body: [number, number] }[] = [];
    for (let at = open + 1; at < close && arms.length < MAX_ARMS; ) {
      const arrow = this.indexOf(at, close, (token) => token.value === mark);
      if (arrow === null) break;
      const isBlock = this.#tokens[arrow + 1]?.value === "{";
      const end = isBlock ? Math.min(closingMark(this.#tokens, arrow + 1), close) : this.#armEnd(arrow + 1, close);
      arms.push({ pattern: [at, arrow], body: [isBlock ? arrow + 2 : arrow + 1, end] });
      at = end + (isBlock || this.#tokens[end]?.value === "," ? 1 : 0);
      if (this.#tokens[at]?.value === ",") at += 1;
    }
    return arms;
  }

  /** `case A:` and `default:` of a `switch`. */
  #cases(open: number, close: number): { pattern: [number, number]; body: [number, number] }[] {
    const cases: { pattern: [number, number]; body: [number, number] }[] = [];
    for (let at = open + 1; at < close && cases.length < MAX_ARMS; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "mark" && "([{".includes(token.value)) at = closingMark(this.#tokens, at);
      if (token?.kind !== "word" || !/^(case|default)$/.test(token.value)) continue;
      const last = cases.at(-1);
      if (last) last.body[1] = at;
      const colon = this.indexOf(at, close, (one) => one.value === ":");
      if (colon === null) break;
      cases.push({ pattern: [at + 1, colon], body: [colon + 1, close] });
      at = colon;
    }
    return cases;
  }

  #armEnd(from: number, to: number): number {
    if (this.#language === "kotlin") return this.statementEnd(from, to);
    return this.indexOf(from, to, (token) => token.value === ",") ?? to;
  }
}

const MAX_ARMS = 40;

/** A line that goes on in the next one: an operator at its end, or a dot at the next one's beginning. */
function isContinued(last: Token, next: Token): boolean {
  return (
    (last.kind === "mark" && /^(\+|,|&&|\|\||\.|=|:=|\?:|->)$/.test(last.value)) ||
    (next.kind === "mark" && /^(\.|\?\.|\?:|\?\?|&&|\|\|)$/.test(next.value))
  );
}
