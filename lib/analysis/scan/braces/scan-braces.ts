import { baseName, type TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { commentAt } from "../comments.ts";
import { needsOf } from "../flow.ts";
import { Scope } from "../scope.ts";
import { addScan, emptyScan, type Flow, isHostingName, type Read, type ScanResult } from "../types.ts";
import { readAnnotations } from "./annotations.ts";
import { BraceFlow } from "./flow.ts";
import { type OtherCommands, otherGoCommands } from "./go-commands.ts";
import { flagFields, prefixedReads, readGoFlags, viperReads } from "./go-flags.ts";
import { argumentsOf, type BraceProject, readAt, textOf } from "./reads.ts";
import { readRustArguments } from "./rust-arguments.ts";
import { type ServingLines, servingArguments } from "./rust-commands.ts";
import { type BraceLanguage, braceLanguage, closingMark, type Token, tokenize } from "./tokens.ts";

const MAX_READS = 400;
const MAX_HELPER_TOKENS = 600;

interface ParsedFile {
  file: TextFile;
  language: BraceLanguage;
  tokens: Token[];
  functions: BraceFunction[];
}

interface BraceFunction {
  name: string;
  parameters: string[];
  /** Tokens of the body, without its braces. */
  from: number;
  to: number;
}

/**
 * Reads what Go, Rust, Java, Kotlin and C# files need of the environment and the command line: calls that read variables,
 * constants for their names, helpers, and the declarations of the usual libraries. A scan of tokens, not a parser: what it
 * does not understand it passes over.
 *
 * @param pause lets other work of the process go on between files
 */
export async function scanBraces(files: readonly TextFile[], pause: () => Promise<void>): Promise<ScanResult> {
  const result = emptyScan();
  const parsed: ParsedFile[] = [];
  const project: BraceProject = { constants: new Map(), helpers: new Map(), fields: new Map() };
  for (const file of files) {
    const language = braceLanguage(file.path);
    if (language === null) {
      // A properties file has no code, but names variables itself.
      addScan(
        result,
        readOrSkip(file, result.warnings, () => readAnnotations(file), emptyScan()),
      );
      continue;
    }
    const parse = () => {
      const tokens = tokenize(file.text, language);
      const reads = learnConstants(tokens, language, project).map(
        ({ key, line }): Read => ({
          key,
          path: file.path,
          line,
          fallback: "none",
          value: null,
          isHosting: false,
          comment: null,
        }),
      );
      addScan(result, { reads });
      return [{ file, language, tokens, functions: functionsOf(tokens, language) }];
    };
    parsed.push(...readOrSkip(file, result.warnings, parse, []));
    await pause();
  }
  // The second time for helpers that call a helper.
  for (const one of [...parsed, ...parsed])
    readOrSkip(one.file, result.warnings, () => learnHelpers(one, project), undefined);
  for (const one of parsed) readOrSkip(one.file, result.warnings, () => learnFields(one, project), undefined);
  const prefix = viperPrefix(parsed, project);
  const flagPrefix = flagPrefixOf(parsed, project);
  if (flagPrefix !== null) for (const { tokens } of parsed) flagFields(tokens, flagPrefix, project);
  const programs: Programs = {
    prefix,
    flagPrefix,
    isServing: servingArguments(parsed.filter(({ language }) => language === "rust")),
    others: otherGoCommands(parsed.filter(({ language }) => language === "go")),
  };
  for (const one of parsed) {
    addScan(
      result,
      readOrSkip(one.file, result.warnings, () => readFile(one, programs, project), {}),
    );
    await pause();
  }
  return result;
}

/** What the files of a program say together. */
interface Programs {
  /** Of variables that viper reads. */
  prefix: string | null;
  /** Of variables that ff reads. */
  flagPrefix: string | null;
  isServing: ServingLines;
  others: OtherCommands;
}

function readFile(
  one: ParsedFile,
  { prefix, flagPrefix, isServing, others }: Programs,
  project: BraceProject,
): Partial<ScanResult> {
  const { language, tokens, file } = one;
  const declared =
    language === "go"
      ? readGoFlags(tokens, file, project, others)
      : language === "rust"
        ? readRustArguments(file, isServing, project.constants)
        : readAnnotations(file);
  const settings = language === "go" && prefix !== null ? viperReads(tokens, file, prefix, project) : [];
  const prefixed = language === "go" && flagPrefix !== null ? prefixedReads(declared.options, flagPrefix) : emptyScan();
  return {
    ...declared,
    links: [...declared.links, ...prefixed.links],
    reads: [...readsOf(one, project), ...declared.reads, ...settings, ...prefixed.reads],
    flows: [...flowsOf(one, project, others), ...declared.flows],
  };
}

/** Text constants: `name = "X"`, `const NAME: &str = "X"`, `static final String NAME = "X"`, `name string = "X"`. */
function learnConstants(
  tokens: readonly Token[],
  language: BraceLanguage,
  project: BraceProject,
): { key: string; line: number }[] {
  const named: { key: string; line: number }[] = [];
  // Codes of errors are constants of this form as well, in files that have nothing to do with variables.
  const readsEnvironment = tokens.some((token) => token.kind === "word" && /env/i.test(token.value));
  for (const [index, token] of tokens.entries()) {
    const value = tokens[index + 1];
    if (token.kind !== "mark" || (token.value !== "=" && token.value !== ":=") || value?.kind !== "text") continue;
    if (tokens[index + 2]?.value === "+" || value.value.length > 200) continue;
    const back = tokens.slice(Math.max(0, index - 8), index);
    const marked = back.findLastIndex((one) => /^(const|static|val|var)$/.test(one.value));
    const behind = back
      .slice(marked + 1)
      .find((one) => one.kind === "word" && !/^(mut|ref|String|string)$/.test(one.value));
    const last = back.findLastIndex((one) => one.kind === "word" && one.value !== "string");
    // `Stdio Transport = "stdio"`: a Go constant with its type.
    const typed = back[last - 1];
    const isTyped = language === "go" && typed?.kind === "word" && !/^(const|var)$/.test(typed.value);
    const before = isTyped && typed.line === back[last]?.line ? typed : back[last];
    const name = language === "rust" || language === "kotlin" ? (marked >= 0 ? behind : null) : before;
    if (!name || project.constants.has(name.value)) continue;
    project.constants.set(name.value, value.value);
    // A constant that is named for it holds the name of a variable, wherever it is read.
    const isSame = readsEnvironment && name.value === value.value && value.value.includes("_");
    const isNamed = NAMED_FOR_VARIABLE.test(name.value) || isSame;
    if (isNamed && isEnvName(value.value)) named.push({ key: value.value, line: value.line });
  }
  return named;
}

const NAMED_FOR_VARIABLE = /(_ENV|_ENV_VAR|_ENV_NAME|EnvVar|EnvName|Env)$|^(ENV_|env[A-Z])/;

const FUNCTION_WORD = /^(func|fn|fun)$/;
const NOT_FUNCTIONS =
  /^(if|for|while|switch|catch|return|new|throw|using|lock|foreach|synchronized|when|try|else|super|this)$/;

function functionsOf(tokens: readonly Token[], language: BraceLanguage): BraceFunction[] {
  const found: BraceFunction[] = [];
  const isMarked = language === "go" || language === "rust" || language === "kotlin";
  for (let at = 0; at < tokens.length && found.length < 2_000; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "word" || (isMarked && !FUNCTION_WORD.test(token.value))) continue;
    const anonymous = language === "go" ? commandBody(tokens, at) : null;
    if (anonymous !== null) {
      found.push({ name: "main", parameters: [], from: anonymous + 1, to: closingMark(tokens, anonymous) });
      continue;
    }
    let name = isMarked ? at + 1 : at;
    // Go's receiver and Rust's type parameters stand before the parameters.
    if (language === "go" && tokens[name]?.value === "(") name = closingMark(tokens, name) + 1;
    const open = isMarked ? nextBracket(tokens, name + 1) : name + 1;
    if (open === null || tokens[open]?.value !== "(" || NOT_FUNCTIONS.test(tokens[name]?.value ?? "")) continue;
    const body = bodyAfter(tokens, closingMark(tokens, open) + 1);
    if (body === null) continue;
    found.push({
      name: tokens[name]?.kind === "word" ? (tokens[name]?.value ?? "") : "",
      parameters: parameterNames(tokens, open, language),
      from: body + 1,
      to: closingMark(tokens, body),
    });
  }
  return found;
}

const COMMAND_FIELD = /^(RunE?|Action|PreRunE?|PersistentPreRunE?|Before)$/;

/** The body of a function that a command of cobra or urfave/cli runs: `RunE: func(…) error { … }`. */
function commandBody(tokens: readonly Token[], at: number): number | null {
  if (tokens[at - 1]?.value !== ":" || !COMMAND_FIELD.test(tokens[at - 2]?.value ?? "")) return null;
  return tokens[at + 1]?.value === "(" ? bodyAfter(tokens, closingMark(tokens, at + 1) + 1) : null;
}

/** Functions that commands name: `RunE: runServer`. */
function commandFunctions(tokens: readonly Token[], isOther: (at: number) => boolean): string[] {
  return tokens.flatMap((token, at) =>
    !isOther(at) &&
    token.kind === "word" &&
    tokens[at - 1]?.value === ":" &&
    COMMAND_FIELD.test(tokens[at - 2]?.value ?? "")
      ? [token.value]
      : [],
  );
}

function nextBracket(tokens: readonly Token[], from: number): number | null {
  for (let index = from; index < from + 40; index += 1) {
    if (tokens[index]?.value === "(") return index;
    if (tokens[index]?.value === "{") return null;
  }
  return null;
}

/** The brace of a function's body, past its result type and its `throws`. */
function bodyAfter(tokens: readonly Token[], from: number): number | null {
  for (let index = from; index < from + 40; index += 1) {
    const token = tokens[index];
    if (!token || token.value === ";" || token.value === "=") return null;
    if (token.value === "{") return index;
    if (token.value === "(") index = closingMark(tokens, index);
    else if (token.kind === "mark" && !/^(->|:|::|\.|,|<|>|\*|&|\[|\]|\?|\))$/.test(token.value)) return null;
  }
  return null;
}

function parameterNames(tokens: readonly Token[], open: number, language: BraceLanguage): string[] {
  return argumentsOf(tokens, open).args.map((arg) => {
    const words = arg.filter(
      (token) => token.kind === "word" && !/^(mut|final|self|params|vararg|val|var)$/.test(token.value),
    );
    // Java and C# write the type first.
    const word = language === "java" || language === "csharp" ? words.at(-1) : words[0];
    return word?.value ?? "";
  });
}

/** A function that reads the variable whose name is its parameter. */
function learnHelpers({ language, tokens, functions }: ParsedFile, project: BraceProject): void {
  for (const { name, parameters, from, to } of functions) {
    if (name === "" || parameters.length === 0 || parameters.length > 4 || to - from > MAX_HELPER_TOKENS) continue;
    const known: BraceProject = {
      ...project,
      constants: new Map(parameters.map((one, index) => [one, `${PARAMETER_PREFIX}${index}`])),
      helpers: new Map([...project.helpers].filter(([known]) => known !== name)),
    };
    for (let at = from; at < to; at += 1) {
      const read = readAt(tokens, at, language, known);
      if (!read?.key.startsWith(PARAMETER_PREFIX)) continue;
      const nameAt = Number(read.key.slice(PARAMETER_PREFIX.length));
      const fallbackAt = parameters.findIndex((_, index) => index !== nameAt);
      const flow = new BraceFlow(tokens, language, known);
      const needs = needsOf(flow.lower(from, to, new Scope(null)));
      const fails = needs.length > 0 && needs.every((branch) => branch.includes(read.key));
      project.helpers.set(name, { nameAt, fallbackAt: fallbackAt < 0 ? null : fallbackAt, fails });
      break;
    }
  }
}

/** Names of parameters while a helper is looked at; they have to look like names of variables. */
const PARAMETER_PREFIX = "HELPER_NAME_";

/** Fields that a variable is put into: `cfg.Token = os.Getenv("X")`, `Config{Token: os.Getenv("X")}`, `token: env::var("X")?`. */
function learnFields({ language, tokens }: ParsedFile, project: BraceProject): void {
  for (let at = 2; at < tokens.length; at += 1) {
    const joint = tokens[at - 1];
    const name = tokens[at - 2];
    if (joint?.kind !== "mark" || !/^(=|:=|:)$/.test(joint.value) || name?.kind !== "word") continue;
    const read = readAt(tokens, at, language, project);
    if (read && !project.fields.has(name.value)) project.fields.set(name.value, read.key);
  }
}

function readsOf({ file, language, tokens, functions }: ParsedFile, project: BraceProject): Read[] {
  const reads: Read[] = [];
  const lines = file.text.split("\n");
  const hosting = functions.filter((one) => isHostingName(one.name));
  for (let at = 0; at < tokens.length && reads.length < MAX_READS; at += 1) {
    const read = readAt(tokens, at, language, project);
    if (!read || !isEnvName(read.key) || read.key.startsWith(PARAMETER_PREFIX)) continue;
    reads.push({
      key: read.key,
      path: file.path,
      line: read.line,
      fallback: read.fallback,
      value: read.value,
      isHosting: hosting.some((one) => at >= one.from && at < one.to),
      comment: commentAt(lines, read.line, "//"),
    });
  }
  return reads;
}

function flowsOf(
  { file, language, tokens, functions }: ParsedFile,
  project: BraceProject,
  others: OtherCommands,
): Flow[] {
  const isMainFile = /^(main|program)\./i.test(baseName(file.path));
  const named: Flow = {
    path: file.path,
    name: null,
    isHandler: false,
    isHosting: false,
    needs: [[]],
    calls: commandFunctions(tokens, (at) => others.has(file.path, at)).map((name) => ({
      name,
      isCaught: false,
      isBranch: false,
    })),
  };
  // C# may have its program outside of all functions.
  const isTopLevel = language === "csharp" && isMainFile && functions.every((one) => !/^Main$/.test(one.name));
  const all = isTopLevel ? [{ name: "", parameters: [], from: 0, to: tokens.length }, ...functions] : functions;
  const flows = all.flatMap(({ name, from, to }): Flow[] => {
    const isStart = (/^(main|Main|init)$/.test(name) || (isMainFile && name === "")) && !others.has(file.path, from);
    const flow = new BraceFlow(tokens, language, project, isStart);
    const needs = needsOf(flow.lower(from, to, new Scope(null)));
    const about = { path: file.path, name: isStart ? null : name, isHosting: isHostingName(name) };
    const hard: Flow = { ...about, isHandler: false, needs, calls: flow.calls };
    if (isStart) return [hard];
    // An error that a function returns may go no further than its caller, so it is no failure of the start.
    const soft = needsOf(new BraceFlow(tokens, language, project).lower(from, to, new Scope(null)));
    const isSofter = JSON.stringify(soft) !== JSON.stringify(needs);
    return isSofter ? [hard, { ...about, isHandler: true, needs: soft, calls: [] }] : [hard];
  });
  return named.calls.length > 0 ? [named, ...flows] : flows;
}

/** The prefix under which ff reads variables for flags, where the program states one. */
function flagPrefixOf(parsed: readonly ParsedFile[], project: BraceProject): string | null {
  for (const { tokens } of parsed.filter((one) => one.language === "go")) {
    const at = tokens.findIndex((token) => token.value === "WithEnvVarPrefix");
    const prefix = at < 0 ? null : textOf(argumentsOf(tokens, at + 1).args[0], project);
    if (prefix) return prefix.toUpperCase();
  }
  return null;
}

/** The prefix under which viper reads variables for its keys, where the program lets it do so. */
function viperPrefix(parsed: readonly ParsedFile[], project: BraceProject): string | null {
  let prefix: string | null = null;
  for (const { tokens } of parsed.filter((one) => one.language === "go")) {
    for (const [at, token] of tokens.entries()) {
      if (token.value !== "SetEnvPrefix" && token.value !== "AutomaticEnv") continue;
      const open = at + 1;
      if (token.value === "AutomaticEnv") prefix ??= "";
      else prefix = textOf(argumentsOf(tokens, open).args[0], project) || prefix;
    }
  }
  return prefix === null || prefix === "" ? prefix : `${prefix.toUpperCase()}_`;
}
