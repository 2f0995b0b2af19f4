import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, upperName } from "../../inputs/input-names.ts";
import { needsOf } from "../flow.ts";
import { Scope } from "../scope.ts";
import { BraceFlow } from "./flow.ts";
import type { BraceFunction } from "./functions.ts";
import { type BraceProject, noteVariableIn } from "./project.ts";
import { closuresOf, isNullableHelper, learnReaders } from "./readers.ts";
import { argumentsOf, readAt, sectionBehind, textOf } from "./reads.ts";
import type { BraceLanguage, Token } from "./tokens.ts";

const MAX_SETTINGS = 400;
const MAX_HELPER_TOKENS = 600;

/** A file with its tokens and functions. */
export interface ParsedFile {
  file: TextFile;
  language: BraceLanguage;
  tokens: Token[];
  functions: BraceFunction[];
}

/** Text constants: `name = "X"`, `const NAME: &str = "X"`, `static final String NAME = "X"`, `name string = "X"`. */
export function learnConstants(
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
    const marked = back.findLastIndex((one) => /^(const|static|val|var|let)$/.test(one.value));
    const behind = back
      .slice(marked + 1)
      .find((one) => one.kind === "word" && !/^(mut|ref|String|string)$/.test(one.value));
    const last = back.findLastIndex((one) => one.kind === "word" && one.value !== "string");
    // `Stdio Transport = "stdio"`: a Go constant with its type.
    const typed = back[last - 1];
    const isTyped = language === "go" && typed?.kind === "word" && !/^(const|var)$/.test(typed.value);
    const before = isTyped && typed.line === back[last]?.line ? typed : back[last];
    const name =
      language === "rust" || language === "kotlin" || language === "swift" ? (marked >= 0 ? behind : null) : before;
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

/** Records the parameters of each function, and which functions can end the program themselves, without their caller. */
export function learnExits({ tokens, functions }: ParsedFile, project: BraceProject): void {
  for (const { name, parameters } of functions) {
    if (name === "" || parameters.length === 0) continue;
    const isSame = !project.parameters.has(name) || project.parameters.get(name)?.join() === parameters.join();
    project.parameters.set(name, isSame ? parameters : null);
  }
  for (const { name, from, to } of functions)
    if (name !== "" && tokens.slice(from, to).some(({ kind, value }) => kind === "word" && EXITS.test(value)))
      project.exits.add(name);
}

const EXITS = /^(Fatal(f|ln)?|panic|Exit)$/;

/** A function that reads the variable whose name is its parameter. */
export function learnHelpers({ language, tokens, functions }: ParsedFile, project: BraceProject): void {
  learnReaders(language, tokens, project);
  for (const one of [...functions, ...closuresOf(language, tokens)]) {
    const { name, parameters, from, to } = one;
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
      const failsWith = (scope: Scope): boolean => {
        const needs = needsOf(new BraceFlow(tokens, language, known).lower(from, to, scope));
        return needs.length > 0 && needs.every((branch) => branch.includes(read.key));
      };
      const fails = failsWith(new Scope(null));
      const fallback = parameters[fallbackAt];
      const without = new Scope(null);
      if (fallback !== undefined) without.bind(fallback, { kind: "constant", value: false });
      const isBare = fallback !== undefined && (read.failsWithout === fallback || failsWith(without));
      const failsBare = fails || isBare;
      const isNullable = read.fallback === "none" && !failsBare && isNullableHelper(language, tokens, one);
      project.helpers.set(name, {
        nameAt,
        fallbackAt: fallbackAt < 0 ? null : fallbackAt,
        fails,
        failsBare,
        isNullable,
      });
      break;
    }
  }
}

/** Names of parameters while a helper is looked at; they have to look like names of variables. */
export const PARAMETER_PREFIX = "HELPER_NAME_";

/** The whole environment, and no part of it: `System.getenv()`, `dotenv { … }`, `Dotenv.configure().load()`. */
const HOLDS_ALL = /^(System\.getenv\(\)(?!\.(?:get|contains)|\[)|dotenv[({]|Dotenv\.|Dotenv\()/;

/** Records names that hold the whole environment, or one of .NET's sections: `Dotenv dotenv = Dotenv.load()`, `var section = config.GetSection("Thing")`. */
export function learnHolders({ language, tokens }: ParsedFile, project: BraceProject): void {
  for (const [at, token] of tokens.entries()) {
    const name = token.kind === "mark" && token.value === "=" ? assignedName(tokens, at, language) : null;
    if (name === null) continue;
    if (language === "csharp") {
      for (let index = at + 1; index < at + 5; index += 1) {
        const section = sectionBehind(tokens, index);
        if (section && tokens[section.end]?.value === ";") project.sections.set(name, section.path);
      }
    } else if (language === "java" || language === "kotlin") {
      const value = tokens.slice(at + 1, at + 8).map((one) => one.value);
      if (HOLDS_ALL.test(value.join(""))) project.holders.add(name);
    }
  }
}

/** The name that gets a value. Kotlin writes the type behind it: `val env: Map<String, String> = …`. */
function assignedName(tokens: readonly Token[], at: number, language: BraceLanguage): string | null {
  const before = tokens.slice(Math.max(0, at - 8), at);
  const colon = language === "kotlin" ? before.findLastIndex(({ value }) => value === ":") : -1;
  const name = colon > 0 ? before[colon - 1] : before.at(-1);
  return name?.kind === "word" ? name.value : null;
}

/** Fields that a variable is put into: `cfg.Token = os.Getenv("X")`, `Config{Token: os.Getenv("X")}`, `token: env::var("X")?`. */
export function learnFields({ language, tokens }: ParsedFile, project: BraceProject): void {
  for (let at = 2; at < tokens.length; at += 1) {
    const joint = tokens[at - 1];
    const name = tokens[at - 2];
    if (joint?.kind !== "mark" || name?.kind !== "word") continue;
    const isSetter = language === "java" && joint.value === "(" && /^set[A-Z]/.test(name.value);
    if (!isSetter && !/^(=|:=|:)$/.test(joint.value)) continue;
    const read = readAt(tokens, at, language, project);
    // `isOn := os.Getenv("X") == "true"` is not the variable.
    const isCompared = read !== null && /^[!=]=$/.test(tokens[read.end]?.value ?? "");
    // `config.setKey(System.getenv("A_KEY"))`
    const field = isSetter ? name.value.charAt(3).toLowerCase() + name.value.slice(4) : name.value;
    if (!read || isCompared) continue;
    const isFirst = !project.fields.has(field);
    noteVariableIn(project, tokens, field, read.key);
    if (isFirst && read.value) project.fallbacks.set(field, read.value);
  }
}

/** The variables that viper reads for its keys: those that are bound one by one, and with a prefix all others. */
export function learnViper(tokens: readonly Token[], prefix: string | null, project: BraceProject): void {
  for (const [at, token] of tokens.entries()) {
    // `v := viper.New()`, `func Load(v *viper.Viper)`
    const isMade = /^(viper|koanf)$/.test(token.value) && /^New/.test(tokens[at + 2]?.value ?? "");
    const isTyped = /^(viper|koanf)$/.test(token.value) && /^(Viper|Koanf)$/.test(tokens[at + 2]?.value ?? "");
    const name = tokens[at - 2];
    if ((isMade || isTyped) && name?.kind === "word" && tokens[at - 1]?.kind === "mark") project.vipers.add(name.value);
  }
  for (const [at, token] of tokens.entries()) {
    const isAsked = /^(String|MustString)$/.test(token.value) && project.vipers.has(tokens[at - 2]?.value ?? "");
    const isViper = /^(BindEnv|MustBindEnv|SetDefault|GetString|Get|IsSet)$/.test(token.value);
    if (!(isViper || isAsked) || tokens[at - 1]?.value !== ".") continue;
    const { args } = argumentsOf(tokens, at + 1);
    const name = textOf(args[0], project);
    if (name === null || project.settings.size >= MAX_SETTINGS) continue;
    const variable = textOf(args[1], project);
    // A setting with a value of its own is never empty.
    if (token.value === "SetDefault") {
      if (variable !== "") project.settings.set(name, null);
    } else if (/BindEnv$/.test(token.value) && variable && isEnvName(variable)) {
      project.settings.set(name, variable);
      project.bound.add(name);
    } else if (prefix !== null && !project.settings.has(name))
      project.settings.set(name, `${prefix}${upperName(name)}`);
  }
}

/** Lists of variables' names: `required := []string{"A_KEY", "A_URL"}`. */
export function learnLists(tokens: readonly Token[], project: BraceProject): void {
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "mark" || !/^(=|:=)$/.test(token.value) || project.lists.size >= MAX_SETTINGS) continue;
    let open = at + 1;
    while (open < at + 8 && !/^[[({]$/.test(tokens[open]?.value ?? "")) open += 1;
    // `[]string{`, `List.of(`, `new[] {`
    while (tokens[open]?.close === open + 1) open += tokens[open + 2]?.kind === "word" ? 3 : 2;
    const inside = tokens.slice(open + 1, Math.min(tokens[open]?.close ?? 0, open + 60));
    const names = inside.flatMap((one) => (one.kind === "text" && isEnvName(one.value) ? [one.value] : []));
    const isList = names.length > 0 && inside.every((one) => one.kind === "text" || one.value === ",");
    const name = tokens
      .slice(Math.max(0, at - 6), at)
      .findLast((one) => one.kind === "word" && !/^(str|string|String)$/.test(one.value));
    if (isList && name && names.length <= MAX_NAMES) project.lists.set(name.value, names);
  }
}

const MAX_NAMES = 20;

/** The prefix under which ff reads variables for flags, where the program states one. */
export function flagPrefixOf(parsed: readonly ParsedFile[], project: BraceProject): string | null {
  for (const { tokens } of parsed.filter((one) => one.language === "go")) {
    const at = tokens.findIndex((token) => token.value === "WithEnvVarPrefix");
    const prefix = at < 0 ? null : textOf(argumentsOf(tokens, at + 1).args[0], project);
    if (prefix) return prefix.toUpperCase();
  }
  return null;
}

/** The prefix under which viper reads variables for its keys, where the program lets it do so. */
export function viperPrefix(parsed: readonly ParsedFile[], project: BraceProject): string | null {
  let prefix: string | null = null;
  for (const { tokens } of parsed.filter((one) => one.language === "go")) {
    for (const [at, token] of tokens.entries()) {
      const open = at + 1;
      // koanf: `env.Provider("THING_", ".", transform)`
      const isProvider = /^Provider(WithValue)?$/.test(token.value) && tokens[at - 2]?.value === "env";
      const given = isProvider ? textOf(argumentsOf(tokens, open).args[0], project) : null;
      if (given !== null) prefix ??= given.replace(/_$/, "");
      if (token.value !== "SetEnvPrefix" && token.value !== "AutomaticEnv") continue;
      if (token.value === "AutomaticEnv") prefix ??= "";
      else prefix = textOf(argumentsOf(tokens, open).args[0], project) || prefix;
    }
  }
  return prefix === null || prefix === "" ? prefix : `${prefix.toUpperCase()}_`;
}
