import { Redactor } from "mcp-host/redact";

/** Shorter values would match everywhere and make a log unreadable. */
const MIN_SECRET_CHARACTERS = 4;

/** Replaces secrets in a text by `[redacted]`, also where they are URL-encoded, in base64 or inside JSON. */
export type Redact = (text: string) => string;

/** Creates a function that redacts these values. */
export function createRedact(secrets: Iterable<string>): Redact {
  const redactor = new Redactor(secrets, { minLength: MIN_SECRET_CHARACTERS });
  return (text) => redactor.redact(text);
}

/** Returns a text as PostgreSQL can store it: without NUL and without lone surrogates. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Does the same for every text inside a JSON value. Throws RangeError when it is nested too deeply. */
export function storableJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) => {
    if (typeof item === "string") return storableText(item);
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    const entries = Object.entries(item);
    if (entries.every(([key]) => storableText(key) === key)) return item;
    return Object.fromEntries(entries.map(([key, child]) => [storableText(key), child]));
  }) as T;
}
