import type { TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import type { Input } from "../../spec.ts";
import type { Needs } from "../flow.ts";
import type { Flow, Read, ScanResult } from "../types.ts";
import { argument, childrenOf, type PyNode, type PythonTree, statementsOf, walkPython } from "./syntax.ts";

/** Returns the names of settings classes, including those that inherit from one through any number of steps. */
export function settingsClasses(trees: { tree: PythonTree }[]): Set<string> {
  const known = new Set(["BaseSettings", "pydantic_settings.BaseSettings", "pydantic.BaseSettings"]);
  const classes: { name: string; bases: string[] }[] = [];
  for (const { tree } of trees) {
    walkPython(tree.root, (node) => {
      if (node.name !== "ClassDefinition") return;
      const name = node.getChild("VariableName");
      const list = node.getChild("ArgList");
      if (name && list)
        classes.push({ name: tree.text(name), bases: childrenOf(list).map((child) => tree.dotted(child) ?? "") });
    });
  }
  for (let round = 0; round < 5; round += 1) {
    for (const { name, bases } of classes) if (bases.some((base) => known.has(base))) known.add(name);
  }
  return known;
}

interface Settings {
  /** The class's name. */
  name: string;
  fields: (Field & { statement: PyNode })[];
}

/** Classes whose fields are variables of their own where a settings class has a field of them, by name: DB__HOST. */
export type Models = ReadonlyMap<string, { definition: PyNode; tree: PythonTree }>;

const MAX_MODELS = 300;

/** Returns the classes of all files of which a field of settings can be made. */
export function modelsOf(trees: readonly { tree: PythonTree }[]): Models {
  const models = new Map<string, { definition: PyNode; tree: PythonTree }>();
  for (const { tree } of trees)
    walkPython(tree.root, (node) => {
      const name = node.name === "ClassDefinition" ? node.getChild("VariableName") : null;
      const bases = name ? (node.getChild("ArgList") ?? null) : null;
      const isModel = bases !== null && /\bBaseModel\b/.test(tree.text(bases).slice(0, 200));
      if (name && isModel && models.size < MAX_MODELS) models.set(tree.text(name), { definition: node, tree });
    });
  return models;
}

/** Lists the names that hold an object of a settings class: `conf = Settings()`, `conf: Settings`, `self._conf = Settings()`. */
export function listHolders(tree: PythonTree, classes: ReadonlySet<string>): string[] {
  const text = tree.text(tree.root);
  const names: string[] = [];
  for (const match of text.matchAll(/\b(\w{1,60})(?:[ \t]*=[ \t]*(\w{1,80})\(|[ \t]*:[ \t]*["']?(\w{1,80})\b)/g)) {
    const [, name = "", made, typed] = match;
    if (classes.has(made ?? typed ?? "")) names.push(name);
    if (names.length >= MAX_HOLDERS) break;
  }
  return names;
}

const MAX_HOLDERS = 200;

/** What a model does before it checks its fields, which may give them another value. */
const PREPARES = /\bmode\s?=\s?["'](?:before|wrap|plain)["']|\bpre\s?=\s?True\b|\bBeforeValidator\b|\bdef __init__\b/;

/** Lists the fields of each model that do not take None: `Config(token=os.getenv("TOKEN"))` raises without the variable. */
export function listCheckedFields(models: Models): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const [name, { definition, tree }] of models) {
    if (PREPARES.test(tree.text(definition).slice(0, MAX_MODEL_CHARACTERS))) continue;
    const fields = statementsOf(definition.getChild("Body")).flatMap((statement) => {
      const [target] = childrenOf(statement);
      const type = statement.getChild("TypeDef");
      const isOpen = !type || /\b(?:None|Optional|Any|object|ClassVar)\b/.test(tree.text(type));
      return target?.name === "VariableName" && !isOpen ? [tree.text(target)] : [];
    });
    if (fields.length > 0) found.set(name, new Set(fields));
  }
  return found;
}

const MAX_MODEL_CHARACTERS = 20_000;
/** Types of many values of one kind, which one variable gives as JSON. */
const CONTAINER = /\b(?:list|dict|set|tuple|sequence|mapping|iterable)\[/i;
const MAX_NESTED = 60;

/** The fields of the model that a field of settings holds, each a variable of its own; null where it holds none. */
function nestedFields(
  statement: PyNode,
  prefix: string,
  { tree, models, delimiter }: { tree: PythonTree; models: Models; delimiter: string },
): Settings["fields"] | null {
  const type = statement.getChild("TypeDef");
  const hint = type ? tree.text(type).slice(0, 200) : "";
  const words = CONTAINER.test(hint) ? [] : (hint.match(/\w+/g) ?? []);
  const model = words.flatMap((word) => models.get(word) ?? [])[0];
  const [target] = childrenOf(statement);
  if (!model || !target || target.name !== "VariableName") return null;
  const isDemanded = fieldOf(statement, tree, prefix)?.isDemanded === true;
  const before = `${prefix}${tree.text(target)}${delimiter}`;
  return statementsOf(model.definition.getChild("Body"))
    .slice(0, MAX_NESTED)
    .flatMap((own) => {
      const field = fieldOf(own, model.tree, before);
      return field ? [{ ...field, isDemanded: field.isDemanded && isDemanded, statement }] : [];
    });
}

function* settingsOf(tree: PythonTree, classes: ReadonlySet<string>, models: Models): Iterable<Settings> {
  const definitions: PyNode[] = [];
  walkPython(tree.root, (node) => {
    if (node.name === "ClassDefinition") definitions.push(node);
  });
  for (const node of definitions) {
    const list = node.getChild("ArgList");
    const name = node.getChild("VariableName");
    if (!list || !name || !childrenOf(list).some((base) => classes.has(tree.dotted(base) ?? ""))) continue;
    const prefix = prefixOf(node, tree);
    const delimiter = /\benv_nested_delimiter["']?\s*[=:]\s*["'](_{1,4})["']/.exec(tree.text(node))?.[1] ?? null;
    const isOfOldKind = prefix === "" || !/\bpydantic_settings\b/.test(tree.slice(0, MAX_IMPORTS));
    const fields = statementsOf(node.getChild("Body")).flatMap((statement) => {
      const nested = delimiter === null ? null : nestedFields(statement, prefix, { tree, models, delimiter });
      if (nested) return nested;
      if (holdsSettings(statement, prefix, { tree, classes, models })) return [];
      const field = fieldOf(statement, tree, prefix, isOfOldKind);
      return field ? [{ ...field, statement }] : [];
    });
    yield { name: tree.text(name), fields };
  }
}

/** Where a file imports what it uses. */
const MAX_IMPORTS = 4_000;

/**
 * Returns whether a field is no variable of its own: it holds another settings class, which reads its own variables
 * (`llm: LLMSettings = LLMSettings()`), or a model with a default, which pydantic would take as JSON and people leave alone.
 */
function holdsSettings(
  statement: PyNode,
  prefix: string,
  { tree, classes, models }: { tree: PythonTree; classes: ReadonlySet<string>; models: Models },
): boolean {
  const type = statement.getChild("TypeDef");
  const hint = type ? tree.text(type).slice(0, 200) : "";
  const words = hint.match(/\w+/g) ?? [];
  const isOfModel = !CONTAINER.test(hint) && words.some((word) => models.has(word));
  return (
    words.some((word) => classes.has(word)) || (isOfModel && fieldOf(statement, tree, prefix)?.isDemanded === false)
  );
}

/** A field of a settings class that a variable gives its value. */
export interface SettingsField {
  className: string;
  field: string;
  key: string;
  /** Further variables of which one does the same. */
  others: string[];
  /** What it holds without the variable: null for nothing, a text, or the name of a constant or of an enum's member. */
  fallback: { text: string } | { name: string } | null;
}

/** Lists the fields of a file's settings classes, apart from those with a default that is worked out. */
export function listSettingsFields(tree: PythonTree, classes: ReadonlySet<string>, models: Models): SettingsField[] {
  return [...settingsOf(tree, classes, models)].flatMap(({ name, fields }) =>
    fields.flatMap(({ field, read, others, isEmpty, constant }): SettingsField[] => {
      const fallback = read.value ? { text: read.value } : constant === null ? null : { name: constant };
      return isEmpty || fallback
        ? [{ className: name, field, key: read.key, others, fallback: isEmpty ? null : fallback }]
        : [];
    }),
  );
}

/**
 * Reads the fields of settings classes (pydantic-settings): name or alias, prefix, default, type and description.
 *
 * @param texts the texts of constants and of the members of enums
 */
export function readSettings(
  tree: PythonTree,
  file: TextFile,
  classes: ReadonlySet<string>,
  texts: ReadonlyMap<string, string>,
  models: Models,
): Pick<ScanResult, "reads" | "flows"> {
  const reads: Read[] = [];
  const flows: Flow[] = [];
  for (const { name, fields } of settingsOf(tree, classes, models)) {
    const demanded: string[] = [];
    const demand = (needs: Needs) => {
      const { path } = file;
      flows.push({ path, name: `${name}.__init__`, isHandler: false, isHosting: false, needs, calls: [] });
    };
    for (const { read, others, isDemanded, statement, constant } of fields) {
      const text = texts.get(constant ?? "");
      const own = text === undefined ? {} : ({ fallback: "literal", value: text } as const);
      const keys = [read.key, ...others];
      const isMandatory = isDemanded && others.length === 0;
      for (const key of keys)
        reads.push({ ...read, ...own, key, path: file.path, line: tree.line(statement), isMandatory });
      if (isMandatory) demanded.push(read.key);
      else if (isDemanded) demand(keys.map((key) => [key]));
    }
    if (demanded.length > 0 && demanded.length <= 16) demand([demanded]);
  }
  return { reads, flows };
}

/** Returns the `env_prefix` of `model_config = SettingsConfigDict(…)` or of an inner class Config. */
function prefixOf(definition: PyNode, tree: PythonTree): string {
  return /\benv_prefix["']?\s*[=:]\s*["']([A-Za-z0-9_]{0,60})["']/.exec(tree.text(definition))?.[1] ?? "";
}

type FieldRead = Omit<Read, "path" | "line">;

interface Field {
  field: string;
  read: FieldRead;
  /** Further variables of which one does the same. */
  others: string[];
  isDemanded: boolean;
  /** Without the variable it holds nothing: None, or an empty text. */
  isEmpty: boolean;
  /** The constant, or the member of an enum, that it holds without the variable. */
  constant: string | null;
}

/** @param isOfOldKind `Field(env="NAME")` names the variable. Since pydantic 2 it says nothing, and the prefix makes the name. */
function fieldOf(statement: PyNode, tree: PythonTree, prefix: string, isOfOldKind = true): Field | null {
  if (statement.name !== "AssignStatement" && statement.name !== "ExpressionStatement") return null;
  const children = childrenOf(statement);
  const [target] = children;
  const type = statement.getChild("TypeDef");
  if (target?.name !== "VariableName" || !type) return null;
  const name = tree.text(target);
  if (name === "model_config" || name.startsWith("_")) return null;
  const typeText = tree.text(type).replace(/^:\s*/, "");
  if (/\bClassVar\b/.test(typeText)) return null;
  const hasValue = children.some((child) => child.name === "AssignOp");
  const value = hasValue ? (children.at(-1) ?? null) : null;
  const field = value ? fieldCall(value, tree, isOfOldKind) : null;
  const written = field?.aliases ?? aliasesIn(type, tree);
  const [key, ...others] = variablesOf(written ?? [`${prefix}${name}`]);
  if (key === undefined) return null;
  const given = field ? field.fallback : value;
  const literal = given && given.name !== "None" ? tree.literal(given) : null;
  const isDemanded = field ? !field.hasDefault : !hasValue;
  const isEmpty = isDemanded || given?.name === "None" || literal === "";
  return {
    field: name,
    others,
    isDemanded,
    isEmpty,
    constant: given ? (tree.dotted(given)?.replace(/\.value$/, "") ?? null) : null,
    read: {
      key,
      fallback: isDemanded ? "none" : literal !== null ? "literal" : "computed",
      value: literal,
      isHosting: false,
      comment: null,
      type: typeOfHint(typeText),
      choices: choicesOf(typeText),
      description: field?.description ?? null,
      isSecret: /\bSecret(Str|Bytes)\b/.test(typeText),
    },
  };
}

function fieldCall(value: PyNode, tree: PythonTree, isOfOldKind: boolean) {
  const call = tree.call(value);
  if (!call || !/(^|\.)Field$/.test(tree.dotted(call.callee) ?? "")) return null;
  const fallback = argument(call.args, "default", 0);
  const isEllipsis = fallback !== null && tree.text(fallback) === "...";
  const hasDefault = (fallback !== null && !isEllipsis) || argument(call.args, "default_factory") !== null;
  const aliasNode =
    argument(call.args, "validation_alias") ??
    argument(call.args, "alias") ??
    (isOfOldKind ? argument(call.args, "env") : null);
  return {
    fallback: isEllipsis ? null : fallback,
    hasDefault,
    aliases: aliasNode ? textsIn(aliasNode, tree) : null,
    description: tree.string(argument(call.args, "description")),
  };
}

/**
 * The variables that names of a field stand for. Large and small letters are the same to pydantic; a single letter is a flag's, and what
 * else is no name of a variable belongs to a file.
 */
function variablesOf(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toUpperCase()).filter(isEnvName))].slice(0, MAX_ALIASES);
}

const MAX_ALIASES = 4;

/** Returns the alias in `Annotated[str, Field(validation_alias="X")]`, or null. */
function aliasesIn(type: PyNode, tree: PythonTree): string[] | null {
  const alias = /\b(?:validation_alias|alias)\s*=\s*["'](\w+)["']/.exec(tree.text(type))?.[1];
  return alias === undefined ? null : [alias];
}

function textsIn(node: PyNode, tree: PythonTree): string[] {
  const texts: string[] = [];
  walkPython(node, (inner) => {
    const text = tree.string(inner);
    if (text !== null) texts.push(text);
  });
  return texts;
}

function typeOfHint(hint: string): Input["type"] | null {
  const bare = hint.replace(/\b(Optional|Union|None|Annotated)\b|[|[\],\s]/g, " ").trim();
  if (/^(int|float|PositiveInt|NonNegativeInt)\b/.test(bare)) return "number";
  if (/^bool\b/.test(bare)) return "boolean";
  if (/(Http|Any)Url\b/.test(bare)) return "url";
  if (/^(Path|FilePath|DirectoryPath)\b/.test(bare)) return "path";
  return /^(list|dict|List|Dict|set|tuple)\b/.test(bare) ? "json" : null;
}

function choicesOf(hint: string): string[] | null {
  const inside = /\bLiteral\[([^[\]]{1,1000})\]/.exec(hint)?.[1];
  const choices = inside ? [...inside.matchAll(/["']([^"']*)["']/g)].map((match) => match[1] ?? "") : [];
  return choices.length > 0 ? choices : null;
}
