import { isEnvName } from "../../inputs/input-names.ts";
import type { BraceLanguage, Token } from "./tokens.ts";
import { closingMark } from "./tokens.ts";

/** What the files of one program know of each other. */
export interface BraceProject {
  /** Text constants by their name. */
  constants: Map<string, string>;
  /** Functions that read the variable whose name they are given. */
  helpers: Map<string, { nameAt: number; fallbackAt: number | null; fails: boolean }>;
  /** Fields and constants that hold a variable, by their own name. */
  fields: Map<string, string>;
}

/** One read of the environment in a list of tokens. */
export interface BraceRead {
  key: string;
  line: number;
  /** Index of the first token behind the read. */
  end: number;
  fallback: "none" | "literal" | "computed";
  value: string | null;
  /** The program ends, or an error is returned, without the variable. */
  fails: boolean;
}

const MAX_ARGUMENTS = 12;

const READERS: Record<BraceLanguage, RegExp> = {
  go: /^(os|syscall)\.(Getenv|LookupEnv)$/,
  rust: /(^|::)(env|dotenvy|dotenv)::(var|var_os)$/,
  java: /^System\.getenv$/,
  kotlin: /^System\.getenv$/,
  csharp: /(^|\.)Environment\.GetEnvironmentVariable$/,
};

/** "os.Getenv" and the index of its opening bracket, for a call that begins at a token; null for anything else. */
export function callAt(tokens: readonly Token[], at: number): { name: string; open: number } | null {
  const first = tokens[at];
  if (first?.kind !== "word" || isJoint(tokens[at - 1])) return null;
  let name = first.value;
  let index = at + 1;
  while (isJoint(tokens[index]) && tokens[index + 1]?.kind === "word" && index - at < 12) {
    name += (tokens[index]?.value === "?." ? "." : (tokens[index]?.value ?? "")) + (tokens[index + 1]?.value ?? "");
    index += 2;
  }
  if (tokens[index]?.value === "!" && tokens[index + 1]?.value === "(") return { name: `${name}!`, open: index + 1 };
  return tokens[index]?.value === "(" && tokens[index]?.kind === "mark" ? { name, open: index } : null;
}

function isJoint(token: Token | undefined): boolean {
  return token?.kind === "mark" && (token.value === "." || token.value === "::" || token.value === "?.");
}

/** The arguments of a call, each as its tokens. */
export function argumentsOf(tokens: readonly Token[], open: number): { args: Token[][]; close: number } {
  const close = closingMark(tokens, open);
  const args: Token[][] = [];
  let current: Token[] = [];
  // A name stands alone in its argument; a nested bracket is passed over.
  for (let index = open + 1; index < close && args.length < MAX_ARGUMENTS; index += 1) {
    const token = tokens[index];
    if (!token) break;
    if (token.kind === "mark" && "([{".includes(token.value)) {
      current.push(token);
      index = closingMark(tokens, index);
    } else if (token.kind === "mark" && token.value === ",") {
      args.push(current);
      current = [];
    } else current.push(token);
  }
  if (current.length > 0) args.push(current);
  return { args, close };
}

/** The text that an argument is: written there, or a constant by its last name. */
export function textOf(arg: readonly Token[] | undefined, project: BraceProject): string | null {
  const last = arg?.at(-1);
  if (!arg || !last) return null;
  if (arg.length === 1 && last.kind === "text") return last.value;
  const isName = arg.every((token) => token.kind === "word" || isJoint(token) || token.value === "&");
  return isName && last.kind === "word" ? (project.constants.get(last.value) ?? null) : null;
}

/** The read of the environment that begins at a token, or null. */
export function readAt(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: BraceProject,
): BraceRead | null {
  const call = callAt(tokens, at);
  if (!call) return null;
  const helper = project.helpers.get(call.name.split(/\.|::/).at(-1) ?? "");
  const isReader = READERS[language].test(call.name);
  if (!isReader && !helper) return null;
  const { args, close } = argumentsOf(tokens, call.open);
  const indexed = isReader && args.length === 0 ? indexedKey(tokens, close) : null;
  const key = indexed?.key ?? textOf(args[isReader ? 0 : (helper?.nameAt ?? 0)], project);
  if (key === null || !isEnvName(key)) return null;
  const line = tokens[at]?.line ?? 1;
  const end = indexed?.end ?? close + 1;
  if (helper && !isReader) {
    const given = helper.fallbackAt === null ? undefined : args[helper.fallbackAt];
    const written = given ? textOf(given, project) : null;
    // `setting("APP_TOKEN", "TOKEN")`: an older name of the variable is no value in its place.
    const value = written?.includes("_") && isEnvName(written) ? "" : written;
    const fallback = given === undefined ? "none" : value === null ? "computed" : "literal";
    return { key, line, end, fallback: value === "" ? "none" : fallback, value: value || null, fails: helper.fails };
  }
  const found = indexed?.value ? { fallback: "literal" as const, value: indexed.value, fails: false } : null;
  const behind = found ?? afterwards(tokens, end, language, project);
  // `requireNotNull(System.getenv("X"))`
  const isDemanded = tokens[at - 1]?.value === "(" && DEMANDING_CALL.test(tokens[at - 2]?.value ?? "");
  return { key, line, end, ...behind, fails: behind.fails || (isDemanded && behind.fallback === "none") };
}

const DEMANDING_CALL = /^(requireNotNull|checkNotNull|requireNonNull)$/;

/** `System.getenv()["X"]`, `System.getenv().get("X")`, `System.getenv().getOrDefault("X", "value")` */
function indexedKey(
  tokens: readonly Token[],
  close: number,
): { key: string; end: number; value: string | null } | null {
  for (let index = close + 1; index < close + 5; index += 1) {
    const token = tokens[index];
    if (token?.kind !== "text") continue;
    const given = tokens[index - 2]?.value === "getOrDefault" ? tokens[index + 2] : undefined;
    const value = given?.kind === "text" ? given.value : null;
    return { key: token.value, end: index + (value === null ? 2 : 4), value };
  }
  return null;
}

const FALLBACK_METHOD = /^(unwrap_or|unwrap_or_else|orElse|orElseGet|getOrDefault|ifEmpty|ifBlank|map_or)$/;
const FAILING_METHOD = /^(expect|unwrap|orElseThrow|context|with_context|ok_or|ok_or_else|map_err)$/;

/** What stands behind a read: a value in its place, or what ends the program without it. */
function afterwards(
  tokens: readonly Token[],
  end: number,
  language: BraceLanguage,
  project: BraceProject,
): Pick<BraceRead, "fallback" | "value" | "fails"> {
  let index = end;
  for (let steps = 0; steps < 8; steps += 1) {
    const token = tokens[index];
    if (token?.kind !== "mark") break;
    if (token.value === ")") {
      index += 1;
      continue;
    }
    if (token.value === "?:" || token.value === "??") return inPlace(tokens, index + 1, project);
    if (token.value === "?" && language === "rust") return { fallback: "none", value: null, fails: true };
    if (!isJoint(token)) break;
    const method = tokens[index + 1]?.value ?? "";
    const open = index + 2;
    if (tokens[open]?.value !== "(") break;
    if (FALLBACK_METHOD.test(method)) {
      const value = tokens
        .slice(open, Math.min(closingMark(tokens, open), open + 16))
        .find((one) => one.kind === "text");
      return { fallback: value ? "literal" : "computed", value: value?.value || null, fails: false };
    }
    if (method === "unwrap_or_default" || method === "ok") return { fallback: "none", value: null, fails: false };
    if (FAILING_METHOD.test(method)) return { fallback: "none", value: null, fails: true };
    index = closingMark(tokens, open) + 1;
  }
  return { fallback: "none", value: null, fails: false };
}

function inPlace(
  tokens: readonly Token[],
  at: number,
  project: BraceProject,
): Pick<BraceRead, "fallback" | "value" | "fails"> {
  const token = tokens[at];
  if (token?.kind === "text")
    return { fallback: token.value ? "literal" : "none", value: token.value || null, fails: false };
  const isFailure = /^(throw|error|exitProcess|return|TODO)$/.test(token?.value ?? "");
  if (isFailure) return { fallback: "none", value: null, fails: true };
  const constant = token?.kind === "word" ? project.constants.get(token.value) : undefined;
  if (constant) return { fallback: "literal", value: constant, fails: false };
  return { fallback: token?.value === "null" ? "none" : "computed", value: null, fails: false };
}
