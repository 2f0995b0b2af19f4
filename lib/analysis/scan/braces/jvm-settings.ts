import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { servingCommands } from "../serving-commands.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { BraceProject } from "./project.ts";
import { argumentsOf, textOf } from "./reads.ts";
import { aliasOf } from "./spring.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_FOUND = 200;
const MAX_ANNOTATION = 200;
const MAX_DEPTH = 6;
const MAX_NEAR = 2_000;

/** Settings of the framework itself. */
const OF_FRAMEWORK = /^(spring|quarkus|micronaut|logging|server|management)([.-]|$)/i;

/**
 * Reads what Java and Kotlin declare in ways of their libraries: picocli's `@Option`, Clikt's `by option(…)`, Quarkus' `@ConfigMapping`,
 * Micronaut's `@Property`, Spring's `@ConfigurationProperties`.
 *
 * @param properties values of properties files by property; such a property is optional
 */
export function readJvmSettings(
  file: TextFile,
  tokens: readonly Token[],
  project: BraceProject,
  properties: ReadonlyMap<string, string>,
): ScanResult {
  const result = emptyScan();
  const isServing = servesCommand(tokens, project);
  const isPicocli = isServing && /\bpicocli\b/.test(file.text);
  const isClikt = isServing && /\bclikt\b|\bCliktCommand\b/.test(file.text);
  for (const [at, token] of tokens.entries()) {
    if (result.reads.length + result.options.length >= MAX_FOUND) break;
    if (token.kind !== "word") continue;
    const isAnnotation = tokens[at - 1]?.value === "@" || tokens[at - 2]?.value === "CommandLine";
    if (isAnnotation && token.value === "Option" && isPicocli) fromPicocli(tokens, at, file, project, result);
    else if (isAnnotation && token.value === "ConfigMapping")
      fromMapping(tokens, at, file, project, properties, result);
    else if (isAnnotation && token.value === "ConfigurationProperties")
      fromProperties(tokens, at, file, project, properties, result);
    else if (isAnnotation && token.value === "Property" && /\bmicronaut\b/.test(file.text))
      fromMicronaut(tokens, at, file, project, properties, result);
    else if (isClikt && token.value === "option" && tokens[at - 1]?.value === "by")
      fromClikt(tokens, at, file, project, result);
  }
  return result;
}

/** Whether the command of a file is none that prepares something and ends: `@Command(name = "login")`, `class Login : CliktCommand()`. */
function servesCommand(tokens: readonly Token[], project: BraceProject): boolean {
  const names = tokens.flatMap(({ value }, at) => {
    const written =
      value === "Command" && tokens[at + 1]?.value === "("
        ? textOf(attributesOf(tokens, at + 1).get("name"), project)
        : null;
    return written ?? (value === "CliktCommand" && tokens[at - 1]?.value === ":" ? (tokens[at - 2]?.value ?? []) : []);
  });
  const bare = names.map((name) => name.replace(/Command$/, ""));
  return bare.length === 0 || servingCommands(bare, false).size > 0;
}

/** The arguments of an annotation by their names; the one without a name is "value". A list in braces is its texts. */
function attributesOf(tokens: readonly Token[], open: number): Map<string, readonly Token[]> {
  const found = new Map<string, readonly Token[]>();
  if (tokens[open]?.value !== "(") return found;
  const close = Math.min(closingMark(tokens, open), open + MAX_ANNOTATION);
  let start = open + 1;
  for (let at = open + 1; at <= close; at += 1) {
    const token = tokens[at];
    if (at < close && !(token?.kind === "mark" && (token.value === "," || "([{".includes(token.value)))) continue;
    if (at < close && token?.value !== ",") {
      at = Math.min(closingMark(tokens, at), close);
      if (at < close) continue;
    }
    const isNamed = tokens[start + 1]?.value === "=";
    const from = isNamed ? start + 2 : start;
    const inside = tokens[from]?.value === "{" ? tokens.slice(from + 1, at - 1) : tokens.slice(from, at);
    if (from < at) found.set(isNamed ? (tokens[start]?.value ?? "") : "value", inside);
    start = at + 1;
  }
  return found;
}

/** `@Option(names = {"-k", "--key"}, required = true, defaultValue = "${env:A_KEY}")` */
function fromPicocli(
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  result: ScanResult,
): void {
  const attributes = attributesOf(tokens, at + 1);
  const names = [...(attributes.get("names") ?? attributes.get("value") ?? [])].flatMap(({ kind, value }) =>
    kind === "text" ? [value] : [],
  );
  const flag = names.find((name) => name.startsWith("--")) ?? names[0];
  if (!flag) return;
  const given = textOf(attributes.get("defaultValue"), project);
  const variable = /^\$\{(?:env:)?([A-Z][A-Z0-9_]{1,99})(?::-([^}]{0,200}))?\}$/.exec(given ?? "");
  const fallback = variable ? (variable[2] ?? null) : given;
  const type = tokens.slice(closingMark(tokens, at + 1) + 1, closingMark(tokens, at + 1) + 6).map(({ value }) => value);
  const isSwitch = type.includes("boolean") || type.includes("Boolean");
  const isRequired = attributes.get("required")?.[0]?.value === "true" && !fallback;
  const description = [...(attributes.get("description") ?? [])].find(({ kind }) => kind === "text")?.value ?? null;
  addOption(flag, { isSwitch, isRequired, fallback, description, line: tokens[at]?.line ?? 1 }, file, result);
  const key = variable?.[1];
  if (key && isEnvName(key))
    addVariable(key, flag, { isRequired, fallback, description, line: tokens[at]?.line ?? 1 }, file, result);
}

/** `val key by option("--key", envvar = "A_KEY", help = "…").required()` */
function fromClikt(
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  result: ScanResult,
): void {
  const name = tokens[at - 2];
  const attributes = attributesOf(tokens, at + 1);
  const { args, close } = tokens[at + 1]?.value === "(" ? argumentsOf(tokens, at + 1) : { args: [], close: at };
  const names = args.flatMap((arg) =>
    arg.length === 1 && arg[0]?.kind === "text" && arg[0].value.startsWith("-") ? [arg[0].value] : [],
  );
  const flag = names.find((one) => one.startsWith("--")) ?? (name?.kind === "word" ? `--${kebab(name.value)}` : null);
  if (flag === null) return;
  const chain: string[] = [];
  let fallback: string | null = null;
  for (let index = close + 1; tokens[index]?.value === "." && chain.length < 8; ) {
    chain.push(tokens[index + 1]?.value ?? "");
    const open = index + 2;
    if (tokens[index + 1]?.value === "default") fallback = textOf(argumentsOf(tokens, open).args[0], project) ?? "";
    index = /^[({]$/.test(tokens[open]?.value ?? "") ? closingMark(tokens, open) + 1 : open;
  }
  const isRequired = chain.includes("required");
  const isSwitch = chain.includes("flag");
  const description = textOf(attributes.get("help"), project);
  const line = tokens[at]?.line ?? 1;
  addOption(flag, { isSwitch, isRequired, fallback, description, line }, file, result);
  const key = textOf(attributes.get("envvar"), project);
  if (key && isEnvName(key)) addVariable(key, flag, { isRequired, fallback, description, line }, file, result);
}

/** `@ConfigMapping(prefix = "thing") interface Config { String apiKey(); @WithDefault("x") String url(); }` (SmallRye Config). */
function fromMapping(
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  properties: ReadonlyMap<string, string>,
  result: ScanResult,
): void {
  const prefix = textOf(attributesOf(tokens, at + 1).get("prefix"), project) ?? "";
  const open = bodyOf(tokens, at);
  if (open === null || OF_FRAMEWORK.test(prefix)) return;
  mapped(tokens, open, prefix);

  function mapped(all: readonly Token[], from: number, path: string, depth = 0): void {
    if (depth > MAX_DEPTH) return;
    const close = closingMark(all, from);
    let declared: Token[] = [];
    for (let index = from + 1; index < close; index += 1) {
      const token = all[index];
      if (token?.value === "{" && token.kind === "mark") {
        const name = declared.findLast(({ kind }) => kind === "word")?.value ?? "";
        if (declared.some(({ value }) => value === "interface"))
          mapped(all, index, path + memberOf(all, from, close, name), depth + 1);
        index = closingMark(all, index);
        declared = [];
      } else if (token?.value === ";") {
        fromMember(declared, path);
        declared = [];
      } else if (token) declared.push(token);
    }
  }

  function fromMember(declared: readonly Token[], path: string): void {
    const named = declared.findIndex(({ value }) => value === "WithName");
    const given = declared.findIndex(({ value }) => value === "WithDefault");
    const open = declared.findLastIndex(({ value }, index) => value === "(" && declared[index + 1]?.value === ")");
    const method = declared[open - 1];
    const type = declared[open - 2]?.value ?? "";
    if (method?.kind !== "word" || (declared[open - 2]?.kind !== "word" && type !== ">")) return;
    const name = named >= 0 ? (declared[named + 2]?.value ?? "") : kebab(method.value);
    const fallback = given >= 0 ? (declared[given + 2]?.value ?? null) : null;
    const isOptional = declared.some(({ value }) => /^(Optional\w*|List|Set|Map)$/.test(value));
    // A type of the program's own is another mapping.
    const isValue =
      isOptional ||
      type === ">" ||
      /^(String|int|long|double|float|boolean|Integer|Long|Boolean|Duration|URI|URL|Path)$/.test(type);
    if (isValue)
      addProperty([path, name].filter((one) => one !== "").join("."), { fallback, isOptional, line: method.line });
  }

  function addProperty(property: string, told: { fallback: string | null; isOptional: boolean; line: number }): void {
    if (properties.has(relaxed(property)) && properties.get(relaxed(property)) !== "") return;
    const isRequired = !told.isOptional && told.fallback === null;
    addVariable(
      variableOf(property),
      null,
      { isRequired, fallback: told.fallback, description: null, line: told.line },
      file,
      result,
    );
  }
}

/** The name under which a nested interface is held: `Auth auth();`. */
function memberOf(tokens: readonly Token[], from: number, to: number, type: string): string {
  for (let at = from; at < Math.min(to, from + MAX_NEAR); at += 1)
    if (tokens[at]?.value === type && tokens[at + 1]?.kind === "word" && tokens[at + 2]?.value === "(")
      return `.${kebab(tokens[at + 1]?.value ?? "")}`;
  return `.${kebab(type)}`;
}

/** Micronaut's `@Property(name = "a.key", defaultValue = "x") String key;` */
function fromMicronaut(
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  properties: ReadonlyMap<string, string>,
  result: ScanResult,
): void {
  const attributes = attributesOf(tokens, at + 1);
  const property = textOf(attributes.get("name"), project);
  if (property === null || OF_FRAMEWORK.test(property) || properties.has(relaxed(property))) return;
  const fallback = textOf(attributes.get("defaultValue"), project);
  const close = closingMark(tokens, at + 1);
  const around = [...tokens.slice(at - 4, at), ...tokens.slice(close, close + 4)].map(({ value }) => value);
  const isRequired = fallback === null && !around.some((one) => /^(Nullable|Optional|\?)$/.test(one));
  addVariable(
    variableOf(property),
    null,
    { isRequired, fallback, description: null, line: tokens[at]?.line ?? 1 },
    file,
    result,
  );
}

/**
 * `@ConfigurationProperties(prefix = "thing") @Validated class Settings { @NotBlank private String apiKey; private String url = "x"; }`,
 * and the same as a record.
 */
function fromProperties(
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  properties: ReadonlyMap<string, string>,
  result: ScanResult,
): void {
  const attributes = attributesOf(tokens, at + 1);
  const prefix = textOf(attributes.get("prefix") ?? attributes.get("value"), project);
  if (!prefix || OF_FRAMEWORK.test(prefix)) return;
  const end = closingMark(tokens, at + 1);
  const body = tokens.slice(end, end + 40);
  const kind = body.findIndex(({ value }) => value === "class" || value === "record");
  if (kind < 0) return;
  const isValidated = [...tokens.slice(Math.max(0, at - 8), at), ...body.slice(0, kind)].some(
    ({ value }) => value === "Validated",
  );
  const start = end + kind;
  const isList = body[kind]?.value === "record" || tokens[start + 2]?.value === "(";
  const open = isList ? start + 2 : bodyOf(tokens, start);
  if (open === null || !/^[({]$/.test(tokens[open]?.value ?? "")) return;
  for (const field of fieldsOf(tokens, open, isList)) {
    const property = `${prefix}.${kebab(field.name)}`;
    const given = properties.get(relaxed(property));
    const alias = given ? aliasOf(given) : null;
    if (given !== undefined && given !== "" && alias === null) continue;
    const isRequired = isValidated && field.isDemanded && field.fallback === null;
    const { fallback, line } = field;
    const key = alias ?? variableOf(property);
    addVariable(key, null, { isRequired, fallback, description: null, line }, file, result);
    if (fallback === null && !project.fields.has(field.name)) project.fields.set(field.name, key);
  }
}

interface JvmField {
  name: string;
  isDemanded: boolean;
  fallback: string | null;
  line: number;
}

const VALUE_TYPE = /^(String|int|long|double|boolean|Integer|Long|Double|Boolean|Duration|URI|URL|Path|Int|char)$/;

/** The fields of a class or the components of a record that hold single values. */
function fieldsOf(tokens: readonly Token[], open: number, isList: boolean): JvmField[] {
  const close = closingMark(tokens, open);
  const found: JvmField[] = [];
  let part: Token[] = [];
  for (let at = open + 1; at <= close && found.length < MAX_FOUND; at += 1) {
    const token = tokens[at];
    const isEnd = at === close || (token?.kind === "mark" && token.value === (isList ? "," : ";"));
    if (token?.kind === "mark" && token.value === "{" && at < close) {
      at = closingMark(tokens, at);
      part = [];
    } else if (isEnd) {
      const assigned = part.findIndex(({ value }) => value === "=");
      const declared = assigned < 0 ? part : part.slice(0, assigned);
      const type = declared.find(({ value }) => VALUE_TYPE.test(value));
      const isKotlin = declared.some(({ value }) => value === ":");
      const colon = declared.findIndex(({ value }) => value === ":");
      const name = isKotlin ? declared[colon - 1] : declared.at(-1);
      const isConstant = declared.some(({ value }) => value === "static" || value === "(");
      const value = part[assigned + 1];
      const byDefault = declared.findIndex(({ value: one }) => one === "DefaultValue");
      const given = byDefault >= 0 ? declared[byDefault + 2] : value;
      const isPlain = isList || !isConstant;
      if (type && name?.kind === "word" && isPlain && (assigned >= 0 || !isMethod(declared)))
        found.push({
          name: name.value,
          isDemanded: declared.some(({ value: one }) => /^(NotBlank|NotEmpty|NotNull)$/.test(one)),
          fallback: (assigned >= 0 || byDefault >= 0) && given?.value !== "null" ? (given?.value ?? "") : null,
          line: name.line,
        });
      part = [];
    } else if (token) part.push(token);
  }
  return found;
}

function isMethod(declared: readonly Token[]): boolean {
  return declared.at(-1)?.value === ")" && !declared.some(({ value }) => value === "@");
}

/** The brace of the type that an annotation stands before. */
function bodyOf(tokens: readonly Token[], at: number): number | null {
  for (let index = at; index < at + 60; index += 1) {
    if (tokens[index]?.value === "{") return index;
    if (tokens[index]?.value === "(") index = closingMark(tokens, index);
    if (tokens[index]?.value === ";") return null;
  }
  return null;
}

interface Told {
  isRequired: boolean;
  fallback: string | null;
  description: string | null;
  line: number;
}

function addOption(flag: string, told: Told & { isSwitch: boolean }, file: TextFile, result: ScanResult): void {
  if (isProgramFlag(flag) || isTransportName(flag)) return;
  result.options.push({
    key: flag,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${told.line}` },
    required: told.isRequired,
    whenMissing: told.isRequired ? "fails" : told.fallback !== null ? "default" : "unknown",
    description: told.description,
    type: told.isSwitch ? "boolean" : null,
    default: told.fallback && !isPlaceholder(told.fallback, flag) ? told.fallback : null,
    template: told.isSwitch ? flag : null,
  });
}

function addVariable(key: string, flag: string | null, told: Told, file: TextFile, result: ScanResult): void {
  if (!isEnvName(key) || isTransportName(key)) return;
  if (flag !== null) result.links.push({ key, flag });
  result.reads.push({
    key,
    path: file.path,
    line: told.line,
    fallback: told.fallback ? "literal" : told.isRequired ? "none" : "computed",
    value: told.fallback || null,
    isHosting: false,
    comment: null,
    description: told.description,
  });
  if (told.isRequired)
    result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
}

/** A property's variable: other signs than letters and digits become underscores (MicroProfile Config 3.1, section 3.2). */
function variableOf(property: string): string {
  return property.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

function relaxed(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

function kebab(name: string): string {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}
