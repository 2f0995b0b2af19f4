import type { TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { BraceProject } from "./project.ts";
import { argumentsOf, callAt, textOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_STRUCTS = 500;
const MAX_FIELDS = 200;
const MAX_DEPTH = 4;
const MAX_STEPS = 20_000;

interface RustFile {
  file: TextFile;
  tokens: readonly Token[];
}

interface RustField {
  name: string;
  /** The last name of its type, and whether that may be left out. */
  type: string;
  isOptional: boolean;
  hasDefault: boolean;
  /** What an attribute of envconfig says. */
  variable: string | null;
  fallback: string | null;
  isFlat: boolean;
  line: number;
  path: string;
}

type Structs = ReadonlyMap<string, readonly RustField[]>;

/** How a library fills a struct: the prefix of its variables, and what stands between the names of nested structs. */
interface Filling {
  prefix: string;
  separator: string;
  /** The struct's name where the call says it. */
  type: string | null;
}

/**
 * Reads the structs that Rust's libraries fill from the environment by the names of their fields: envy, config-rs and figment, and envconfig
 * by its attributes. A field that is neither an `Option` nor has a default is demanded.
 */
export function readRustSettings(files: readonly RustFile[], project: BraceProject): ScanResult {
  const result = emptyScan();
  const steps = { left: MAX_STEPS };
  const structs: Structs = new Map(
    files.flatMap(({ file, tokens }) => structsOf(file.path, tokens)).slice(0, MAX_STRUCTS),
  );
  for (const fields of structs.values())
    for (const field of fields) if (field.variable !== null) add(field.variable, field, result);
  for (const { tokens } of files) {
    const only = onlyDeserialized(structs, tokens);
    for (const filling of fillingsOf(tokens, project)) {
      const name = filling.type ?? only;
      const fields = name === null ? undefined : structs.get(name);
      if (fields) fill(fields, filling, filling.prefix, structs, result, steps);
    }
  }
  return result;
}

function fill(
  fields: readonly RustField[],
  filling: Filling,
  prefix: string,
  structs: Structs,
  result: ScanResult,
  steps: { left: number },
  depth = 0,
): void {
  for (const field of fields) {
    steps.left -= 1;
    if (steps.left <= 0) return;
    const key = `${prefix}${field.name.toUpperCase()}`;
    const inner = structs.get(field.type);
    if (inner && depth < MAX_DEPTH && (field.isFlat || filling.separator !== ""))
      fill(inner, filling, field.isFlat ? prefix : `${key}${filling.separator}`, structs, result, steps, depth + 1);
    else if (!inner) add(key, field, result);
  }
}

function add(key: string, { isOptional, hasDefault, fallback, line, path }: RustField, result: ScanResult): void {
  if (!isEnvName(key) || result.reads.length >= MAX_FIELDS) return;
  const isDemanded = !isOptional && !hasDefault;
  result.reads.push({
    key,
    path,
    line,
    fallback: fallback ? "literal" : isDemanded ? "none" : "computed",
    value: fallback,
    isHosting: false,
    comment: null,
  });
  if (isDemanded)
    result.flows.push({ path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
}

/** The structs of a file with what tells of their fields. */
function structsOf(path: string, tokens: readonly Token[]): [string, RustField[]][] {
  const found: [string, RustField[]][] = [];
  for (const [at, token] of tokens.entries()) {
    const name = tokens[at + 1];
    if (found.length >= MAX_STRUCTS) break;
    if (token.kind !== "word" || token.value !== "struct" || name?.kind !== "word" || tokens[at + 2]?.value !== "{")
      continue;
    found.push([name.value, fieldsOf(path, tokens, at + 2, hasStructDefault(tokens, at))]);
  }
  return found;
}

/** `#[serde(default)]` above the struct itself. */
function hasStructDefault(tokens: readonly Token[], at: number): boolean {
  const above = tokens.slice(Math.max(0, at - 40), at);
  const end = above.findLastIndex(({ value }) => value === "}" || value === ";");
  const own = above.slice(end + 1);
  return own.some(({ value }, index) => value === "serde" && own[index + 2]?.value === "default");
}

function fieldsOf(path: string, tokens: readonly Token[], open: number, hasDefaults: boolean): RustField[] {
  const fields: RustField[] = [];
  const close = closingMark(tokens, open);
  let attributes: Token[] = [];
  for (let at = open + 1; at < close && fields.length < MAX_FIELDS; at += 1) {
    const token = tokens[at];
    if (token?.value === "#" && tokens[at + 1]?.value === "[") {
      const end = closingMark(tokens, at + 1);
      attributes.push(...tokens.slice(at + 2, end));
      at = end;
    } else if (token?.kind === "word" && tokens[at + 1]?.value === ":") {
      let end = at + 2;
      let depth = 0;
      for (; end < close; end += 1) {
        const value = tokens[end]?.value ?? "";
        if (value === "<" || value === "(") depth += 1;
        if (value === ">" || value === ")") depth -= 1;
        if (value === "," && depth <= 0) break;
      }
      fields.push(fieldOf(path, token, tokens.slice(at + 2, end), attributes, hasDefaults));
      attributes = [];
      at = end;
    }
  }
  return fields;
}

function fieldOf(
  path: string,
  name: Token,
  type: readonly Token[],
  attributes: readonly Token[],
  hasDefaults: boolean,
): RustField {
  const given = (key: string) => {
    const at = attributes.findIndex(({ value }, index) => value === key && attributes[index + 1]?.value === "=");
    const given = attributes[at + 2];
    return at >= 0 && given?.kind === "text" ? given.value : null;
  };
  const words = type.filter(({ kind }) => kind === "word").map(({ value }) => value);
  const isOfEnvconfig = attributes[0]?.value === "envconfig";
  return {
    name: isOfEnvconfig ? name.value : (given("rename") ?? name.value),
    type: words.at(-1) ?? "",
    isOptional: words.includes("Option"),
    hasDefault: hasDefaults || attributes.some(({ value }) => /^(default|skip)$/.test(value)),
    variable: isOfEnvconfig ? given("from") : null,
    fallback: isOfEnvconfig ? given("default") : null,
    isFlat: attributes.some(({ value }) => value === "flatten"),
    line: name.line,
    path,
  };
}

/** Where a file has a library fill a struct from the environment. */
function fillingsOf(tokens: readonly Token[], project: BraceProject): Filling[] {
  const found: Filling[] = [];
  for (const [at] of tokens.entries()) {
    const call = callAt(tokens, at);
    const name = call?.name ?? generic(tokens, at);
    if (name === null || found.length >= MAX_STRUCTS) continue;
    const prefix = call ? (textOf(argumentsOf(tokens, call.open).args[0], project) ?? "") : "";
    const type = typeNear(tokens, at);
    if (/(^|::)envy::(from_env|prefixed)$/.test(name))
      found.push({ prefix: prefix.toUpperCase(), separator: "", type });
    else if (/(^|::)Env::(prefixed|raw)$/.test(name))
      found.push({ prefix: prefix.toUpperCase(), separator: separatorNear(tokens, at, "split", ""), type });
    else if (/(^|::)Environment::(with_prefix|default)$/.test(name)) {
      const separator = separatorNear(tokens, at, "separator", "");
      const own =
        prefix === ""
          ? ""
          : `${prefix.toUpperCase()}${separatorNear(tokens, at, "prefix_separator", separator || "_")}`;
      found.push({ prefix: own, separator: separator.toUpperCase(), type });
    }
  }
  return found;
}

/** `envy::from_env::<Config>()` */
function generic(tokens: readonly Token[], at: number): string | null {
  const isCall = tokens[at]?.value === "envy" && tokens[at + 1]?.value === "::" && tokens[at + 3]?.value === "::";
  return isCall ? `envy::${tokens[at + 2]?.value}` : null;
}

/** The type that a call gives: `let config: Config = …`, `from_env::<Config>()`, `try_deserialize::<Config>()`. */
function typeNear(tokens: readonly Token[], at: number): string | null {
  for (let index = at; index < at + 120 && tokens[index] && tokens[index]?.value !== "}"; index += 1) {
    const isTyped =
      tokens[index]?.value === "::" && tokens[index + 1]?.value === "<" && tokens[index + 3]?.value === ">";
    if (isTyped) return tokens[index + 2]?.value ?? null;
    const isLet = tokens[index]?.value === "let" && tokens[index + 2]?.value === ":";
    if (isLet && tokens[index + 4]?.value === "=") return tokens[index + 3]?.value ?? null;
  }
  for (let index = at - 1; index > at - 40 && tokens[index]; index -= 1) {
    if (/^[;{}]$/.test(tokens[index]?.value ?? "")) return null;
    if (tokens[index]?.value === "let" && tokens[index + 2]?.value === ":") return tokens[index + 3]?.value ?? null;
  }
  return null;
}

/** `.separator("__")` among the calls that follow. */
function separatorNear(tokens: readonly Token[], at: number, method: string, otherwise: string): string {
  for (let index = at; index < at + 40; index += 1)
    if (tokens[index]?.value === method && tokens[index + 1]?.value === "(" && tokens[index + 2]?.kind === "text")
      return tokens[index + 2]?.value ?? otherwise;
  return otherwise;
}

/** The struct that a function of the file returns, or the one of its impl: `impl Config { fn load() -> Result<Self> }`. */
function onlyDeserialized(structs: Structs, tokens: readonly Token[]): string | null {
  const owners = tokens.flatMap(({ value }, at) =>
    value === "impl" && tokens[at + 2]?.value === "{" ? [tokens[at + 1]?.value ?? ""] : [],
  );
  const known = owners.filter((name) => structs.has(name));
  return known.length === 1 ? (known[0] ?? null) : null;
}
