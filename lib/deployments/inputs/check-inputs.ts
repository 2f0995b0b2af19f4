// Shared by the browser and the server: it must import nothing of Node, nor Zod, which is larger than a page's own code.
import type { Alternative, Input } from "../../analysis/spec.ts";
import { prefillOf } from "./prefill.ts";
import { isReservedVariable, isVariableName } from "./reserved-names.ts";

const MAX_VALUE_BYTES = 64 * 1024;
/**
 * Limit for all values together, as JSON. Linux limits one environment variable, in which the machine gets them, to 128
 * KB.
 */
const MAX_VALUES_BYTES = 100 * 1024;
const MAX_UNKNOWN_KEYS_NAMED = 50;

export interface CheckInputsOptions {
  /** Keys that have a stored value. Absence of such a key keeps its value, so that it counts as given. */
  alreadySet?: readonly string[];
}

/** The values to store, or the first sentence for each key with a problem. A problem of the whole is under "". */
export type CheckedInputs =
  | { values: Record<string, string>; problems?: undefined }
  | { values?: undefined; problems: Record<string, string> };

/**
 * Checks values for a server's inputs: an object from key to text. A key that is absent, or has the value "", is not given. Values
 * stay byte for byte, line breaks included; only a declared number, URL or boolean loses the space around it.
 *
 * @param raw what a person or a program sent
 * @param inputs the server's inputs; only their keys are accepted
 * @param alternatives groups of which the person must give one branch
 */
export function checkInputs(
  raw: unknown,
  inputs: Input[],
  alternatives: Alternative[] = [],
  options: CheckInputsOptions = {},
): CheckedInputs {
  if (!isPlainObject(raw)) return { problems: { "": "Give an object with a text for each input." } };
  const byKey = new Map(inputs.map((input) => [input.key, input]));
  const alreadySet = new Set(options.alreadySet);
  const prefilled = new Set(inputs.filter((input) => prefillOf(input) !== "").map((input) => input.key));
  const grouped = new Set(alternatives.flatMap((group) => group.oneOf.flat()));
  const given = new Map<string, string>();
  const wrong = new Set<string>();
  const mentioned = new Set(Object.keys(raw));
  // A Map, since a key may be "__proto__".
  const problems = new Map<string, string>();
  const addProblem = (key: string, sentence: string) => {
    if (!problems.has(key)) problems.set(key, sentence);
  };

  let unknownKeys = 0;
  for (const key of mentioned) {
    if (byKey.has(key)) continue;
    if (++unknownKeys <= MAX_UNKNOWN_KEYS_NAMED)
      addProblem(key.slice(0, 200), "This server has no input of this name.");
  }
  for (const input of inputs) {
    // Only a hosted server reads headers, so a value for one is not kept.
    if (input.target === "header") continue;
    const value: unknown = mentioned.has(input.key) ? raw[input.key] : undefined;
    if (value === undefined || value === null || value === "") continue;
    const checked = checkValue(input, value);
    if (checked.message === undefined) {
      given.set(input.key, checked.value);
    } else {
      wrong.add(input.key);
      addProblem(input.key, checked.message);
    }
  }

  // Report a wrong value as wrong only, not as missing too.
  const isGiven = (key: string) => given.has(key) || wrong.has(key) || (alreadySet.has(key) && !mentioned.has(key));
  // A prefilled value counts until it is cleared.
  const files = new Map(inputs.flatMap((input) => (input.target === "file" ? [[pathOf(input), input.key]] : [])));
  const isSet = (key: string): boolean =>
    isGiven(key) ||
    isGiven(files.get(key) ?? "") ||
    hasDefault(byKey.get(key)) ||
    (!mentioned.has(key) && prefilled.has(key));
  for (const input of inputs) {
    const needed = input.required && !grouped.has(input.key) && isOffered(input);
    if (needed && (!isSet(input.key) || given.get(input.key)?.trim() === "")) {
      addProblem(input.key, `${labelInput(input)} is required.`);
    }
  }
  for (const group of alternatives) checkAlternative(group, byKey, { isGiven, isSet, addProblem });
  const largest = [...given].sort((a, b) => b[1].length - a[1].length)[0];
  if (largest && byteLength(JSON.stringify(Object.fromEntries(given))) > MAX_VALUES_BYTES) {
    addProblem(largest[0], "All values together are larger than 100 KB; this is the largest.");
  }
  return problems.size > 0 ? { problems: Object.fromEntries(problems) } : { values: Object.fromEntries(given) };
}

/**
 * Returns whether a person can be asked for this input. Not for headers, which only hosted servers read, nor for reserved variables
 * or names that no environment can hold.
 */
export function isOffered(input: Input): boolean {
  if (input.target === "header") return false;
  return input.target !== "env" || (isVariableName(input.key) && !isReservedVariable(input.key));
}

/** Returns the variable or flag that gets a file's path, or "". */
function pathOf({ template }: Input): string {
  return /^([^={}\s]+)[= ]\{value\}$/.exec(template ?? "")?.[1] ?? "";
}

type Checked = { value: string; message?: undefined } | { value?: undefined; message: string };

function checkValue(input: Input, raw: unknown): Checked {
  const label = labelInput(input);
  if (typeof raw !== "string") return { message: `${label} must be a text.` };
  if (!isOffered(input)) return { message: `${label} is not a variable that a server can be given.` };
  if (raw.length > MAX_VALUE_BYTES || byteLength(raw) > MAX_VALUE_BYTES) {
    return { message: `${label} is larger than 64 KB.` };
  }
  if (raw.includes("\0") || !raw.isWellFormed()) {
    return { message: `${label} contains characters that are not text.` };
  }
  const isTypeRule = isRule(input, "type");
  const value = isTypeRule && ["number", "boolean", "url"].includes(input.type) ? raw.trim() : raw;
  const contradiction =
    (isRule(input, "choices") && findChoiceError(input, value)) || (isTypeRule && findTypeError(input, value));
  return contradiction ? { message: `${label} ${contradiction}.` } : { value };
}

/**
 * Returns whether a value must match this fact. A guess only advises. A switch has no place for another value, so its type is
 * always a rule.
 */
function isRule(input: Input, fact: "type" | "choices"): boolean {
  return !input.guessed?.includes(fact) || (fact === "type" && isSwitch(input));
}

/** Returns whether an argument is a flag without a value, which is present or absent. */
function isSwitch({ target, type, template, key }: Input): boolean {
  if (target !== "arg" || type !== "boolean") return false;
  return template === null ? key.startsWith("-") : !template.includes("{value}");
}

/**
 * Returns advice about a value that is accepted but looks wrong, as a sentence, or null.
 *
 * @param value the text in the field, as the person typed it
 */
export function adviseValue(input: Input, value: string): string | null {
  if (value === "") return null;
  const label = labelInput(input);
  if (/^\s|\s$/.test(value) && !/[\r\n]/.test(value.trim()))
    return `${label} begins or ends with a space or line break. It is passed on as it is.`;
  const doubt =
    (input.guessed?.includes("choices") && findChoiceError(input, value)) ||
    (!isRule(input, "type") && findTypeError(input, value.trim()));
  return doubt ? `${label} usually ${doubt.replace(/^must be/, "is")}. Check it; it is passed on as it is.` : null;
}

function findChoiceError({ choices }: Input, value: string): string | null {
  if (!choices || choices.length === 0 || choices.includes(value)) return null;
  return `must be one of ${choices.slice(0, 20).join(", ")}`;
}

function findTypeError(input: Input, value: string): string | null {
  switch (input.type) {
    case "number":
      return /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value) ? null : "must be a number";
    case "boolean":
      return /^(true|false|1|0|yes|no|on|off)$/i.test(value) ? null : "must be true or false";
    case "url":
      return isUrl(value) ? null : "must be a full URL, such as https://example.com";
    case "json":
      return isJson(value) ? null : "must be valid JSON";
    case "string":
    case "path":
      return null;
  }
}

/**
 * Accepts what drivers accept: only for http and https does the URL standard decide, since others allow several hosts
 * or none.
 */
function isUrl(value: string): boolean {
  if (/^https?:/i.test(value)) return /^https?:\/\/[^\s/]/i.test(value) && URL.canParse(value);
  return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value);
}

interface Given {
  /** Returns whether the person gave it, now or before. */
  isGiven: (key: string) => boolean;
  /** Returns whether it will have a value, given or by default. */
  isSet: (key: string) => boolean;
  addProblem: (key: string, sentence: string) => void;
}

function formatList(names: string[]): string {
  return new Intl.ListFormat("en").format(names);
}

function checkAlternative(group: Alternative, byKey: Map<string, Input>, { isGiven, isSet, addProblem }: Given): void {
  const branches = group.oneOf.filter((branch) => branch.every((key) => byKey.has(key)));
  if (branches.length === 0 || branches.some((branch) => branch.every(isSet))) return;
  const label = (key: string) => labelInput(byKey.get(key));
  const begun = branches.find((branch) => branch.some(isGiven));
  if (begun) {
    const present = formatList(begun.filter(isSet).map(label));
    for (const key of begun.filter((item) => !isSet(item)))
      addProblem(key, `${label(key)} is needed together with ${present}.`);
  } else if (group.required) {
    const choice = branches.map((branch) => formatList(branch.map(label))).join(", or ");
    const sentence =
      group.what === ""
        ? `Give ${choice}.`
        : `${group.what.charAt(0).toUpperCase()}${group.what.slice(1)}: give ${choice}.`;
    for (const branch of branches) for (const key of branch.slice(0, 1)) addProblem(key, sentence);
  }
}

function hasDefault(input: Input | undefined): boolean {
  return input?.default !== null && input?.default !== undefined && input.default !== "";
}

function labelInput(input: Input | undefined): string {
  return input ? input.label || input.key : "";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
