import type { Choice, Field, Json } from "./schema-fields.ts";

/** Field contents by path: text as typed, "true", "false" or "" for booleans, the index of a choice. */
export type Drafts = Record<string, string | string[]>;

const isObject = (value: Json): value is Arguments =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isEqualJson = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);

/** Creates the first drafts from the schema's defaults. A required boolean starts as false. */
export function createDrafts(fields: Field[]): Drafts {
  const drafts: Drafts = {};
  for (const field of fields) {
    if (field.kind === "object") {
      Object.assign(drafts, createDrafts(field.fields));
      continue;
    }
    const draft = field.default === undefined || field.default === null ? null : toDraft(field, field.default);
    if (draft !== null) drafts[field.path] = draft;
    else if (field.kind === "boolean" && field.required) drafts[field.path] = "false";
  }
  return drafts;
}

/** Converts arguments to drafts. Returns null when the form would lose part of them. */
export function toDrafts(fields: Field[], args: Arguments): Drafts | null {
  const drafts = fillDrafts(fields, args);
  const collected = collectArguments(fields, drafts);
  return collected.ok && toCanonicalJson(collected.arguments) === toCanonicalJson(args) ? drafts : null;
}

function fillDrafts(fields: Field[], args: Arguments): Drafts {
  const drafts: Drafts = {};
  for (const field of fields) {
    const value = Object.hasOwn(args, field.key) ? args[field.key] : undefined;
    if (value === undefined) continue;
    if (field.kind === "object") {
      if (isObject(value)) Object.assign(drafts, fillDrafts(field.fields, value));
      continue;
    }
    const draft = toDraft(field, value);
    if (draft !== null) drafts[field.path] = draft;
  }
  return drafts;
}

/** Formats JSON with sorted properties, so that their order does not matter. */
function toCanonicalJson(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function toDraft(field: Exclude<Field, { kind: "object" }>, value: Json): string | string[] | null {
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? value : null;
    case "number":
      return typeof value === "number" ? String(value) : null;
    case "boolean":
      return typeof value === "boolean" ? String(value) : null;
    case "choice": {
      const index = field.choices.findIndex((choice) => isEqualJson(choice.value, value));
      return index === -1 ? null : String(index);
    }
    case "choices":
      return Array.isArray(value)
        ? value
            .map((item) => field.choices.findIndex((choice) => isEqualJson(choice.value, item)))
            .filter((index) => index !== -1)
            .map(String)
        : null;
    case "list":
      return Array.isArray(value)
        ? value.map((item) => (typeof item === "string" ? item : JSON.stringify(item)))
        : null;
    case "json":
      return JSON.stringify(value, null, 2);
  }
}

export type Arguments = { [key: string]: Json };
/** The arguments, or one sentence for each invalid field, by its path. */
export type Collected = { ok: true; arguments: Arguments } | { ok: false; errors: Record<string, string> };

/** Converts drafts to the tool's arguments. Omits empty optional fields. */
export function collectArguments(fields: Field[], drafts: Drafts): Collected {
  const errors: Record<string, string> = {};
  const collected = collectFields(fields, drafts, errors);
  return Object.keys(errors).length === 0 ? { ok: true, arguments: collected } : { ok: false, errors };
}

function collectFields(fields: Field[], drafts: Drafts, errors: Record<string, string>): Arguments {
  const entries: [string, Json][] = [];
  for (const field of fields) {
    if (field.kind === "object") {
      const untouched = !field.required && field.fields.every((inner) => isUntouched(inner, drafts));
      if (!untouched) entries.push([field.key, collectFields(field.fields, drafts, errors)]);
      continue;
    }
    const value = readField(field, drafts[field.path]);
    if ("error" in value) errors[field.path] = value.error;
    else if (value.value !== undefined) entries.push([field.key, value.value]);
  }
  // fromEntries defines own properties, so "__proto__" becomes a property and not the prototype.
  return Object.fromEntries(entries);
}

function isUntouched(field: Field, drafts: Drafts): boolean {
  if (field.kind === "object") return field.fields.every((inner) => isUntouched(inner, drafts));
  const draft = drafts[field.path];
  return draft === undefined || draft.length === 0;
}

type Value = { value: Json | undefined } | { error: string };

function readField(field: Exclude<Field, { kind: "object" }>, draft: string | string[] | undefined): Value {
  if (field.kind === "list" || field.kind === "choices") {
    const items = Array.isArray(draft) ? draft : [];
    if (items.length === 0) return { value: field.required ? [] : undefined };
    return field.kind === "list" ? readList(field.item, items) : { value: pickChoices(field.choices, items) };
  }
  const typed = typeof draft === "string" ? draft : "";
  if (typed.trim() === "" && (field.kind !== "text" || typed === "")) {
    return field.required ? { error: "This is required." } : { value: undefined };
  }
  switch (field.kind) {
    case "text":
      return readText(field, typed);
    case "number":
      return readNumber(field, typed);
    case "boolean":
      return { value: typed === "true" };
    case "choice":
      return { value: field.choices[Number(typed)]?.value };
    case "json":
      return readJson(field.shape, typed);
  }
}

function pickChoices(choices: Choice[], indexes: string[]): Json[] {
  const wanted = new Set(indexes);
  return choices.filter((_, index) => wanted.has(String(index))).map((choice) => choice.value);
}

function readText(field: Extract<Field, { kind: "text" }>, typed: string): Value {
  const length = [...typed].length;
  if (field.minLength !== null && length < field.minLength) return { error: `At least ${field.minLength} characters.` };
  if (field.maxLength !== null && length > field.maxLength) return { error: `At most ${field.maxLength} characters.` };
  return { value: typed };
}

function readNumber(field: Extract<Field, { kind: "number" }>, typed: string): Value {
  const value = Number(typed);
  if (!Number.isFinite(value)) return { error: "Enter a number." };
  if (field.integer && !Number.isInteger(value)) return { error: "Enter a whole number." };
  if (field.minimum !== null && value < field.minimum) return { error: `At least ${field.minimum}.` };
  if (field.maximum !== null && value > field.maximum) return { error: `At most ${field.maximum}.` };
  if (field.exclusiveMinimum !== null && value <= field.exclusiveMinimum)
    return { error: `More than ${field.exclusiveMinimum}.` };
  if (field.exclusiveMaximum !== null && value >= field.exclusiveMaximum)
    return { error: `Less than ${field.exclusiveMaximum}.` };
  return { value };
}

function readList(item: "text" | "number" | "integer", items: string[]): Value {
  if (item === "text") return { value: items };
  const numbers = items.map((typed) => (typed.trim() === "" ? Number.NaN : Number(typed)));
  const bad = numbers.findIndex((value) => !Number.isFinite(value) || (item === "integer" && !Number.isInteger(value)));
  if (bad !== -1) return { error: `Item ${bad + 1} is not a ${item === "integer" ? "whole number" : "number"}.` };
  return { value: numbers };
}

function readJson(shape: "array" | "object" | "any", typed: string): Value {
  const parsed = parseJson(typed);
  if (!parsed.ok) return { error: parsed.error };
  if (shape === "array" && !Array.isArray(parsed.value)) return { error: "Enter a JSON array: [ … ]." };
  if (shape === "object" && !isObject(parsed.value)) return { error: "Enter a JSON object: { … }." };
  return { value: parsed.value };
}

function parseJson(typed: string): { ok: true; value: Json } | { ok: false; error: string } {
  try {
    return { ok: true, value: JSON.parse(typed) as Json };
  } catch (error) {
    return { ok: false, error: `This is not JSON: ${error instanceof Error ? error.message : "unreadable"}.` };
  }
}

/** Parses the JSON field. Returns an object, or one sentence that says what is wrong. */
export function parseArguments(typed: string): { ok: true; arguments: Arguments } | { ok: false; error: string } {
  if (typed.trim() === "") return { ok: true, arguments: {} };
  const parsed = parseJson(typed);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) return { ok: false, error: "Enter a JSON object: { … }." };
  return { ok: true, arguments: parsed.value };
}
