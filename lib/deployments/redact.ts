const REPLACEMENT = "[redacted]";
/** Shorter values would match everywhere and make a log unreadable. */
const MIN_SECRET_CHARACTERS = 4;
/** Of a secret with several lines each line counts, since logs are cut into lines; short ones ("{") are no secret. */
const MIN_SECRET_LINE_CHARACTERS = 8;

/** Replaces secrets in a text, also where they are URL-encoded, in base64 or inside JSON. */
export type Redact = (text: string) => string;

/** A function that replaces each of these values by `[redacted]`. */
export function createRedact(secrets: Iterable<string>): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    const lines = secret.split(/\r?\n/).filter((line) => line.trim().length >= MIN_SECRET_LINE_CHARACTERS);
    for (const value of secret.includes("\n") ? [secret, ...lines] : [secret]) {
      if (value.length >= MIN_SECRET_CHARACTERS) for (const form of formsOf(value)) forms.add(form);
    }
  }
  // The longest first: of two secrets one may be the beginning of the other.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  if (ordered.length === 0) return (text) => text;
  const pattern = new RegExp(ordered.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
  return (text) => text.replace(pattern, REPLACEMENT);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString("base64");
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ""),
    bytes.toString("base64url"),
  ].filter((form) => form.length >= MIN_SECRET_CHARACTERS);
}

/** A text as PostgreSQL can keep it: without NUL and without halves of surrogate pairs. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** The same for every text inside a JSON value. Throws RangeError when it is nested too deeply. */
export function storableJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) => {
    if (typeof item === "string") return storableText(item);
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    const entries = Object.entries(item);
    if (entries.every(([key]) => storableText(key) === key)) return item;
    return Object.fromEntries(entries.map(([key, child]) => [storableText(key), child]));
  }) as T;
}
