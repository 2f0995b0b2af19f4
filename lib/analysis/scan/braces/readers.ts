import { isEnvName } from "../../inputs/input-names.ts";
import type { BraceFunction } from "./functions.ts";
import type { BraceProject } from "./project.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const MAX_READERS = 400;
const MAX_CLOSURE = 300;

/** The function that reads a variable, where it is not called but handed on. */
const HANDED: Record<BraceLanguage, RegExp | null> = {
  go: /^os\.(Getenv|LookupEnv)$/,
  kotlin: /^System::getenv$/,
  java: /^System::getenv$/,
  csharp: /^Environment\.GetEnvironmentVariable$/,
  rust: /^env::var$/,
  swift: null,
};
/** Types of functions that take a name and return a text, behind or before the name that holds one. */
const TYPES: Record<BraceLanguage, RegExp | null> = {
  go: /^ func \( string \) /,
  kotlin: /^ : \( (?:\w+ : )?String \) -> String /,
  rust: /^ : (?:impl|& dyn|& impl) Fn \( & str \) -> /,
  java: /(?:^| )(?:Function < String , String >|UnaryOperator < String >) $/,
  csharp: /(?:^| )Func < string , string (?:\? )?> (?:\? )?$/,
  swift: null,
};
const READER_NAME = /^(get_?env|look_?up_?env|lookup|env|(get|read|look_?up)_?(env|var)\w{0,20}|env_?[a-z]{2,12})$/i;

/**
 * Records what reads a variable under another name: `getenv := os.Getenv`, `env: (String) -> String? = System::getenv`, and parameters of
 * the same type that are named for it: `func run(getenv func(string) string)`.
 */
export function learnReaders(language: BraceLanguage, tokens: readonly Token[], project: BraceProject): void {
  const handed = HANDED[language];
  const type = TYPES[language];
  if (!handed || !type) return;
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "word" || project.helpers.size >= MAX_READERS) continue;
    if (!/^(:?=|\?\?|:|func)$/.test(tokens[at + 1]?.value ?? "") && !/^[>?]$/.test(tokens[at - 1]?.value ?? ""))
      continue;
    const behind = ` ${wordsOf(tokens, at + 1, at + 10)} `;
    const before = `${wordsOf(tokens, Math.max(0, at - 9), at)} `;
    const isTyped = type.test(language === "java" || language === "csharp" ? before : behind);
    const isAlias = isGivenReader(tokens, isTyped ? endOfType(tokens, at, language) : at + 1, handed);
    if ((!isAlias && !(isTyped && READER_NAME.test(token.value))) || isClassProperty(tokens, at)) continue;
    // Java calls what it was handed by a method.
    if (language === "java") project.holders.add(token.value);
    else if (!project.helpers.has(token.value))
      project.helpers.set(token.value, {
        nameAt: 0,
        fallbackAt: null,
        fails: false,
        failsBare: false,
        isNullable: language !== "go" && (language !== "rust" || / -> Option /.test(behind)),
      });
  }
}

/** `= System::getenv`, `:= os.Getenv`, `??= Environment.GetEnvironmentVariable` */
function isGivenReader(tokens: readonly Token[], at: number, handed: RegExp): boolean {
  const start = tokens[at]?.value === "??" ? at + 1 : at;
  if (!/^:?=$/.test(tokens[start]?.value ?? "")) return false;
  const value = tokens.slice(start + 1, start + 6).map(({ value }) => value);
  const isNamed = (length: number) =>
    handed.test(
      value
        .slice(0, length)
        .join("")
        .replace(/^std::/, ""),
    );
  return [3, 5].some((length) => isNamed(length) && tokens[start + length + 1]?.value !== "(");
}

/**
 * Kotlin's `class Loader(private val env: (String) -> String? = System::getenv)`. What such a class fails without, it only needs where
 * it is used.
 */
function isClassProperty(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at - 1]?.value === "val" &&
    /^[(,]$|^(private|internal|protected)$/.test(tokens[at - 2]?.value ?? "") &&
    isInBrackets(tokens, at)
  );
}

/** Whether a list of parameters is around a name. */
function isInBrackets(tokens: readonly Token[], at: number): boolean {
  const before = tokens.slice(Math.max(0, at - MAX_PARAMETERS), at);
  return before.some(({ value, close }) => value === "(" && (close ?? 0) > at);
}

/** Tokens of the parameters of a class. */
const MAX_PARAMETERS = 600;

/** The variables that a class of Kotlin's reads through such a property. */
export function readsOfProperties(language: BraceLanguage, tokens: readonly Token[]): { key: string; line: number }[] {
  if (language !== "kotlin") return [];
  const names = new Set(
    tokens.flatMap(({ kind, value }, at) =>
      kind === "word" &&
      tokens[at + 1]?.value === ":" &&
      isClassProperty(tokens, at) &&
      isGivenReader(tokens, endOfType(tokens, at, language), /^System::getenv$/)
        ? [value]
        : [],
    ),
  );
  return tokens.flatMap(({ value }, at) => {
    const key = tokens[at + 2];
    const isCall = names.has(value) && tokens[at + 1]?.value === "(" && key?.kind === "text" && isEnvName(key.value);
    return isCall && key ? [{ key: key.value, line: key.line }] : [];
  });
}

/** Kotlin writes a type between a name and its value. */
function endOfType(tokens: readonly Token[], at: number, language: BraceLanguage): number {
  if (language !== "kotlin") return at + 1;
  let end = closingMark(tokens, at + 2) + 1;
  while (/^(->|String|\?)$/.test(tokens[end]?.value ?? "")) end += 1;
  return end;
}

function wordsOf(tokens: readonly Token[], from: number, to: number): string {
  return tokens
    .slice(from, to)
    .map(({ value }) => value)
    .join(" ");
}

/**
 * Whether a helper returns nothing where the variable is not there. A `Result` of Rust's is an error for other reasons as well, and one
 * without the variable is known from what the helper itself does.
 */
export function isNullableHelper(
  language: BraceLanguage,
  tokens: readonly Token[],
  { from, to }: BraceFunction,
): boolean {
  if (language !== "rust") return language !== "go";
  const signature = wordsOf(tokens, Math.max(0, from - MAX_SIGNATURE), from);
  const returned = signature.slice(signature.lastIndexOf(" -> "));
  const isTyped = /^ -> (?:\w+ :: )*\w+ < [^{}=;]{0,80}\{$/.test(returned);
  return isTyped ? returned.startsWith(" -> Option ") : /\bok \( \)$/.test(wordsOf(tokens, Math.max(from, to - 3), to));
}

const MAX_SIGNATURE = 30;

/** Rust's functions that a name holds: `let get = |name: &str| env::var(name).ok();` */
export function closuresOf(language: BraceLanguage, tokens: readonly Token[]): BraceFunction[] {
  if (language !== "rust") return [];
  return tokens.flatMap((token, at): BraceFunction[] => {
    if (token.value !== "let" || token.kind !== "word" || tokens[at + 2]?.value !== "=") return [];
    const open = tokens[at + 3]?.value === "move" ? at + 4 : at + 3;
    const parameter = tokens[open + 1];
    if (tokens[open]?.value !== "|" || parameter?.kind !== "word") return [];
    const bar = tokens.slice(open + 1, open + 20).findIndex(({ value }) => value === "|");
    if (bar < 0) return [];
    const from = open + bar + 2;
    let to = from;
    while (to < from + MAX_CLOSURE && tokens[to] && tokens[to]?.value !== ";")
      to = /^[({[]$/.test(tokens[to]?.value ?? "") ? closingMark(tokens, to) + 1 : to + 1;
    return [{ name: tokens[at + 1]?.value ?? "", parameters: [parameter.value], from, to }];
  });
}
