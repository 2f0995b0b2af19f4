import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { servingCommands } from "../serving-commands.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { OtherCommands } from "./go-commands.ts";
import { type GoField, type GoStruct, structsOf } from "./go-structs.ts";
import type { BraceProject } from "./project.ts";
import { argumentsOf, callAt, textOf } from "./reads.ts";
import type { Token } from "./tokens.ts";

const MAX_SETTINGS = 400;
const MAX_DEPTH = 5;
const MAX_PREFIXES = 5;
const MAX_STEPS = 50_000;

/** A setting that a field's tags declare. */
interface Setting {
  key: string | null;
  flag: string | null;
  isSwitch: boolean;
  isRequired: boolean;
  fallback: string | null;
  description: string | null;
  field: GoField;
}

/** What the structs of a Go program declare, by the files that do. */
export type GoSettings = ReadonlyMap<string, readonly Setting[]>;

interface GoFile {
  file: TextFile;
  tokens: readonly Token[];
}

interface Program {
  structs: Map<string, GoStruct>;
  /** Whether a package is imported anywhere. */
  imports: (path: RegExp) => boolean;
  /** Stands before all variables: `env.Options{Prefix: "THING_"}`. */
  prefix: string;
  /** What has no default is demanded: `env.Options{RequiredIfNoDef: true}`. */
  requiresAll: boolean;
  validates: boolean;
  /** Fields that may still be followed from one struct into another. */
  steps: { left: number };
}

/**
 * Reads the structs that Go's libraries fill from the environment and the command line by their tags: caarlos0/env, envconfig of
 * kelseyhightower and of sethvargo, cleanenv, kong, go-arg and go-flags. A field that holds another struct may give its variables a prefix.
 *
 * @param project learns which fields hold which variables
 */
export function readGoSettings(files: readonly GoFile[], project: BraceProject): GoSettings {
  const parsed = files.map(({ file, tokens }) => ({ file, tokens, structs: structsOf(tokens) }));
  const texts = new Set(
    files.flatMap(({ tokens }) =>
      tokens.flatMap(({ kind, value }) => (kind === "text" && value.includes("/") ? [value] : [])),
    ),
  );
  const program: Program = {
    structs: new Map(parsed.flatMap(({ structs }) => structs.map((one) => [one.name, one] as const))),
    imports: (path) => [...texts].some((text) => path.test(text)),
    ...optionsOf(files, project),
    steps: { left: MAX_STEPS },
    validates: files.some(({ tokens }) => tokens.some(({ value }) => value === "validator")),
  };
  const prefixes = prefixesOf(
    parsed.flatMap(({ structs }) => structs),
    program,
  );
  const processed = processedStructs(files, program, project);
  const found = new Map<string, Setting[]>();
  const held = new Map<string, Set<string>>();
  for (const { file, structs } of parsed) {
    const settings = structs.flatMap((struct) =>
      [...(prefixes.get(struct.name) ?? [program.prefix])].flatMap((prefix) => settingsOf(struct, prefix, program, 0)),
    );
    for (const struct of structs) {
      if (program.validates) settings.push(...validatedFields(struct, project));
      const prefix = processed.get(struct.name);
      if (prefix !== undefined) settings.push(...namedFields(struct, prefix, program, 0));
    }
    if (settings.length > 0) found.set(file.path, settings.slice(0, MAX_SETTINGS));
    for (const { key, field, fallback } of settings)
      if (key !== null) held.set(field.name, (held.get(field.name) ?? new Set()).add(fallback ? "" : key));
  }
  for (const struct of parsed.flatMap(({ structs }) => structs)) learnUnmarshalled(struct, "", program, project, 0);
  // A field that holds one variable is that variable wherever it is asked for.
  for (const [name, keys] of held) {
    const [key = ""] = keys;
    if (keys.size === 1 && key !== "" && !project.fields.has(name)) project.fields.set(name, key);
  }
  return found;
}

/** `env.ParseWithOptions(&cfg, env.Options{Prefix: "THING_", RequiredIfNoDef: true})` */
function optionsOf(files: readonly GoFile[], project: BraceProject): { prefix: string; requiresAll: boolean } {
  let prefix = "";
  let requiresAll = false;
  for (const { tokens } of files) {
    for (const [at, token] of tokens.entries()) {
      if (token.value !== "Options" || tokens[at + 1]?.value !== "{" || tokens[at - 2]?.value !== "env") continue;
      const { args } = argumentsOf(tokens, at + 1);
      for (const arg of args) {
        if (arg[0]?.value === "Prefix") prefix = textOf(arg.slice(2), project) ?? "";
        if (arg[0]?.value === "RequiredIfNoDef") requiresAll = arg[2]?.value === "true";
      }
    }
  }
  return { prefix, requiresAll };
}

/** The prefixes under which structs are filled that fields of other structs hold. */
function prefixesOf(structs: readonly GoStruct[], program: Program): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const visit = (struct: GoStruct, prefix: string, depth: number) => {
    if (depth > MAX_DEPTH) return;
    for (const field of struct.fields) {
      const inner = program.structs.get(field.type);
      const own = prefixOf(field);
      if (!inner || (own === "" && prefix === "") || inner === struct) continue;
      const known = found.get(field.type) ?? new Set();
      if (known.has(prefix + own) || known.size >= MAX_PREFIXES) continue;
      found.set(field.type, known.add(prefix + own));
      visit(inner, prefix + own, depth + 1);
    }
  };
  const inside = new Set(structs.flatMap(({ fields }) => fields.map(({ type }) => type)));
  for (const struct of structs) if (!inside.has(struct.name)) visit(struct, program.prefix, 0);
  return found;
}

/** `envPrefix:"A_"`, `env-prefix:"A_"`, `envprefix:"A_"`, `env:", prefix=A_"` */
function prefixOf({ tags }: GoField): string {
  const written = tags.get("envPrefix") ?? tags.get("env-prefix") ?? tags.get("envprefix");
  const parts = (tags.get("env") ?? "").split(",").map((one) => one.trim());
  return written ?? parts.find((one) => one.startsWith("prefix="))?.slice("prefix=".length) ?? "";
}

function settingsOf(struct: GoStruct, prefix: string, program: Program, depth: number): Setting[] {
  const found: Setting[] = [];
  const commands = struct.fields.filter(({ tags }) => tags.has("cmd"));
  const serving = servingCommands(
    commands.map(({ name }) => name),
    commands.some(({ tags }) => /withargs|1/.test(tags.get("default") ?? "")),
  );
  for (const field of struct.fields) {
    if (field.inner && depth < MAX_DEPTH && (!field.tags.has("cmd") || serving.has(field.name)))
      found.push(...settingsOf(field.inner, prefix + prefixOf(field), program, depth + 1));
    const setting = settingOf(field, prefix, program);
    if (setting) found.push(setting);
  }
  return found;
}

function settingOf(field: GoField, prefix: string, program: Program): Setting | null {
  const { tags } = field;
  const written = (tags.get("env") ?? tags.get("envconfig") ?? tags.get("env-name") ?? "")
    .split(",")
    .map((one) => one.trim());
  const arg = program.imports(/^github\.com\/alexflint\/go-arg$/)
    ? (tags.get("arg") ?? "").split(",").map((one) => one.trim())
    : [];
  const ofArg = arg.find((one) => /^env(:|$)/.test(one));
  const name = written[0] || (ofArg ? ofArg.slice(4) || field.name.toUpperCase() : "");
  const key = name !== "" && isEnvName(`${prefix}${name}`) ? `${prefix}${name}` : null;
  const flag = flagOf(field, arg, program);
  if ((key === null && flag === null) || tags.has("cmd")) return null;
  const inTag = written.find((one) => one.startsWith("default="))?.slice(8);
  const fallback = tags.get("envDefault") ?? tags.get("env-default") ?? tags.get("default") ?? inTag ?? null;
  const saysRequired = (tag: string) => /^(true)?$/.test(tags.get(tag) ?? "no");
  const isRequired =
    [...written.slice(1), ...arg].some((one) => /^(required|notEmpty)$/.test(one)) ||
    saysRequired("required") ||
    saysRequired("env-required") ||
    (program.validates && /(^|,)required($|,)/.test(tags.get("validate") ?? "")) ||
    (program.requiresAll && tags.has("env"));
  const description =
    ["help", "desc", "description", "usage", "env-description"].map((tag) => tags.get(tag)).find((text) => text) ??
    null;
  const isSwitch = field.type === "bool";
  return {
    key,
    flag,
    isSwitch,
    isRequired: isRequired && !fallback && !isSwitch,
    fallback: fallback || null,
    description,
    field,
  };
}

/** Fields that a validator demands and that a variable is put into: `Key string `validate:"required"`` with `Config{Key: os.Getenv("KEY")}`. */
function validatedFields({ fields }: GoStruct, project: BraceProject): Setting[] {
  return fields.flatMap((field): Setting[] => {
    const key = project.fields.get(field.name);
    const isDemanded = /(^|,)required($|,)/.test(field.tags.get("validate") ?? "") && !field.tags.has("env");
    if (!key || !isDemanded) return [];
    return [{ key, flag: null, isSwitch: false, isRequired: true, fallback: null, description: null, field }];
  });
}

/** The flag of a field, where a library of the command line fills the struct. */
function flagOf({ name, type, tags, inner }: GoField, arg: readonly string[], program: Program): string | null {
  if (arg.length > 0 && tags.has("arg")) {
    if (arg.some((one) => /^(positional|subcommand|-$)/.test(one))) return null;
    return arg.find((one) => one.startsWith("--") && one.length > 2) ?? `--${name.toLowerCase()}`;
  }
  const long = tags.get("long");
  if (long && program.imports(/^github\.com\/jessevdk\/go-flags$/)) return `--${long}`;
  const isKong = program.imports(/^github\.com\/alecthomas\/kong$/);
  if (!isKong || inner || program.structs.has(type) || tags.has("arg") || tags.has("embed") || tags.has("json"))
    return null;
  const isDeclared = ["help", "env", "required", "default", "short", "name", "enum"].some((tag) => tags.has(tag));
  return isDeclared ? `--${tags.get("name") ?? kebab(name)}` : null;
}

/** Structs that kelseyhightower/envconfig fills, with the prefix that it is given: `envconfig.Process("thing", &cfg)`. */
function processedStructs(files: readonly GoFile[], program: Program, project: BraceProject): Map<string, string> {
  const found = new Map<string, string>();
  if (!program.imports(/^github\.com\/(kelseyhightower|vrischmann)\/envconfig$/)) return found;
  for (const { tokens } of files) {
    for (const [at] of tokens.entries()) {
      const call = callAt(tokens, at);
      if (!call || !/^envconfig\.(Must)?Process$/.test(call.name)) continue;
      const { args } = argumentsOf(tokens, call.open);
      const prefix = textOf(args[0], project);
      const variable = args[1]?.findLast(({ kind }) => kind === "word")?.value;
      const type = variable === undefined ? null : typeOf(tokens, at, variable);
      if (prefix !== null && type !== null) found.set(type, prefix === "" ? "" : `${prefix.toUpperCase()}_`);
    }
  }
  return found;
}

/** The type of a variable that is declared above: `var cfg Config`, `cfg := &Config{}`, `cfg := new(Config)`. */
function typeOf(tokens: readonly Token[], at: number, variable: string): string | null {
  for (let index = at; index > Math.max(0, at - 2_000); index -= 1) {
    if (tokens[index]?.value !== variable || tokens[index]?.kind !== "word") continue;
    if (tokens[index - 1]?.value === "var" || /^[(,]$/.test(tokens[index - 1]?.value ?? "")) {
      const type = tokens.slice(index + 1, index + 5).find(({ kind }) => kind === "word");
      if (type && type.value !== "struct" && tokens[index + 1]?.value !== ")") return type.value;
    }
    if (!/^(:=|=)$/.test(tokens[index + 1]?.value ?? "")) continue;
    const made = tokens.slice(index + 2, index + 8).find(({ kind, value }) => kind === "word" && value !== "new");
    if (made) return made.value;
  }
  return null;
}

/** Fields without a tag of their own have the variable of their name: `ApiKey` with `split_words` is API_KEY. */
function namedFields(struct: GoStruct, prefix: string, program: Program, depth: number): Setting[] {
  if (depth > MAX_DEPTH || program.steps.left <= 0) return [];
  program.steps.left -= struct.fields.length;
  return struct.fields.flatMap((field): Setting[] => {
    const { tags, name } = field;
    if (tags.has("ignored") || tags.has("envconfig") || !/^[A-Z]/.test(name)) return [];
    const key = `${prefix}${(/^(true)?$/.test(tags.get("split_words") ?? "no") ? kebab(name).replaceAll("-", "_") : name).toUpperCase()}`;
    const inner = field.inner ?? program.structs.get(field.type);
    if (inner) return namedFields(inner, field.isEmbedded ? prefix : `${key}_`, program, depth + 1);
    if (!isEnvName(key)) return [];
    const fallback = tags.get("default") || null;
    const isRequired = tags.get("required") === "true" && fallback === null;
    const description = tags.get("desc") ?? null;
    return [{ key, flag: null, isSwitch: field.type === "bool", isRequired, fallback, description, field }];
  });
}

/** The fields that viper fills with its settings: `viper.Unmarshal(&cfg)` with `mapstructure:"api_key"`. */
function learnUnmarshalled(
  struct: GoStruct,
  path: string,
  program: Program,
  project: BraceProject,
  depth: number,
): void {
  if (depth > MAX_DEPTH || program.steps.left <= 0) return;
  program.steps.left -= struct.fields.length;
  for (const field of struct.fields) {
    const name = field.tags.get("mapstructure")?.split(",")[0];
    if (!name) continue;
    const inner = field.inner ?? program.structs.get(field.type);
    const key = project.settings.get(`${path}${name}`);
    if (inner && inner !== struct) learnUnmarshalled(inner, `${path}${name}.`, program, project, depth + 1);
    else if (key && !project.fields.has(field.name)) project.fields.set(field.name, key);
  }
}

/** What one file's structs declare, without those of commands that do not serve. */
export function scanGoSettings(file: TextFile, settings: GoSettings, others: OtherCommands): ScanResult {
  const result = emptyScan();
  for (const { key, flag, isSwitch, isRequired, fallback, description, field } of settings.get(file.path) ?? []) {
    if (others.has(file.path, field.at)) continue;
    const isUsed = flag !== null && !isProgramFlag(flag) && !isTransportName(flag);
    if (isUsed)
      result.options.push({
        key: flag,
        target: "arg",
        evidence: "read",
        provenance: { from: "source", where: `${file.path}:${field.line}` },
        required: isRequired,
        whenMissing: isRequired ? "fails" : "default",
        description,
        type: isSwitch ? "boolean" : null,
        default: fallback && !isPlaceholder(fallback, flag) ? fallback : null,
        template: isSwitch ? flag : null,
      });
    if (key === null) continue;
    if (isUsed) result.links.push({ key, flag });
    result.reads.push({
      key,
      path: file.path,
      line: field.line,
      fallback: fallback ? "literal" : isRequired ? "none" : "computed",
      value: fallback,
      isHosting: flag !== null && isTransportName(flag),
      comment: null,
      description,
    });
    if (isRequired)
      result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
  }
  return result;
}

function kebab(name: string): string {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
