import type { ParsedFile } from "./learn.ts";
import { type BraceProject, variableIn } from "./project.ts";
import { Ranges } from "./ranges.ts";
import { argumentsOf, callAt, readAt } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const MAX_PARAMETERS = 12;
const MAX_BODY = 2_000;
const MAX_CALLS = 5_000;
/** Methods that keep a value: `key.to_string()`. */
const KEEPS = /^(to_string|to_owned|clone|into|trim|Trim|strip)$/;

/** A function whose callers are looked at. */
interface Target {
  parameters: readonly string[];
  /** The fields of the object that each parameter fills, by the parameter. */
  fields: ReadonlyMap<string, readonly string[]>;
}

/**
 * Records what functions are handed by all of their callers, where that is a variable, and the fields that they fill with it:
 * `NewClient(os.Getenv("A_KEY"), account)` with `func NewClient(key, account string) *Client { return &Client{key: key, account: account} }`.
 */
export function learnHandedValues(parsed: readonly ParsedFile[], project: BraceProject): void {
  const targets = new Map<string, Target | null>();
  // Functions of one name that differ say nothing.
  for (const one of parsed)
    for (const [name, target] of [...functionTargets(one), ...classTargets(one)])
      targets.set(name, targets.has(name) ? null : target);
  const held = new Map<string, string | null>();
  let calls = 0;
  for (const { tokens, language } of parsed) {
    const ranges = new Ranges(tokens, language);
    const replaced = replacedNames(tokens, project);
    for (let at = 0; at < tokens.length && calls < MAX_CALLS; at += 1) {
      const call = tokens[at - 1]?.value === "func" ? null : callAt(tokens, at);
      const name = call ? calledName(call.name, language) : "";
      const target = call ? targets.get(name) : null;
      if (!call || !target || isDeclared(tokens, call.open, language)) continue;
      calls += 1;
      const close = closingMark(tokens, call.open);
      const args = close > call.open + 1 ? ranges.split(call.open + 1, close, ",") : [];
      for (const [index, parameter] of target.parameters.entries()) {
        const key = args[index] ? givenKey(tokens, args[index], language, { project, replaced }) : null;
        note(project.handed, `${name} ${parameter}`, key);
        if (key !== null) for (const field of target.fields.get(parameter) ?? []) note(held, field, key);
      }
    }
  }
  for (const [field, key] of held) {
    const known = project.fields.get(field);
    if (known === undefined && key !== null) project.fields.set(field, key);
    else if (known !== key) project.contested.add(field);
  }
}

function note(known: Map<string, string | null>, name: string, key: string | null): void {
  known.set(name, known.has(name) && known.get(name) !== key ? null : key);
}

/** A function by its name; in Rust, where each type has its `new`, with the type. */
function calledName(name: string, language: BraceLanguage): string {
  const parts = name.split(/\.|::/);
  return language === "rust" ? parts.slice(-2).join("::") : (parts.at(-1) ?? "");
}

/** Whether a name with brackets begins a function instead of calling one: a body follows. */
function isDeclared(tokens: readonly Token[], open: number, language: BraceLanguage): boolean {
  const behind = tokens[closingMark(tokens, open) + 1]?.value;
  return (language === "java" || language === "csharp") && behind === "{";
}

/** The variable that an argument is: a read, or a name or a field that holds one and nothing in its place. */
function givenKey(
  tokens: readonly Token[],
  [from, to]: [number, number],
  language: BraceLanguage,
  { project, replaced }: { project: BraceProject; replaced: ReadonlySet<string> },
): string | null {
  const start = tokens[from]?.value === "&" ? from + 1 : from;
  const read = readAt(tokens, start, language, project);
  if (read) return read.fallback === "none" && !read.others ? read.key : null;
  const isName = tokens.slice(start, to).every(({ kind, value }) => kind === "word" || value === ".");
  const name = tokens[to - 1]?.value ?? "";
  return isName && !project.fallbacks.has(name) && !replaced.has(name)
    ? (variableIn(project, tokens, name) ?? null)
    : null;
}

/** Names that get a value of the program's own somewhere: `if addr == "" { addr = "http://127.0.0.1" }`. */
function replacedNames(tokens: readonly Token[], project: BraceProject): Set<string> {
  const names = tokens.flatMap((token, at) => {
    const [name, value] = [tokens[at - 1], tokens[at + 1]];
    const isAssigned = token.kind === "mark" && token.value === "=" && name?.kind === "word";
    const isOwn = value?.kind === "text" ? value.value !== "" : project.constants.has(value?.value ?? "");
    return isAssigned && isOwn ? [name.value] : [];
  });
  return new Set(names);
}

function functionTargets({ tokens, functions }: ParsedFile): [string, Target][] {
  return functions.flatMap(({ name, parameters, from, to, owner }): [string, Target][] => {
    if (name === "" || parameters.length === 0 || parameters.length > MAX_PARAMETERS || to - from > MAX_BODY) return [];
    const fields = new Map<string, string[]>(parameters.map((parameter) => [parameter, []]));
    for (let at = from; at < to; at += 1) {
      const parameter = tokens[at]?.kind === "word" ? fields.get(tokens[at]?.value ?? "") : undefined;
      const field = parameter ? fieldFilled(tokens, at, from) : null;
      if (field !== null) parameter?.push(field);
    }
    return [[owner === undefined ? name : `${owner}::${name}`, { parameters, fields }]];
  });
}

/** The field that a parameter fills: `this.key = key`, `Client{key: key}`, `Self { key, account }`. */
function fieldFilled(tokens: readonly Token[], at: number, from: number): string | null {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  const isWhole =
    /^[;,})]$/.test(next?.value ?? ";") ||
    (next !== undefined && next.line > (tokens[at]?.line ?? 0)) ||
    (next?.value === "." && KEEPS.test(tokens[at + 2]?.value ?? ""));
  if (!isWhole) return null;
  const field = tokens[at - 2];
  if (/^[=:]$/.test(before?.value ?? "") && field?.kind === "word" && at - 2 >= from) return field.value;
  // `Self { key, account }`, `&Client{key, account}`
  let open = at - 1;
  while (open > from && (tokens[open]?.kind === "word" || tokens[open]?.value === ",")) open -= 1;
  const isLiteral = tokens[open]?.value === "{" && /^[A-Z]/.test(tokens[open - 1]?.value ?? "");
  return isLiteral && /^[{,]$/.test(before?.value ?? "") ? (tokens[at]?.value ?? null) : null;
}

/** Classes that are made of what stands behind their names: Kotlin's and C#'s, and records. */
function classTargets({ tokens, language }: ParsedFile): [string, Target][] {
  if (language !== "kotlin" && language !== "csharp" && language !== "java") return [];
  return tokens.flatMap((token, at): [string, Target][] => {
    const isClass =
      token.kind === "word" && (token.value === "record" || (token.value === "class" && language !== "java"));
    const name = tokens[at + 1];
    if (!isClass || name?.kind !== "word" || tokens[at + 2]?.value !== "(") return [];
    const parameters = argumentsOf(tokens, at + 2)
      .args.slice(0, MAX_PARAMETERS)
      .map((arg) => {
        const colon = arg.findIndex(({ value }) => value === ":");
        return (language === "kotlin" ? arg[colon - 1]?.value : arg.at(-1)?.value) ?? "";
      });
    return [[name.value, { parameters, fields: new Map(parameters.map((parameter) => [parameter, [parameter]])) }]];
  });
}
