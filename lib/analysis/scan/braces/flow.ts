import type { Condition, Statement } from "../flow.ts";
import { atom } from "../project.ts";
import type { Scope } from "../scope.ts";
import { compareTransport } from "../transport.ts";
import type { Call } from "../types.ts";
import { type BraceProject, callAt, readAt, textOf } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const MAX_DEPTH = 40;
/** Tokens between a keyword and its block. */
const MAX_HEAD = 500;

/** Turns the tokens of one function's body into what the presence of variables decides in it. */
export class BraceFlow {
  readonly calls: Call[] = [];
  readonly #tokens: readonly Token[];
  readonly #language: BraceLanguage;
  readonly #project: BraceProject;
  readonly #failsByReturn: boolean;

  /** @param failsByReturn whether returning an error counts as a failure, as it does where the program itself begins */
  constructor(tokens: readonly Token[], language: BraceLanguage, project: BraceProject, failsByReturn = true) {
    this.#failsByReturn = failsByReturn;
    this.#tokens = tokens;
    this.#language = language;
    this.#project = project;
  }

  /** The statements between two tokens. */
  lower(from: number, to: number, scope: Scope, depth = 0): Statement[] {
    const statements: Statement[] = [];
    if (depth > MAX_DEPTH) return statements;
    for (let at = from; at < to; ) {
      const token = this.#tokens[at];
      if (token?.kind === "mark" && (token.value === "{" || token.value === "}" || token.value === ";")) {
        at += 1;
        continue;
      }
      if (token?.value === "if" && token.kind === "word") {
        const { statement, end } = this.#if(at, to, scope, depth);
        statements.push(...statement);
        at = end;
      } else if (token?.kind === "word" && /^(for|while|switch|match|select|when|loop|foreach)$/.test(token.value)) {
        const open = this.#blockStart(at, to);
        if (open === null) {
          at += 1;
          continue;
        }
        const close = Math.min(closingMark(this.#tokens, open), to);
        this.#note(at, open);
        const body = this.lower(open + 1, close, scope, depth + 1);
        const consequent = body.at(-1)?.kind === "leave" ? body.slice(0, -1) : body;
        statements.push({ kind: "if", test: UNKNOWN, consequent, alternate: null });
        at = close + 1;
      } else {
        const end = Math.max(at + 1, this.#statementEnd(at, to));
        statements.push(...this.#plain(at, end, scope));
        at = end;
      }
    }
    return statements;
  }

  #if(at: number, to: number, scope: Scope, depth: number): { statement: Statement[]; end: number } {
    const open = this.#blockStart(at, to);
    const hasBrackets = this.#tokens[at + 1]?.value === "(" && this.#language !== "go" && this.#language !== "rust";
    const testEnd = hasBrackets ? closingMark(this.#tokens, at + 1) : (open ?? to);
    let testStart = hasBrackets ? at + 2 : at + 1;
    const before: Statement[] = [];
    // `if token := os.Getenv("X"); token == "" {`
    for (let index = at + 1; index < testEnd; index += 1) {
      if (this.#tokens[index]?.value !== ";" || this.#language !== "go") continue;
      before.push(...this.#plain(testStart, index, scope));
      testStart = index + 1;
    }
    const test = this.condition(testStart, testEnd, scope);
    this.#note(testStart, testEnd);
    const isBlock = this.#tokens[hasBrackets ? testEnd + 1 : testEnd]?.value === "{";
    const bodyStart = hasBrackets ? testEnd + 1 : testEnd;
    const bodyEnd = isBlock ? Math.min(closingMark(this.#tokens, bodyStart), to) : this.#statementEnd(bodyStart, to);
    const consequent = this.lower(isBlock ? bodyStart + 1 : bodyStart, bodyEnd, scope, depth + 1);
    let end = isBlock ? bodyEnd + 1 : bodyEnd;
    let alternate: Statement[] | null = null;
    if (this.#tokens[end]?.value === "else" && end < to) {
      if (this.#tokens[end + 1]?.value === "if" && depth < MAX_DEPTH) {
        const other = this.#if(end + 1, to, scope, depth + 1);
        alternate = other.statement;
        end = other.end;
      } else if (this.#tokens[end + 1]?.value === "{") {
        const close = Math.min(closingMark(this.#tokens, end + 1), to);
        alternate = this.lower(end + 2, close, scope, depth + 1);
        end = close + 1;
      } else {
        const close = this.#statementEnd(end + 1, to);
        alternate = this.lower(end + 1, close, scope, depth + 1);
        end = close;
      }
    }
    return { statement: [...before, { kind: "if", test, consequent, alternate }], end: Math.max(end, at + 1) };
  }

  /** A statement without blocks of its own: an assignment, a call, a return. */
  #plain(from: number, to: number, scope: Scope): Statement[] {
    const statements: Statement[] = [];
    this.#note(from, to);
    for (let at = from; at < to; at += 1) {
      const read = readAt(this.#tokens, at, this.#language, this.#project);
      if (read?.fails && read.fallback === "none") statements.push({ kind: "demand", condition: atom(read.key) });
    }
    this.#assign(from, to, scope);
    const ending = this.#ending(from, to);
    return ending ? [...statements, ending] : statements;
  }

  /** What a statement does with the function: nothing, leaving it, or failing. */
  #ending(from: number, to: number): Statement | null {
    const first = this.#tokens[from]?.value ?? "";
    if (first === "throw" || first === "panic") return { kind: "fail" };
    const call = callAt(this.#tokens, from);
    const name = call?.name ?? "";
    if (/(^|\.)Fatal(f|ln|w)?$|^(panic|unreachable|bail|anyhow::bail)!$|^error$/.test(name)) return { kind: "fail" };
    if (call && /(^|\.|::)(Exit|exit|exitProcess)$/.test(name)) {
      return { kind: this.#tokens[call.open + 1]?.value === "0" ? "leave" : "fail" };
    }
    const byReturn = { kind: this.#failsByReturn ? ("fail" as const) : ("leave" as const) };
    if (first === "Err" && this.#language === "rust") return byReturn;
    if (first !== "return") return null;
    const returned = this.#tokens.slice(from + 1, Math.min(to, from + 60));
    if (this.#language === "rust") return returned[0]?.value === "Err" ? byReturn : { kind: "leave" };
    const isError =
      this.#language === "go" &&
      returned.some((token, index) => {
        const next = returned[index + 1]?.value;
        if (token.kind !== "word") return false;
        return (
          /^(Errorf|NewError)$/.test(token.value) ||
          (token.value === "errors" && next === ".") ||
          /^Err[A-Z]/.test(token.value)
        );
      });
    return isError ? byReturn : { kind: "leave" };
  }

  #assign(from: number, to: number, scope: Scope): void {
    const tokens = this.#tokens;
    const at = this.#indexOf(from, to, (token) => token.value === "=" || token.value === ":=");
    if (at === null) return;
    // `token := x`, `var token = x`, `let token: String = x`, `cfg.Token = x`, `token, ok := x`
    const left = tokens.slice(from, at);
    const colon =
      this.#language === "rust" || this.#language === "kotlin" ? left.findIndex((token) => token.value === ":") : -1;
    const names = (colon > 0 ? left.slice(0, colon) : left)
      .filter((token, index, all) => token.kind === "word" && all[index + 1]?.value !== ".")
      .map((token) => token.value)
      .filter(
        (name) => !/^(var|let|val|mut|const|final|String|string|self|this|ref|static|private|public)$/.test(name),
      );
    const value = this.condition(at + 1, to, scope);
    if (value.kind === "unknown") return;
    for (const name of names) scope.bind(name, value);
  }

  /** What an expression says of the presence of variables. */
  condition(from: number, to: number, scope: Scope, depth = 0): Condition {
    if (depth > MAX_DEPTH || from >= to) return UNKNOWN;
    for (const [mark, kind] of [
      ["||", "or"],
      ["&&", "and"],
    ] as const) {
      const parts = this.#split(from, to, mark);
      if (parts.length > 1)
        return { kind, of: parts.map(([start, end]) => this.condition(start, end, scope, depth + 1)) };
    }
    const first = this.#tokens[from];
    if (first?.value === "!" && first.kind === "mark")
      return { kind: "not", of: this.condition(from + 1, to, scope, depth + 1) };
    if (first?.value === "(" && closingMark(this.#tokens, from) === to - 1)
      return this.condition(from + 1, to - 1, scope, depth + 1);
    // C#: `x is null`, `x is not null`
    const last = this.#tokens[to - 1];
    if (last?.value === "null" && this.#language === "csharp") {
      const isNegated = this.#tokens[to - 2]?.value === "not";
      const at = to - (isNegated ? 3 : 2);
      if (this.#tokens[at]?.value === "is" && at > from) {
        const value = this.#operand(from, at, scope);
        return isNegated ? value : { kind: "not", of: value };
      }
    }
    const comparison = this.#indexOf(from, to, (token) => token.value === "==" || token.value === "!=");
    if (comparison !== null) {
      const right = this.#tokens.slice(comparison + 1, to);
      const isNothing =
        right.length === 1 &&
        (/^(null|nil|None|0)$/.test(right[0]?.value ?? "") || (right[0]?.kind === "text" && right[0].value === ""));
      const isNegated = this.#tokens[comparison]?.value === "!=";
      const word = textOf(right, this.#project);
      if (!isNothing) return (word && compareTransport(this.#text(from, comparison), [word], isNegated)) || UNKNOWN;
      const value = this.#operand(from, comparison, scope);
      return isNegated ? value : { kind: "not", of: value };
    }
    return this.#operand(from, to, scope);
  }

  /** A name, a read, `len(x)`, `x.is_empty()`, `string.IsNullOrEmpty(x)`. */
  #operand(from: number, to: number, scope: Scope): Condition {
    const text = this.#text(from, to);
    const call = callAt(this.#tokens, from);
    const name = call?.name.split(/\.|::/).at(-1) ?? "";
    if (call && /^(IsNullOrEmpty|IsNullOrWhiteSpace)$/.test(name))
      return { kind: "not", of: this.#value(call.open + 1, to, scope) };
    const value = this.#value(from, to, scope);
    if (/ (is_empty|isEmpty|isBlank|isNullOrEmpty|isNullOrBlank|is_none|is_err) \(/.test(` ${text}`))
      return { kind: "not", of: value };
    return value;
  }

  /** The first words of an expression, with spaces between them. */
  #text(from: number, to: number): string {
    const words = this.#tokens.slice(from, Math.min(to, from + 40));
    return words.map((token) => token.value).join(" ");
  }

  /** The variables in an expression; with a value written in their place it is always there. */
  #value(from: number, to: number, scope: Scope): Condition {
    const found: Condition[] = [];
    let known: Condition | null = null;
    for (let at = from; at < Math.min(to, from + 200); at += 1) {
      const read = readAt(this.#tokens, at, this.#language, this.#project);
      if (read) found.push(read.value !== null ? { kind: "constant", value: true } : atom(read.key));
      const token = this.#tokens[at];
      if (token?.kind === "word" && this.#tokens[at + 1]?.value !== "(") {
        known = scope.find(token.value) ?? this.#field(token.value) ?? known;
      }
    }
    if (found.length === 1 && found[0]) return found[0];
    if (found.length > 1) return { kind: "or", of: found };
    return known ?? (to - from === 1 ? SOMETHING : UNKNOWN);
  }

  #field(name: string): Condition | null {
    const key = this.#project.fields.get(name);
    return key === undefined ? null : atom(key);
  }

  #note(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const call = callAt(this.#tokens, at);
      if (!call) continue;
      const name = call.name.split(/\.|::/).at(-1)?.replace(/!$/, "") ?? "";
      if (name !== "") this.calls.push({ name, isCaught: false, isBranch: false });
    }
  }

  /** The brace that opens the block of a statement, at its own depth of brackets. */
  #blockStart(at: number, to: number): number | null {
    for (let index = at + 1; index < Math.min(to, at + MAX_HEAD); index += 1) {
      const token = this.#tokens[index];
      if (token?.kind !== "mark") continue;
      if (token.value === "(" || token.value === "[") index = closingMark(this.#tokens, index);
      else if (token.value === "{") return index;
      else if (token.value === "}" || (token.value === ";" && this.#language !== "go")) return null;
    }
    return null;
  }

  /** A semicolon, or the end of the line in Go and Kotlin, outside of brackets. */
  #statementEnd(at: number, to: number): number {
    const isByLine = this.#language === "go" || this.#language === "kotlin";
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

  #indexOf(from: number, to: number, matches: (token: Token) => boolean): number | null {
    for (let index = from; index < to; index += 1) {
      const token = this.#tokens[index];
      if (token?.kind !== "mark") continue;
      if (matches(token)) return index;
      if (token.value === "(" || token.value === "[" || token.value === "{") index = closingMark(this.#tokens, index);
    }
    return null;
  }

  #split(from: number, to: number, mark: string): [number, number][] {
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
}

/** A line that goes on in the next one: an operator at its end, or a dot at the next one's beginning. */
function isContinued(last: Token, next: Token): boolean {
  return (
    (last.kind === "mark" && /^(\+|,|&&|\|\||\.|=|:=|\?:|->)$/.test(last.value)) ||
    (next.kind === "mark" && /^(\.|\?\.|\?:|&&|\|\|)$/.test(next.value))
  );
}
