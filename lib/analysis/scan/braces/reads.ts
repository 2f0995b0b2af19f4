import { isEnvName } from "../../inputs/input-names.ts";
import { readsByName } from "../library-readers.ts";
import type { BraceProject } from "./project.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

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
  /** The name without whose value the program ends as well: `System.getenv(name) ?: fallback ?: error(name)`. */
  failsWithout?: string;
  /** Reads that take its place, by the index where each begins. */
  others?: { key: string; at: number }[];
  /** Read through a library of settings, which its own declarations tell of. */
  isSetting?: boolean;
}

const MAX_ARGUMENTS = 12;
/** Names that programs give the context of a command of urfave/cli. */
export const CLI_CONTEXT = /^(c|cCtx|ctx|cmd|cliCtx|cliContext|command)$/;

const READERS: Record<BraceLanguage, RegExp> = {
  go: /^(os|syscall)\.(Getenv|LookupEnv)$/,
  rust: /(^|::)(env|dotenvy|dotenv)::(var|var_os)$/,
  java: /^System\.getenv$|(^|\.)dotenv\.get$/i,
  kotlin: /^System\.getenv$|(^|\.)dotenv\.get$/i,
  csharp: /(^|\.)Environment\.GetEnvironmentVariable$/,
  swift: /^(Darwin\.|Glibc\.|Foundation\.)?getenv$/,
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
export function textOf(arg: readonly Token[] | undefined, project: Pick<BraceProject, "constants">): string | null {
  const last = arg?.at(-1);
  if (!arg || !last) return null;
  if (arg.length === 1 && last.kind === "text") return last.value;
  // A label before it: `require(name: "X")`.
  if (arg.length === 3 && arg[0]?.kind === "word" && arg[1]?.value === ":" && last.kind === "text") return last.value;
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
  const held = heldAt(tokens, at, language, project);
  if (held) return held;
  const call = callAt(tokens, at);
  if (!call) return language === "csharp" ? settingAt(tokens, at, language, project) : null;
  const helper = project.helpers.get(call.name.split(/\.|::/).at(-1) ?? "");
  const isReader = READERS[language].test(call.name);
  const [owner = "", method = "", ...more] = language === "go" ? call.name.split(".") : [];
  const isViper = project.vipers.has(owner) && /^(GetString|Get|IsSet|String|MustString)$/.test(method);
  const isCli = CLI_CONTEXT.test(owner) && /^(String|StringSlice|IsSet)$/.test(method);
  if ((isViper || isCli) && more.length === 0) {
    const { args, close } = argumentsOf(tokens, call.open);
    const variable = project.settings.get(`${isCli ? "--" : ""}${textOf(args[0], project) ?? ""}`);
    if (!variable || !isEnvName(variable)) return null;
    const line = tokens[at]?.line ?? 1;
    return { key: variable, line, end: close + 1, fallback: "computed", value: null, fails: false, isSetting: true };
  }
  const isOfLibrary = !isReader && !helper && readsByName(call.name);
  if (!isReader && !helper && !isOfLibrary) return language === "rust" ? positionAt(tokens, at, call, project) : null;
  const { args, close } = argumentsOf(tokens, call.open);
  if (isOfLibrary && args.length !== 1) return null;
  const indexed = isReader && args.length === 0 ? indexedKey(tokens, close, project) : null;
  const key = indexed?.key ?? textOf(args[helper && !isReader ? helper.nameAt : 0], project);
  if (key === null || !isEnvName(key)) return null;
  const line = tokens[at]?.line ?? 1;
  const end = indexed?.end ?? close + 1;
  if (isOfLibrary) return { key, line, end, fallback: "none", value: null, fails: true };
  if (helper && !isReader) {
    const given = helper.fallbackAt === null ? undefined : args[helper.fallbackAt];
    const written = given ? textOf(given, project) : null;
    // `setting("APP_TOKEN", "TOKEN")`: an older name of the variable is no value in its place.
    const value = written?.includes("_") && isEnvName(written) ? "" : written;
    const fallback = given === undefined ? "none" : value === null ? "computed" : "literal";
    if (given === undefined && helper.isNullable)
      return { key, line, end, ...afterwards(tokens, end, language, project) };
    return {
      key,
      line,
      end,
      fallback: value === "" ? "none" : fallback,
      value: value || null,
      fails: given === undefined ? helper.failsBare : helper.fails,
    };
  }
  const found = indexed?.fails
    ? { fallback: "none" as const, value: null, fails: true }
    : indexed?.value
      ? { fallback: "literal" as const, value: indexed.value, fails: false }
      : null;
  const behind = found ?? afterwards(tokens, end, language, project);
  // `requireNotNull(System.getenv("X"))`
  const isDemanded = tokens[at - 1]?.value === "(" && DEMANDING_CALL.test(tokens[at - 2]?.value ?? "");
  return { key, line, end, ...behind, fails: behind.fails || (isDemanded && behind.fallback === "none") };
}

/** `env::args().nth(1)` */
function positionAt(
  tokens: readonly Token[],
  at: number,
  { name, open }: { name: string; open: number },
  project: BraceProject,
): BraceRead | null {
  const [, dot, method, , index] = tokens.slice(open + 1, open + 6);
  const number = Number(/^[1-8]$/.exec(index?.value ?? "")?.[0] ?? 0);
  if (!/(^|::)env::args$/.test(name) || dot?.value !== "." || method?.value !== "nth" || number === 0) return null;
  const end = closingMark(tokens, open + 4) + 1;
  return {
    key: `position ${number - 1}`,
    line: tokens[at]?.line ?? 1,
    end,
    ...afterwards(tokens, end, "rust", project),
  };
}

/** Names under which programs keep the environment. */
const HOLDS_ENVIRONMENT = /^(env|environ|environment|envVars|processEnvironment|systemEnv)$/;

/** A variable out of the whole environment, where a program holds it: `environment["KEY"]`, `env.get("KEY")`. */
function heldAt(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: BraceProject,
): BraceRead | null {
  const name = tokens[at];
  if (name?.kind !== "word" || language === "go" || language === "rust" || language === "csharp") return null;
  if (!HOLDS_ENVIRONMENT.test(name.value) && !project.holders.has(name.value)) return null;
  const isCalled =
    tokens[at + 1]?.value === "." && /^(get(OrDefault|Value|OrElse)?|apply)$/.test(tokens[at + 2]?.value ?? "");
  const open = isCalled ? at + 3 : at + 1;
  if (tokens[open]?.value !== (isCalled ? "(" : "[")) return null;
  const { args, close } = argumentsOf(tokens, open);
  const key = textOf(args[0], project);
  // A map of that name may hold something else; Swift has the environment nowhere but there.
  if (key === null || !isEnvName(key) || (language !== "swift" && !key.includes("_"))) return null;
  // `environment["KEY", default: "value"]`, `env.getOrDefault("KEY", "value")`
  const given = textOf(args[1], project);
  if (given) return { key, line: name.line, end: close + 1, fallback: "literal", value: given, fails: false };
  const behind = afterwards(tokens, close + 1, language, project);
  const fails = behind.fails || (tokens[at + 2]?.value === "getValue" && behind.fallback === "none");
  return { key, line: name.line, end: close + 1, ...behind, fails };
}

/**
 * .NET's configuration has the environment's variables among its keys: `builder.Configuration["KEY"]`, `config.GetValue<string>("KEY")`,
 * `config.GetSection("Thing")["Key"]`, `config.GetConnectionString("Db")`.
 */
function settingAt(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: BraceProject,
): BraceRead | null {
  const word = tokens[at]?.kind === "word" ? (tokens[at]?.value ?? "") : "";
  const held = project.sections.get(word);
  if (held === undefined && !/^_?config(uration)?$/i.test(word)) return null;
  const section = sectionBehind(tokens, at);
  const from = section?.end ?? at + 1;
  const method = tokens[from]?.value === "." ? (tokens[from + 1]?.value ?? "") : "";
  const isTyped = method === "GetValue" && tokens[from + 2]?.value === "<";
  const isConnection = method === "GetConnectionString";
  let open = isConnection ? from + 2 : from;
  while (isTyped && open < from + 8 && tokens[open]?.value !== "(") open += 1;
  const name = tokens[open + 1];
  if (tokens[open]?.value !== (isTyped || isConnection ? "(" : "[") || name?.kind !== "text") return null;
  const path = [held, section?.path, isConnection ? "ConnectionStrings" : undefined, name.value];
  const asked = path.filter((part) => part !== undefined).join(":");
  if (project.takesArguments && OWN_ARGUMENT.test(asked) && !OF_HOST.test(asked)) {
    const end = closingMark(tokens, open) + 1;
    return { key: `--${asked}`, line: name.line, end, ...afterwards(tokens, end, language, project) };
  }
  if (!/^[A-Z][A-Z0-9_]{1,99}$|^[A-Za-z][\w-]{0,60}(:[A-Za-z0-9][\w-]{0,60}){1,5}$/.test(asked)) return null;
  const end = closingMark(tokens, open) + 1;
  const key = asked.replaceAll(":", "__");
  const given = project.given.get(key.toLowerCase());
  if (given !== undefined) return { key, line: name.line, end, fallback: "literal", value: given, fails: false };
  return { key, line: name.line, end, ...afterwards(tokens, end, language, project) };
}

/** A word that is neither a variable nor a section: .NET's hosts take it from their arguments, `--token=…` as `Configuration["token"]`. */
const OWN_ARGUMENT = /^[a-z][A-Za-z0-9]{1,40}(-[A-Za-z0-9]{1,40}){0,5}$/;
const OF_HOST = /^(urls|environment|contentRoot|webroot|applicationName|hostingStartupAssemblies)$/i;

/** `.GetSection("Thing")` behind a configuration, with the index of what follows it. */
export function sectionBehind(tokens: readonly Token[], at: number): { path: string; end: number } | null {
  const [dot, method, open, name] = tokens.slice(at + 1, at + 5);
  const isSection = dot?.value === "." && /^Get(Required)?Section$/.test(method?.value ?? "") && open?.value === "(";
  return isSection && name?.kind === "text" ? { path: name.value, end: closingMark(tokens, at + 3) + 1 } : null;
}

const DEMANDING_CALL = /^(requireNotNull|checkNotNull|requireNonNull)$/;

/** `System.getenv()["X"]`, `System.getenv().get("X")`, `System.getenv().getOrDefault("X", "value")` */
function indexedKey(
  tokens: readonly Token[],
  close: number,
  project: BraceProject,
): { key: string; end: number; value: string | null; fails: boolean } | null {
  const method = tokens[close + 1]?.value === "." ? (tokens[close + 2]?.value ?? "") : "";
  const open = method === "" ? close + 1 : close + 3;
  if (tokens[open]?.value !== (method === "" ? "[" : "(")) return null;
  const { args, close: end } = argumentsOf(tokens, open);
  const key = textOf(args[0], project);
  const value = method === "getOrDefault" ? textOf(args[1], project) : null;
  // Kotlin's `getValue` fails without the key.
  return key === null ? null : { key, end: end + 1, value, fails: method === "getValue" };
}

const FALLBACK_METHOD = /^(unwrap_or|unwrap_or_else|orElse|orElseGet|getOrDefault|ifEmpty|ifBlank|map_or)$/;
const FAILING_METHOD = /^(expect|unwrap|orElseThrow|context|with_context|ok_or|ok_or_else|map_err)$/;

type Behind = Pick<BraceRead, "fallback" | "value" | "fails" | "failsWithout" | "others">;

const NOTHING: Behind = { fallback: "none", value: null, fails: false };

/** Whether a field of clap's arguments that begins at a token is demanded there: `cli.key.ok_or_else(…)?`. */
export function demandsOption(tokens: readonly Token[], at: number, project: BraceProject): boolean {
  const behind = afterwards(tokens, at + 1, "rust", project);
  return isOfArguments(tokens, at) && isJoint(tokens[at + 1]) && behind.fails && !behind.others;
}

/** Whether a word is a field of what clap has parsed: `cli.key`. */
export function isOfArguments(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at - 1]?.value === "." && /^(cli|args?|opts?|options|arguments|params)$/.test(tokens[at - 2]?.value ?? "")
  );
}

/** Whether something else stands before a read that takes its place: `options.key ?? environment["KEY"]`. */
export function isSecondChoice(tokens: readonly Token[], at: number): boolean {
  let index = at - 1;
  while (isJoint(tokens[index]) && tokens[index - 1]?.kind === "word" && at - index < 12) index -= 2;
  const mark = tokens[index];
  return mark?.kind === "mark" && (mark.value === "??" || mark.value === "?:");
}

/** What stands behind a read: a value or another read in its place, or what ends the program without it. */
function afterwards(tokens: readonly Token[], end: number, language: BraceLanguage, project: BraceProject): Behind {
  let index = end;
  const others: { key: string; at: number }[] = [];
  const joined = (behind: Behind): Behind =>
    others.length === 0 ? behind : { ...behind, others: [...others, ...(behind.others ?? [])] };
  for (let steps = 0; steps < 8; steps += 1) {
    const token = tokens[index];
    if (token?.value === "switch" && language === "csharp" && tokens[index + 1]?.value === "{")
      return joined(refusedArm(tokens, index + 1) ? { ...NOTHING, fails: true } : { ...NOTHING, fallback: "computed" });
    if (token?.kind !== "mark") break;
    if (token.value === ")") {
      index += 1;
      continue;
    }
    if (token.value === "?:" || token.value === "??") return joined(inPlace(tokens, index + 1, language, project));
    if (token.value === "?" && language === "rust") return joined({ ...NOTHING, fails: true });
    const isUnwrapped = language === "kotlin" ? tokens[index + 1]?.value === "!" : language === "swift";
    if (token.value === "!" && isUnwrapped) return { ...NOTHING, fails: true };
    if (!isJoint(token)) break;
    const method = tokens[index + 1]?.value ?? "";
    const open = index + 2;
    const isLambda = language === "kotlin" && tokens[open]?.value === "{";
    if (tokens[open]?.value !== "(" && !isLambda) break;
    const close = closingMark(tokens, open);
    if (/^(or_else|or)$/.test(method)) {
      const other = readWithin(tokens, open, close, language, project);
      if (other) others.push(other);
    } else if (FALLBACK_METHOD.test(method)) {
      if (endsProgram(tokens, open)) return joined({ ...NOTHING, fails: true });
      const [value] = tokens.slice(open, Math.min(close, open + 16)).flatMap((one) => writtenText(one, project) ?? []);
      return joined({ fallback: value === undefined ? "computed" : "literal", value: value || null, fails: false });
    } else if (method === "unwrap_or_default") return joined(NOTHING);
    else if (FAILING_METHOD.test(method)) return joined({ ...NOTHING, fails: true });
    index = close + 1;
  }
  return joined(NOTHING);
}

/** Whether the program ends without what stands before a token: `key ?: error("…")`, `key ?? throw …`, `key.expect("…")`. */
export function failsWithout(
  tokens: readonly Token[],
  end: number,
  language: BraceLanguage,
  project: BraceProject,
): boolean {
  const { fails, fallback, others } = afterwards(tokens, end, language, project);
  return fails && fallback === "none" && !others;
}

/** The text that a word or a constant is, such as DEFAULT_URL, or null. */
function writtenText({ kind, value }: Token, project: BraceProject): string | null {
  if (kind === "text") return value;
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(value) ? (project.constants.get(value) ?? null) : null;
}

/** The first read between two brackets: `.or_else(|_| env::var("B"))`. */
function readWithin(
  tokens: readonly Token[],
  open: number,
  close: number,
  language: BraceLanguage,
  project: BraceProject,
): { key: string; at: number } | null {
  for (let at = open + 1; at < Math.min(close, open + 20); at += 1) {
    const call = callAt(tokens, at);
    const position = call && language === "rust" ? positionAt(tokens, at, call, project) : null;
    if (position) return { key: position.key, at };
    if (!call || !READERS[language].test(call.name)) continue;
    const key = textOf(argumentsOf(tokens, call.open).args[0], project);
    if (key !== null && isEnvName(key)) return { key, at };
  }
  return null;
}

/** Whether a closure or a block ends the program: `unwrap_or_else(|_| panic!("…"))`, `?: run { exitProcess(1) }`. */
function endsProgram(tokens: readonly Token[], open: number): boolean {
  const close = Math.min(closingMark(tokens, open), open + 100);
  for (let at = open + 1; at < close; at += 1)
    if (
      tokens[at]?.kind === "word" &&
      /^(panic|exit|exitProcess|unreachable|throw|error|abort)$/.test(tokens[at]?.value ?? "")
    )
      return true;
  return false;
}

/** Whether a C# switch expression throws for what is not there: `switch { null or "" => throw …, var key => key }`. */
function refusedArm(tokens: readonly Token[], open: number): boolean {
  const close = Math.min(closingMark(tokens, open), open + 200);
  for (let at = open + 1; at < close; at += 1) {
    const arrow = tokens[at]?.value === "=>" && tokens[at + 1]?.value === "throw";
    const pattern = tokens.slice(Math.max(open + 1, at - 6), at);
    if (arrow && pattern.some((token) => token.value === "null" || token.value === "_" || token.value === ""))
      return true;
  }
  return false;
}

function inPlace(tokens: readonly Token[], at: number, language: BraceLanguage, project: BraceProject): Behind {
  const token = tokens[at];
  if (token?.kind === "text")
    return { fallback: token.value ? "literal" : "none", value: token.value || null, fails: false };
  const isBlock = token?.value === "run" && tokens[at + 1]?.value === "{";
  const isFailure = isBlock
    ? endsProgram(tokens, at + 1)
    : /^(throw|error|exitProcess|return|TODO)$/.test(token?.value ?? "");
  if (isFailure) return { ...NOTHING, fails: true };
  // `System.getenv("A") ?: System.getenv("B") ?: error("…")`
  const next = readWithin(tokens, at - 1, at + 2, language, project);
  const other = next && readAt(tokens, next.at, language, project);
  if (other)
    return {
      fallback: other.fallback,
      value: other.value,
      fails: other.fails,
      others: [{ key: other.key, at }, ...(other.others ?? [])].slice(0, MAX_ARGUMENTS),
    };
  // `System.getenv(name) ?: fallback ?: error(name)`
  const isChained = token?.kind === "word" && /^(\?:|\?\?)$/.test(tokens[at + 1]?.value ?? "");
  if (isChained && inPlace(tokens, at + 2, language, project).fails)
    return { fallback: "computed", value: null, fails: false, failsWithout: token.value };
  const constant = token?.kind === "word" ? project.constants.get(token.value) : undefined;
  if (constant) return { fallback: "literal", value: constant, fails: false };
  return { fallback: token?.value === "null" ? "none" : "computed", value: null, fails: false };
}

/** What is known of the function that a call names: by its package or class and its name, else by its name alone. */
export function knownOfCall<T>(known: ReadonlyMap<string, T | null>, name: string): T | null {
  const parts = name.split(/\.|::/);
  const last = parts.at(-1) ?? "";
  return (parts.length > 1 ? known.get(`${parts.at(-2)}.${last}`) : null) ?? known.get(last) ?? null;
}
