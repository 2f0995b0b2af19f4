/** Forms from a tool's JSON Schema. The schema is a stranger's: everything here is bounded, and what is not understood becomes a JSON field. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Choice {
  label: string;
  value: Json;
}

interface FieldBase {
  /** The property's name. */
  key: string;
  /** Where it is in the form, a JSON Pointer: "/filter/limit". Unique, and the key of its error. */
  path: string;
  label: string;
  description: string | null;
  required: boolean;
  /** What the schema says about the value beyond its type, in words: "at least 1", "date". */
  hint: string | null;
  default: Json | undefined;
}

export type Field =
  | (FieldBase & { kind: "text"; minLength: number | null; maxLength: number | null; format: string | null })
  | (FieldBase & {
      kind: "number";
      integer: boolean;
      minimum: number | null;
      maximum: number | null;
      exclusiveMinimum: number | null;
      exclusiveMaximum: number | null;
    })
  | (FieldBase & { kind: "boolean" })
  | (FieldBase & { kind: "choice"; choices: Choice[] })
  | (FieldBase & { kind: "choices"; choices: Choice[] })
  | (FieldBase & { kind: "list"; item: "text" | "number" | "integer" })
  | (FieldBase & { kind: "object"; fields: Field[] })
  | (FieldBase & { kind: "json"; shape: "array" | "object" | "any" });

const maxDepth = 3;
const maxFields = 200;
const maxChoices = 500;

type Schema = { [key: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null);
const finite = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const own = (schema: Schema, key: string): unknown => (Object.hasOwn(schema, key) ? schema[key] : undefined);

/** A reference inside the same document, followed a few times at most; anything else is left as it is. */
function resolve(schema: unknown, root: Schema): Schema {
  let current = isSchema(schema) ? schema : {};
  for (let hops = 0; hops < 8; hops += 1) {
    const reference = own(current, "$ref");
    if (typeof reference !== "string" || !reference.startsWith("#")) return current;
    let target: unknown = root;
    for (const part of reference.slice(1).split("/").slice(1)) {
      const key = decodePointerPart(part);
      target = isSchema(target) ? own(target, key) : Array.isArray(target) ? target[Number(key)] : undefined;
    }
    if (!isSchema(target)) return current;
    // What stands beside the reference (a description, a default) is said of this very place.
    const { $ref: _, ...beside } = current;
    current = { ...target, ...beside };
  }
  return {};
}

function decodePointerPart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** Takes `null` out of `anyOf`, `oneOf` and `type`: a field that may be null is one that may be left empty. */
function withoutNull(schema: Schema, root: Schema): Schema {
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = own(schema, keyword);
    if (!Array.isArray(branches)) continue;
    const rest = branches.map((branch) => resolve(branch, root)).filter((branch) => own(branch, "type") !== "null");
    const [only] = rest;
    const { [keyword]: _, ...beside } = schema;
    if (rest.length === 1 && only) return { ...only, ...beside };
  }
  const type = own(schema, "type");
  if (Array.isArray(type)) {
    const rest = type.filter((name) => name !== "null");
    if (rest.length === 1) return { ...schema, type: rest[0] };
  }
  return schema;
}

const isJsonValue = (value: unknown): value is Json => value !== undefined && typeof value !== "function";

function choicesOf(schema: Schema, root: Schema): Choice[] | null {
  const names = own(schema, "enumNames");
  const values = own(schema, "enum");
  if (Array.isArray(values) && values.length > 0 && values.length <= maxChoices) {
    return values.filter(isJsonValue).map((value, index) => ({
      label:
        (Array.isArray(names) && text(names[index])) || (typeof value === "string" ? value : JSON.stringify(value)),
      value,
    }));
  }
  for (const keyword of ["oneOf", "anyOf"]) {
    const branches = own(schema, keyword);
    if (!Array.isArray(branches) || branches.length === 0 || branches.length > maxChoices) continue;
    const choices: Choice[] = [];
    for (const raw of branches) {
      const branch = resolve(raw, root);
      const value = own(branch, "const");
      if (!isJsonValue(value)) break;
      choices.push({
        value,
        label: text(own(branch, "title")) ?? (typeof value === "string" ? value : JSON.stringify(value)),
      });
    }
    if (choices.length === branches.length) return choices;
  }
  return null;
}

function hintOf(schema: Schema): string | null {
  const words: string[] = [];
  const format = text(own(schema, "format"));
  if (format) words.push(format);
  const number = (keyword: string, say: (value: number) => string) => {
    const value = finite(own(schema, keyword));
    if (value !== null) words.push(say(value));
  };
  number("minimum", (value) => `at least ${value}`);
  number("exclusiveMinimum", (value) => `more than ${value}`);
  number("maximum", (value) => `at most ${value}`);
  number("exclusiveMaximum", (value) => `less than ${value}`);
  number("minLength", (value) => (value > 1 ? `${value} characters or more` : ""));
  number("maxLength", (value) => `up to ${value} characters`);
  number("minItems", (value) => (value > 0 ? `${value} or more items` : ""));
  number("maxItems", (value) => `up to ${value} items`);
  // A pattern is shown and left to the server: running a stranger's expression could hang the page.
  const pattern = text(own(schema, "pattern"));
  if (pattern && pattern.length <= 80) words.push(`matches ${pattern}`);
  const said = words.filter((word) => word !== "");
  return said.length === 0 ? null : said.join(", ");
}

const pointer = (parent: string, key: string) => `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

class Budget {
  left = maxFields;
}

function fieldOf(
  key: string,
  raw: unknown,
  parent: string,
  required: boolean,
  root: Schema,
  depth: number,
  budget: Budget,
): Field {
  const schema = withoutNull(resolve(raw, root), root);
  const fallback = own(schema, "default");
  const base: FieldBase = {
    key,
    path: pointer(parent, key),
    label: text(own(schema, "title")) ?? key,
    description: text(own(schema, "description")),
    required,
    hint: hintOf(schema),
    default: isJsonValue(fallback) ? fallback : undefined,
  };

  const constant = own(schema, "const");
  if (isJsonValue(constant)) {
    return {
      ...base,
      kind: "choice",
      choices: [{ label: typeof constant === "string" ? constant : JSON.stringify(constant), value: constant }],
    };
  }
  const choices = choicesOf(schema, root);
  if (choices) return { ...base, kind: "choice", choices };

  switch (own(schema, "type")) {
    case "string":
      return {
        ...base,
        kind: "text",
        minLength: finite(own(schema, "minLength")),
        maxLength: finite(own(schema, "maxLength")),
        format: text(own(schema, "format")),
      };
    case "number":
    case "integer":
      return {
        ...base,
        kind: "number",
        integer: own(schema, "type") === "integer",
        minimum: finite(own(schema, "minimum")),
        maximum: finite(own(schema, "maximum")),
        exclusiveMinimum: finite(own(schema, "exclusiveMinimum")),
        exclusiveMaximum: finite(own(schema, "exclusiveMaximum")),
      };
    case "boolean":
      return { ...base, kind: "boolean" };
    case "array": {
      const item = withoutNull(resolve(own(schema, "items"), root), root);
      const itemChoices = choicesOf(item, root);
      if (itemChoices) return { ...base, kind: "choices", choices: itemChoices };
      const type = own(item, "type");
      if (type === "string") return { ...base, kind: "list", item: "text" };
      if (type === "number" || type === "integer") return { ...base, kind: "list", item: type };
      return { ...base, kind: "json", shape: "array" };
    }
    case "object":
      if (depth < maxDepth && isSchema(own(schema, "properties"))) {
        const fields = fieldsOfObject(schema, base.path, root, depth + 1, budget);
        if (fields && fields.length > 0) return { ...base, kind: "object", fields };
      }
      return { ...base, kind: "json", shape: "object" };
    default:
      return { ...base, kind: "json", shape: "any" };
  }
}

function fieldsOfObject(schema: Schema, path: string, root: Schema, depth: number, budget: Budget): Field[] | null {
  const properties = own(schema, "properties");
  if (!isSchema(properties)) return [];
  const requiredKeys = own(schema, "required");
  const required = new Set(Array.isArray(requiredKeys) ? requiredKeys : []);
  const fields: Field[] = [];
  for (const [key, property] of Object.entries(properties)) {
    budget.left -= 1;
    if (budget.left < 0) return null;
    fields.push(fieldOf(key, property, path, required.has(key), root, depth, budget));
  }
  // What has to be given comes first; otherwise the server's own order stands.
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

/**
 * The fields of a tool's `inputSchema`; null when it has too many for a form, or is no object schema, and only JSON will do.
 */
export function fieldsOf(inputSchema: unknown): Field[] | null {
  if (!isSchema(inputSchema)) return null;
  const root = inputSchema;
  const schema = resolve(root, root);
  const type = own(schema, "type");
  if (type !== undefined && type !== "object") return null;
  if (!isSchema(own(schema, "properties")) && (own(schema, "anyOf") || own(schema, "oneOf") || own(schema, "allOf")))
    return null;
  return fieldsOfObject(schema, "", root, 0, new Budget());
}
