/**
 * Reads form fields from a tool's JSON Schema (MCP, tools: `inputSchema`). The schema is untrusted: depth, number of fields and
 * choices are bounded, patterns never run, and everything that a form cannot express becomes a JSON field.
 * `schema-arguments.ts` converts between fields and arguments. The server validates the arguments.
 */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Choice {
  label: string;
  value: Json;
}

interface FieldBase {
  /** The property's name. */
  key: string;
  /** JSON Pointer of the field in the form, such as "/filter/limit". Unique, and the key of its error. */
  path: string;
  label: string;
  description: string | null;
  required: boolean;
  /** Limits of the value in words: "at least 1", "date". */
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

const MAX_DEPTH = 3;
const MAX_FIELDS = 200;
const MAX_CHOICES = 500;

type Schema = { [key: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const toText = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null);
const toFiniteNumber = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const getOwn = (schema: Schema, key: string): unknown => (Object.hasOwn(schema, key) ? schema[key] : undefined);

/** Follows references inside the same document, at most 8 times. Leaves any other reference as it is. */
function resolve(schema: unknown, root: Schema): Schema {
  let current = isSchema(schema) ? schema : {};
  for (let hops = 0; hops < 8; hops += 1) {
    const reference = getOwn(current, "$ref");
    if (typeof reference !== "string" || !reference.startsWith("#")) return current;
    let target: unknown = root;
    for (const part of reference.slice(1).split("/").slice(1)) {
      const key = decodePointerPart(part);
      target = isSchema(target) ? getOwn(target, key) : Array.isArray(target) ? target[Number(key)] : undefined;
    }
    if (!isSchema(target)) return current;
    // Keywords beside the reference (a description, a default) apply to this place.
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

/** Removes `null` from `anyOf`, `oneOf` and `type`: the person leaves such a field empty. */
function removeNull(schema: Schema, root: Schema): Schema {
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = getOwn(schema, keyword);
    if (!Array.isArray(branches)) continue;
    const rest = branches.map((branch) => resolve(branch, root)).filter((branch) => getOwn(branch, "type") !== "null");
    const [only] = rest;
    const { [keyword]: _, ...beside } = schema;
    if (rest.length === 1 && only) return { ...only, ...beside };
  }
  const type = getOwn(schema, "type");
  if (Array.isArray(type)) {
    const rest = type.filter((name) => name !== "null");
    if (rest.length === 1) return { ...schema, type: rest[0] };
  }
  return schema;
}

const isJsonValue = (value: unknown): value is Json => value !== undefined && typeof value !== "function";

function readChoices(schema: Schema, root: Schema): Choice[] | null {
  const names = getOwn(schema, "enumNames");
  const values = getOwn(schema, "enum");
  if (Array.isArray(values) && values.length > 0 && values.length <= MAX_CHOICES) {
    return values.filter(isJsonValue).map((value, index) => ({
      label:
        (Array.isArray(names) && toText(names[index])) || (typeof value === "string" ? value : JSON.stringify(value)),
      value,
    }));
  }
  for (const keyword of ["oneOf", "anyOf"]) {
    const branches = getOwn(schema, keyword);
    if (!Array.isArray(branches) || branches.length === 0 || branches.length > MAX_CHOICES) continue;
    const choices: Choice[] = [];
    for (const raw of branches) {
      const branch = resolve(raw, root);
      const value = getOwn(branch, "const");
      if (!isJsonValue(value)) break;
      choices.push({
        value,
        label: toText(getOwn(branch, "title")) ?? (typeof value === "string" ? value : JSON.stringify(value)),
      });
    }
    if (choices.length === branches.length) return choices;
  }
  return null;
}

function describeLimits(schema: Schema): string | null {
  const words: string[] = [];
  const format = toText(getOwn(schema, "format"));
  if (format) words.push(format);
  const number = (keyword: string, say: (value: number) => string) => {
    const value = toFiniteNumber(getOwn(schema, keyword));
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
  // The pattern is shown only. Running an untrusted expression could hang the page.
  const pattern = toText(getOwn(schema, "pattern"));
  if (pattern && pattern.length <= 80) words.push(`matches ${pattern}`);
  const said = words.filter((word) => word !== "");
  return said.length === 0 ? null : said.join(", ");
}

const appendPointer = (parent: string, key: string) => `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

class Budget {
  left = MAX_FIELDS;
}

function readField(
  key: string,
  raw: unknown,
  parent: string,
  required: boolean,
  root: Schema,
  depth: number,
  budget: Budget,
): Field {
  const schema = removeNull(resolve(raw, root), root);
  const fallback = getOwn(schema, "default");
  const base: FieldBase = {
    key,
    path: appendPointer(parent, key),
    label: toText(getOwn(schema, "title")) ?? key,
    description: toText(getOwn(schema, "description")),
    required,
    hint: describeLimits(schema),
    default: isJsonValue(fallback) ? fallback : undefined,
  };

  const constant = getOwn(schema, "const");
  if (isJsonValue(constant)) {
    return {
      ...base,
      kind: "choice",
      choices: [{ label: typeof constant === "string" ? constant : JSON.stringify(constant), value: constant }],
    };
  }
  const choices = readChoices(schema, root);
  if (choices) return { ...base, kind: "choice", choices };

  switch (getOwn(schema, "type")) {
    case "string":
      return {
        ...base,
        kind: "text",
        minLength: toFiniteNumber(getOwn(schema, "minLength")),
        maxLength: toFiniteNumber(getOwn(schema, "maxLength")),
        format: toText(getOwn(schema, "format")),
      };
    case "number":
    case "integer":
      return {
        ...base,
        kind: "number",
        integer: getOwn(schema, "type") === "integer",
        minimum: toFiniteNumber(getOwn(schema, "minimum")),
        maximum: toFiniteNumber(getOwn(schema, "maximum")),
        exclusiveMinimum: toFiniteNumber(getOwn(schema, "exclusiveMinimum")),
        exclusiveMaximum: toFiniteNumber(getOwn(schema, "exclusiveMaximum")),
      };
    case "boolean":
      return { ...base, kind: "boolean" };
    case "array": {
      const item = removeNull(resolve(getOwn(schema, "items"), root), root);
      const itemChoices = readChoices(item, root);
      if (itemChoices) return { ...base, kind: "choices", choices: itemChoices };
      const type = getOwn(item, "type");
      if (type === "string") return { ...base, kind: "list", item: "text" };
      if (type === "number" || type === "integer") return { ...base, kind: "list", item: type };
      return { ...base, kind: "json", shape: "array" };
    }
    case "object":
      if (depth < MAX_DEPTH && isSchema(getOwn(schema, "properties"))) {
        const fields = readObjectFields(schema, base.path, root, depth + 1, budget);
        if (fields && fields.length > 0) return { ...base, kind: "object", fields };
      }
      return { ...base, kind: "json", shape: "object" };
    default:
      return { ...base, kind: "json", shape: "any" };
  }
}

function readObjectFields(schema: Schema, path: string, root: Schema, depth: number, budget: Budget): Field[] | null {
  const properties = getOwn(schema, "properties");
  if (!isSchema(properties)) return [];
  const requiredKeys = getOwn(schema, "required");
  const required = new Set(Array.isArray(requiredKeys) ? requiredKeys : []);
  const fields: Field[] = [];
  for (const [key, property] of Object.entries(properties)) {
    budget.left -= 1;
    if (budget.left < 0) return null;
    fields.push(readField(key, property, path, required.has(key), root, depth, budget));
  }
  // Required fields come first, each group in the server's order.
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

/**
 * Reads the fields of a tool's `inputSchema`. Returns null when it has more than 200 fields or is not an object schema, and the
 * arguments must be entered as JSON.
 */
export function readFields(inputSchema: unknown): Field[] | null {
  if (!isSchema(inputSchema)) return null;
  const root = inputSchema;
  const schema = resolve(root, root);
  const type = getOwn(schema, "type");
  if (type !== undefined && type !== "object") return null;
  if (
    !isSchema(getOwn(schema, "properties")) &&
    (getOwn(schema, "anyOf") || getOwn(schema, "oneOf") || getOwn(schema, "allOf"))
  )
    return null;
  return readObjectFields(schema, "", root, 0, new Budget());
}
