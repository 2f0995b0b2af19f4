// Shared by the browser and the server: nothing of Node may be imported here.
import { z } from "zod";
import type { Alternative, Input } from "../../analysis/spec.ts";
import { isReservedVariable, isVariableName } from "./reserved-names.ts";

const MAX_VALUE_BYTES = 64 * 1024;
/** All values together, as JSON: the operating system passes them to the machine in one piece of at most 128 KB. */
const MAX_VALUES_BYTES = 100 * 1024;
const MAX_UNKNOWN_KEYS_NAMED = 50;

export interface InputsSchemaOptions {
  /** Keys that have a stored value: leaving one of them out keeps it, so that it counts as given. */
  alreadySet?: readonly string[];
}

/**
 * The schema of the values for a server's inputs: an object from key to text, where a key that is absent, or whose value
 * is "", is not given. Parsing gives the values that were given, numbers, URLs and booleans without the space around them.
 * Each issue's path is the key that it is about; its message is a sentence.
 *
 * @param inputs the server's inputs; only their keys are accepted
 * @param alternatives groups of which one branch has to be given
 */
export function inputsSchema(inputs: Input[], alternatives: Alternative[] = [], options: InputsSchemaOptions = {}) {
  const byKey = new Map(inputs.map((input) => [input.key, input]));
  const alreadySet = new Set(options.alreadySet);
  const grouped = new Set(alternatives.flatMap((group) => group.oneOf.flat()));

  return z
    .custom<Record<string, string>>(isPlainObject, "Give an object with a text for each input.")
    .transform((raw, context): Record<string, string> => {
      const given = new Map<string, string>();
      const wrong = new Set<string>();
      const mentioned = new Set(Object.keys(raw));
      const issue = (key: string, message: string) =>
        void context.addIssue({ code: "custom", path: [key], message, input: undefined });

      let unknownKeys = 0;
      for (const key of mentioned) {
        if (byKey.has(key)) continue;
        if (++unknownKeys <= MAX_UNKNOWN_KEYS_NAMED) issue(key.slice(0, 200), "This server has no input of this name.");
      }
      for (const input of inputs) {
        // Only a hosted server reads headers; what is given for one is not needed and not kept.
        if (input.target === "header") continue;
        const value: unknown = mentioned.has(input.key) ? raw[input.key] : undefined;
        if (value === undefined || value === null || value === "") continue;
        const checked = checkValue(input, value);
        if (checked.message === undefined) {
          given.set(input.key, checked.value);
        } else {
          wrong.add(input.key);
          issue(input.key, checked.message);
        }
      }

      // A value that is wrong is not missing as well.
      const isGiven = (key: string) => given.has(key) || wrong.has(key) || (alreadySet.has(key) && !mentioned.has(key));
      const isSet = (key: string) => isGiven(key) || hasDefault(byKey.get(key));
      for (const input of inputs) {
        const needed = input.required && !grouped.has(input.key) && isOffered(input);
        if (needed && (!isSet(input.key) || given.get(input.key)?.trim() === "")) {
          issue(input.key, `${labelInput(input)} is required.`);
        }
      }
      for (const group of alternatives) checkAlternative(group, byKey, { isGiven, isSet, issue });
      const largest = [...given].sort((a, b) => b[1].length - a[1].length)[0];
      if (largest && byteLength(JSON.stringify(Object.fromEntries(given))) > MAX_VALUES_BYTES) {
        issue(largest[0], "All values together are larger than 100 KB; this is the largest.");
      }
      return Object.fromEntries(given);
    });
}

/** The first sentence for each key that a parse complained about; what concerns the whole is under "". */
export function toFieldErrors(error: z.ZodError): Record<string, string> {
  const sentences = new Map<string, string>();
  for (const issue of error.issues) {
    const key = String(issue.path[0] ?? "");
    if (!sentences.has(key)) sentences.set(key, issue.message);
  }
  return Object.fromEntries(sentences);
}

/**
 * Whether a person can be asked for this input: not for headers, which only hosted servers read, nor for variables that are
 * reserved or that no environment can hold.
 */
export function isOffered(input: Input): boolean {
  if (input.target === "header") return false;
  return input.target !== "env" || (isVariableName(input.key) && !isReservedVariable(input.key));
}

type Checked = { value: string; message?: undefined } | { value?: undefined; message: string };

function checkValue(input: Input, raw: unknown): Checked {
  if (typeof raw !== "string") return { message: `${labelInput(input)} must be a text.` };
  if (!isOffered(input)) return { message: `${labelInput(input)} is not a variable that a server can be given.` };
  if (raw.length > MAX_VALUE_BYTES || byteLength(raw) > MAX_VALUE_BYTES) {
    return { message: `${labelInput(input)} is larger than 64 KB.` };
  }
  if (raw.includes("\0") || !raw.isWellFormed()) {
    return { message: `${labelInput(input)} contains characters that are no text.` };
  }
  if (/[\r\n]/.test(raw) && input.type !== "json" && input.target !== "file") {
    return { message: `${labelInput(input)} must be on one line; check for a line end that was copied with it.` };
  }
  const value = ["number", "boolean", "url"].includes(input.type) ? raw.trim() : raw;
  if (input.choices && input.choices.length > 0 && !input.choices.includes(value)) {
    return { message: `${labelInput(input)} must be one of ${input.choices.slice(0, 20).join(", ")}.` };
  }
  const message = findTypeError(input, value);
  return message === null ? { value } : { message };
}

function findTypeError(input: Input, value: string): string | null {
  switch (input.type) {
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? null : `${labelInput(input)} must be a number.`;
    case "boolean":
      return /^(true|false|1|0|yes|no|on|off)$/i.test(value) ? null : `${labelInput(input)} must be true or false.`;
    case "url":
      return /^[a-z][a-z0-9+.-]*:\/\/[^\s/]/i.test(value) && URL.canParse(value)
        ? null
        : `${labelInput(input)} must be a full URL, such as https://example.com.`;
    case "json":
      return isJson(value) ? null : `${labelInput(input)} must be valid JSON.`;
    case "string":
    case "path":
      return null;
  }
}

interface Given {
  /** The person gave it, now or before. */
  isGiven: (key: string) => boolean;
  /** It will have a value: given, or by default. */
  isSet: (key: string) => boolean;
  issue: (key: string, message: string) => void;
}

function checkAlternative(group: Alternative, byKey: Map<string, Input>, { isGiven, isSet, issue }: Given): void {
  const branches = group.oneOf.filter((branch) => branch.every((key) => byKey.has(key)));
  if (branches.length === 0 || branches.some((branch) => branch.every(isSet))) return;
  const label = (key: string) => labelInput(byKey.get(key));
  const begun = branches.find((branch) => branch.some(isGiven));
  if (begun) {
    const present = begun.filter(isSet).map(label).join(" and ");
    for (const key of begun.filter((item) => !isSet(item)))
      issue(key, `${label(key)} is needed together with ${present}.`);
  } else if (group.required) {
    const choice = branches.map((branch) => branch.map(label).join(" and ")).join(", or ");
    for (const branch of branches) for (const key of branch.slice(0, 1)) issue(key, `Give ${choice}.`);
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

function isPlainObject(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
