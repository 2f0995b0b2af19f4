/**
 * JSON that keeps numbers exact: a number that a double cannot hold, such as a 64-bit row id, keeps its written form. Needs JSON
 * source access (Node 22).
 */

export interface RawJson {
  readonly rawJSON: string;
}

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown): unknown;
  rawJSON?(text: string): RawJson;
  isRawJSON?(value: unknown): boolean;
}

const json = JSON as unknown as JsonWithSource;

/** Cheap test for "may hold a number that does not fit": 16 digits in a row, or a three-digit exponent. */
const MAY_LOSE_DIGITS = /\d{16}|\d[eE][+-]?\d{3}/;
const MAX_SAFE_DIGITS = 15;

/**
 * Parses JSON text. Numbers that would lose digits become raw JSON values, which `JSON.stringify` writes back unchanged. Throws
 * SyntaxError.
 */
export function parseJson(text: string): unknown {
  return MAY_LOSE_DIGITS.test(text) ? json.parse(text, keepNumber) : JSON.parse(text);
}

/** Returns whether a value is a number kept in its written form by {@link parseJson}. */
export function isRawJson(value: unknown): value is RawJson {
  return typeof value === "object" && value !== null && json.isRawJSON?.(value) === true;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawJson(value);
}

/** Returns canonical JSON text: keys are sorted, so equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

function keepNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || json.rawJSON === undefined) return value;
  if (source.length <= MAX_SAFE_DIGITS && Number.isFinite(value)) return value;
  return String(value) === source ? value : json.rawJSON(source);
}
