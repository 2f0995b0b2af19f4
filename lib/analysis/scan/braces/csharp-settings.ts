import { parse } from "jsonc-parser";
import type { TextFile } from "../../fetch/files.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { BraceProject } from "./project.ts";
import { argumentsOf, textOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_FOUND = 200;
const MAX_DEPTH = 6;
const MAX_GIVEN = 1_000;
const MAX_STEPS = 10_000;
/** Sections of the host and of what logs and listens. */
const OF_HOST =
  /^(Logging|Serilog|NLog|Kestrel|AllowedHosts|Urls|OpenTelemetry|ApplicationInsights|AzureAd|Authentication|Cors|HostOptions)($|:)/i;
const SECTION = /^[A-Za-z][\w-]{0,60}(:[A-Za-z0-9][\w-]{0,60}){0,5}$/;

interface CSharpFile {
  file: TextFile;
  tokens: readonly Token[];
}

interface Property {
  name: string;
  type: string;
  /** It holds several of that type: by their numbers, or by names that each program has of its own. */
  holds: "one" | "list" | "dictionary";
  isRequired: boolean;
  fallback: string | null;
  line: number;
  path: string;
}

/**
 * Reads the settings that .NET programs take from their configuration, which has the environment's variables among its sources: classes that
 * a section fills (`AddOptions<T>().BindConfiguration("Thing")`), and what is asked for by its path. `Thing:ApiKey` is the variable
 * Thing__ApiKey (.NET, "Configuration in ASP.NET Core").
 *
 * @param project learns which properties hold which variables
 */
export function readCSharpSettings(files: readonly CSharpFile[], project: BraceProject): ScanResult {
  const result = emptyScan();
  let steps = 0;
  const classes = new Map(files.flatMap(({ file, tokens }) => classesOf(file.path, tokens)));
  const all = files.flatMap(({ tokens }) => tokens.map(({ value }) => value));
  const isValidated = all.includes("ValidateDataAnnotations") && all.includes("ValidateOnStart");
  for (const { file, tokens } of files) {
    for (const [at, token] of tokens.entries()) {
      if (token.kind !== "word" || result.reads.length >= MAX_FOUND) continue;
      const section = sectionAt(tokens, at, project);
      if (section === null) continue;
      const type = typeAround(tokens, at);
      const properties = type === null ? undefined : classes.get(type);
      if (properties) fill(properties, section, 0);
      else if (/^(GetConnectionString|GetValue)$/.test(token.value) || tokens[at + 1]?.value === "[")
        add(section, { isRequired: false, fallback: null, line: token.line, path: file.path });
    }
  }
  return result;

  function fill(properties: readonly Property[], section: string, depth: number): void {
    for (const property of properties) {
      steps += 1;
      if (steps > MAX_STEPS) return;
      const own = section === "" ? property.name : `${section}:${property.name}`;
      if (property.holds === "dictionary" || (property.holds === "list" && hasOwnValues(property, own))) continue;
      const path = property.holds === "list" ? `${own}:0` : own;
      const inner = classes.get(property.type);
      if (inner && depth < MAX_DEPTH) fill(inner, path, depth + 1);
      else if (!inner)
        add(path, { ...property, isRequired: isValidated && property.isRequired && property.fallback === null });
      const key = variableOf(path);
      const isGiven = property.fallback !== null || project.given.has(key.toLowerCase());
      if (!inner && !isGiven && !project.fields.has(property.name)) project.fields.set(property.name, key);
    }
  }

  /** Returns whether a list has members of its own: a default in the code, or entries in the settings file. */
  function hasOwnValues({ fallback }: Property, path: string): boolean {
    const first = `${variableOf(path)}__0`.toLowerCase();
    return fallback !== null || [...project.given.keys()].some((key) => key.startsWith(first));
  }

  function add(path: string, told: Pick<Property, "isRequired" | "fallback" | "line" | "path">): void {
    if (OF_HOST.test(path) || !SECTION.test(path)) return;
    const key = variableOf(path);
    const given = project.given.get(key.toLowerCase()) ?? null;
    const fallback = given ?? told.fallback;
    const isRequired = told.isRequired && given === null;
    const { line } = told;
    result.reads.push({
      key,
      path: told.path,
      line,
      fallback: fallback ? "literal" : isRequired ? "none" : "computed",
      value: fallback || null,
      isHosting: false,
      comment: null,
    });
    if (isRequired)
      result.flows.push({ path: told.path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
  }
}

/** Notes the settings to which a program's own appsettings.json gives a value. */
export function learnAppSettings(file: TextFile, project: BraceProject): void {
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value === "object" && value !== null && depth < MAX_DEPTH)
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}__${key}`, depth + 1);
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const text = String(value);
      if (text !== "" && !isPlaceholder(text, path) && project.given.size < MAX_GIVEN)
        project.given.set(path.toLowerCase(), text);
    }
  };
  visit(parse(file.text), "", 0);
}

/** Whether a variable is a setting of the program, not one of its host: Thing__ApiKey. */
export function isOwnSetting(key: string): boolean {
  const path = key.replaceAll("__", ":");
  return path.includes(":") && SECTION.test(path) && !OF_HOST.test(path);
}

function variableOf(path: string): string {
  return path.replaceAll(":", "__");
}

/** The section that a call names: `GetSection("Thing")`, `BindConfiguration("Thing")`, `Configuration["Thing:Key"]`. */
function sectionAt(tokens: readonly Token[], at: number, project: BraceProject): string | null {
  const word = tokens[at]?.value ?? "";
  if (/^(GetSection|GetRequiredSection|BindConfiguration)$/.test(word) && tokens[at + 1]?.value === "(")
    return nameOf(argumentsOf(tokens, at + 1).args[0], project);
  if (word === "GetConnectionString") {
    const name = nameOf(argumentsOf(tokens, at + 1).args[0], project);
    return name === null ? null : `ConnectionStrings:${name}`;
  }
  const isTyped = word === "GetValue" && tokens[at + 2]?.kind === "word";
  if (isTyped && isConfiguration(tokens[at - 2])) {
    let open = at + 1;
    while (open < at + 8 && tokens[open]?.value !== "(") open += 1;
    const name = nameOf(argumentsOf(tokens, open).args[0], project);
    return name?.includes(":") ? name : null;
  }
  if (isConfiguration(tokens[at]) && tokens[at + 1]?.value === "[" && tokens[at + 2]?.kind === "text") {
    const name = tokens[at + 2]?.value ?? "";
    return name.includes(":") ? name : null;
  }
  return null;
}

function isConfiguration(token: Token | undefined): boolean {
  return token?.kind === "word" && /^_?config(uration)?$/i.test(token.value);
}

/** A text, a constant, or `nameof(ThingOptions)`. */
function nameOf(arg: readonly Token[] | undefined, project: BraceProject): string | null {
  if (arg?.[0]?.value === "nameof") return null;
  return textOf(arg, project);
}

/** The class that a section fills: `AddOptions<T>()`, `Configure<T>(…)`, `.Get<T>()`, all in one statement. */
function typeAround(tokens: readonly Token[], at: number): string | null {
  for (let index = at; index > at - 60 && index >= 0 && !/^[;{}]$/.test(tokens[index]?.value ?? ""); index -= 1)
    if (
      /^(AddOptions|AddOptionsWithValidateOnStart|Configure)$/.test(tokens[index]?.value ?? "") &&
      tokens[index + 1]?.value === "<"
    )
      return tokens[index + 2]?.value ?? null;
  for (let index = at; index < at + 30 && tokens[index] && !/^[;{}]$/.test(tokens[index]?.value ?? ""); index += 1)
    if (tokens[index]?.value === "Get" && tokens[index + 1]?.value === "<") return tokens[index + 2]?.value ?? null;
  return null;
}

/** The classes and records of a file with the properties that can be set. */
function classesOf(path: string, tokens: readonly Token[]): [string, Property[]][] {
  const found: [string, Property[]][] = [];
  for (const [at, token] of tokens.entries()) {
    const name = tokens[at + 1];
    if (token.kind !== "word" || !/^(class|record)$/.test(token.value) || name?.kind !== "word") continue;
    let open = at + 2;
    while (open < at + 30 && !/^[{;(]$/.test(tokens[open]?.value ?? "")) open += 1;
    if (tokens[open]?.value === "{") found.push([name.value, propertiesOf(path, tokens, open)]);
  }
  return found;
}

/** `[Required] public required string ApiKey { get; set; } = "x";` */
function propertiesOf(path: string, tokens: readonly Token[], open: number): Property[] {
  const found: Property[] = [];
  const close = closingMark(tokens, open);
  let start = open + 1;
  for (let at = open + 1; at < close && found.length < MAX_FOUND; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "mark") continue;
    if (token.value === ";") start = at + 1;
    if (token.value === "(" || token.value === "[") at = closingMark(tokens, at);
    if (token.value !== "{") continue;
    const end = closingMark(tokens, at);
    const isProperty = tokens.slice(at, Math.min(end, at + 12)).some(({ value }) => /^(set|init)$/.test(value));
    const declared = tokens.slice(start, at);
    const name = declared.at(-1);
    const type = declared.findLast(
      ({ kind, value }, index) => kind === "word" && index < declared.length - 1 && value !== "required",
    );
    const isPublic = declared.some(({ value }) => value === "public");
    if (isProperty && isPublic && name?.kind === "word" && type) {
      const holds = holdingOf(declared);
      found.push({
        name: name.value,
        type: type.value,
        holds,
        isRequired: declared.some(({ value }) => value === "Required"),
        fallback:
          tokens[end + 1]?.value !== "="
            ? null
            : holds === "one"
              ? valueAt(tokens, end + 2)
              : membersAt(tokens, end + 2),
        line: name.line,
        path,
      });
    }
    at = end;
    start = end + 1;
  }
  return found;
}

/** `List<Source>`, `IReadOnlyList<string>`, `string[]`, `Dictionary<string, Source>` */
function holdingOf(declared: readonly Token[]): Property["holds"] {
  const type = declared.slice(0, -1);
  const end = type.at(-1)?.value === "?" ? type.at(-2) : type.at(-1);
  const holder = type.find(({ kind }, index) => kind === "word" && type[index + 1]?.value === "<")?.value ?? "";
  if (holder.endsWith("Dictionary")) return "dictionary";
  return end?.value === "]" || /(List|Enumerable|Collection|Set|Array)$/.test(holder) ? "list" : "one";
}

/** The value that a property has by itself, null where that is none. */
function valueAt(tokens: readonly Token[], at: number): string | null {
  const given = tokens[at];
  const isEmpty = given?.kind === "text" ? given.value === "" : /^(null|default|string)$/.test(given?.value ?? "null");
  return isEmpty ? null : (given?.value ?? null);
}

/** What stands first among the members of a list: `["a"]`, `new() { new Source { … } }`. Null where it has none. */
function membersAt(tokens: readonly Token[], at: number): string | null {
  for (let index = at; index < at + 12 && tokens[index] && tokens[index]?.value !== ";"; index += 1) {
    const token = tokens[index];
    if (token?.kind === "mark" && (token.value === "{" || (token.value === "[" && index === at)))
      return token.close === index + 1 ? null : (tokens[index + 1]?.value ?? null);
  }
  return null;
}
