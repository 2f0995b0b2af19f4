/** The languages whose blocks stand in braces, as far as servers are written in them. */
export type BraceLanguage = "go" | "rust" | "java" | "kotlin" | "csharp" | "swift";

export interface Token {
  kind: "word" | "text" | "mark";
  /** A text's content without its quotes and escapes. */
  value: string;
  /** 1-based. */
  line: number;
  /** For an opening bracket: the index of the one that closes it. */
  close?: number;
}

const MAX_TOKENS = 150_000;
/** Marks of several characters that the scan tells apart from their parts. */
const LONG_MARKS = [":=", "==", "!=", "&&", "||", "??", "?:", "?.", "::", "->", "=>", "<=", ">="];

const EXTENSIONS: [RegExp, BraceLanguage][] = [
  [/\.go$/, "go"],
  [/\.rs$/, "rust"],
  [/\.java$/, "java"],
  [/\.kts?$/, "kotlin"],
  [/\.cs$/, "csharp"],
  [/\.swift$/, "swift"],
];

/** The language of a file by its extension, or null for another one. */
export function braceLanguage(path: string): BraceLanguage | null {
  return EXTENSIONS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

/** Splits a source into words, texts and marks, without its comments. One pass; what is unbalanced ends with the file. */
export function tokenize(source: string, language: BraceLanguage): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const countLines = (from: number, to: number) => {
    for (let index = source.indexOf("\n", from); index >= 0 && index < to; index = source.indexOf("\n", index + 1))
      line += 1;
  };
  while (at < source.length && tokens.length < MAX_TOKENS) {
    const char = source[at] ?? "";
    if (char === "\n") {
      line += 1;
      at += 1;
    } else if (char <= " ") at += 1;
    else if (char === "/" && source[at + 1] === "/") at = endOf(source, "\n", at, 0);
    else if (char === "/" && source[at + 1] === "*") {
      const end = endOf(source, "*/", at + 2, 2);
      countLines(at, end);
      at = end;
    } else if (isQuote(source, at, language)) {
      const { content, end } = readText(source, at, language);
      tokens.push({ kind: "text", value: content, line });
      countLines(at, end);
      at = end;
    } else if (char === "'") at = skipCharacter(source, at);
    else if (/[\w$]/.test(char)) {
      let end = at + 1;
      while (end < source.length && /[\w$]/.test(source[end] ?? "")) end += 1;
      tokens.push({ kind: "word", value: source.slice(at, end), line });
      at = end;
    } else {
      const two = source.slice(at, at + 2);
      const value = LONG_MARKS.includes(two) ? two : char;
      tokens.push({ kind: "mark", value, line });
      at += value.length;
    }
  }
  matchBrackets(tokens);
  return language === "rust" ? withoutTests(tokens) : tokens;
}

/** Rust keeps tests in the file itself: what stands below `#[cfg(test)]` is left out, a module with its body, and the rest stays. */
function withoutTests(tokens: Token[]): Token[] {
  const kept: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const end = isOfTests(tokens, at) ? endOfItem(tokens, closingMark(tokens, at + 1) + 1) : at;
    const token = tokens[at];
    if (end > at) at = end;
    else if (token) kept.push(token);
  }
  if (kept.length < tokens.length) matchBrackets(kept);
  return kept;
}

/** `#[cfg(test)]`, `#[cfg(all(test, unix))]` */
function isOfTests(tokens: readonly Token[], at: number): boolean {
  const words = tokens.slice(at, at + 7).map(({ value }) => value);
  return /^# \[ cfg \( (?:all \( )?test\b/.test(words.join(" "));
}

const ITEM = /^(pub|mod|use|fn|async|unsafe|const|static|impl|struct|enum|trait|type|extern|macro_rules)$/;

/** Index of the last token of the item that begins at one, past its other attributes; the one before it where none begins there. */
function endOfItem(tokens: readonly Token[], from: number): number {
  let at = from;
  while (tokens[at]?.value === "#" && tokens[at + 1]?.value === "[") at = closingMark(tokens, at + 1) + 1;
  if (!ITEM.test(tokens[at]?.value ?? "")) return from - 1;
  const words = tokens.slice(at, at + 3).map(({ value }) => value);
  const isValue = /^(pub )?(use|static|const(?! (unsafe )?fn\b))\b/.test(words.join(" "));
  for (; at < tokens.length; at += 1) {
    const value = tokens[at]?.kind === "mark" ? tokens[at]?.value : "";
    if (value === ";") return at;
    if (value === "{" && !isValue) return closingMark(tokens, at);
    if (value === "(" || value === "[" || value === "{") at = closingMark(tokens, at);
  }
  return at;
}

/** Notes for each opening bracket where it is closed, once, so that no later step has to search. */
function matchBrackets(tokens: Token[]): void {
  const open: Token[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "mark") continue;
    if (token.value === "(" || token.value === "[" || token.value === "{") open.push(token);
    else if (token.value === ")" || token.value === "]" || token.value === "}") {
      const opening = open.pop();
      if (opening) opening.close = index;
    }
  }
}

function endOf(source: string, mark: string, from: number, length: number): number {
  const end = source.indexOf(mark, from);
  return end < 0 ? source.length : end + length;
}

function isQuote(source: string, at: number, language: BraceLanguage): boolean {
  const char = source[at];
  if (char === '"') return true;
  if (char === "`") return language === "go";
  // r"…" and r#"…"# in Rust, also behind the b of bytes, @"…" and $"…" in C#.
  if (language === "rust" && (char === "r" || char === "b")) return RAW.test(source.slice(at, at + 12));
  return (char === "@" || char === "$") && language === "csharp" && /^[@$]{1,2}"/.test(source.slice(at, at + 3));
}

const RAW = /^b?r(#{0,8})"/;

function readText(source: string, at: number, language: BraceLanguage): { content: string; end: number } {
  if (source[at] === "`") return between(source, at + 1, "`");
  const raw = language === "rust" ? RAW.exec(source.slice(at, at + 12)) : null;
  if (raw) return between(source, at + raw[0].length, `"${raw[1] ?? ""}`);
  const isVerbatim = source.slice(at, at + 2).includes("@");
  const start = source.indexOf('"', at);
  if (source.startsWith('"""', start)) return between(source, start + 3, '"""');
  let end = start + 1;
  // Rust's texts may go on in the next line.
  const isOfLines = isVerbatim || language === "rust";
  while (end < source.length && source[end] !== '"' && (isOfLines || source[end] !== "\n")) {
    if (language === "swift" && source.startsWith("\\(", end)) end = endOfInterpolation(source, end + 2);
    else end += source[end] === "\\" && !isVerbatim ? 2 : 1;
  }
  return { content: source.slice(start + 1, end).replace(/\\(["\\$])/g, "$1"), end: Math.min(end + 1, source.length) };
}

/** Swift's `\\(…)` within a text may hold texts of its own. */
function endOfInterpolation(source: string, start: number): number {
  let depth = 1;
  let at = start;
  for (; at < source.length && depth > 0 && source[at] !== "\n"; at += 1) {
    if (source[at] === "(") depth += 1;
    else if (source[at] === ")") depth -= 1;
  }
  return at;
}

function between(source: string, start: number, close: string): { content: string; end: number } {
  const end = source.indexOf(close, start);
  if (end < 0) return { content: source.slice(start), end: source.length };
  return { content: source.slice(start, end), end: end + close.length };
}

/** A character such as 'x' or '\n'; a Rust lifetime such as 'static is only its quote. */
function skipCharacter(source: string, at: number): number {
  const literal = /^'(\\.[^']{0,8}|[^'\\])'/.exec(source.slice(at, at + 14));
  return at + (literal ? literal[0].length : 1);
}

/** Index of the bracket that closes the one at `open`, or the end. */
export function closingMark(tokens: readonly Token[], open: number): number {
  return tokens[open]?.close ?? tokens.length;
}
