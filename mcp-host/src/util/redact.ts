const REPLACEMENT = "[redacted]";
const MIN_SECRET_LENGTH = 6;
const MIN_ENCODED_LENGTH = 8;

/** What a secret looks like inside base64 text, for each of the three ways in which its bytes can fall on 6-bit borders. */
function base64Forms(secret: string): string[] {
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    // The characters that also carry bits of the neighbours differ from text to text and are left out.
    const start = offset === 0 ? 0 : offset + 1;
    const wholeBits = (offset + Buffer.byteLength(secret)) * 8;
    const form = encoded.slice(start, Math.floor(wholeBits / 6));
    forms.push(form, form.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms.filter((form) => form.length >= MIN_ENCODED_LENGTH);
}

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    escaped,
    escaped.replaceAll("/", "\\/"),
    encodeURIComponent(secret.toWellFormed()),
    encodeURI(secret.toWellFormed()),
    new URLSearchParams([["", secret]]).toString().slice(1),
    ...base64Forms(secret),
  ];
  // A key of several lines is printed over several lines.
  if (/[\r\n]/.test(secret)) forms.push(...secret.split(/[\r\n]+/).map((line) => line.trim()));
  return forms.filter((form) => form.length >= MIN_SECRET_LENGTH);
}

/** Replaces secrets, in any of the forms in which programs print them, by `[redacted]`. */
export class Redactor {
  readonly #pattern: RegExp | null;
  /** Length in characters of the longest form; a text cut off at a limit may end within that many characters of a secret. */
  readonly longestForm: number;

  /** Takes the secret values; those shorter than 6 characters are left alone, they would match everywhere. */
  constructor(secrets: Iterable<string>) {
    const forms = new Set<string>();
    for (const secret of secrets) {
      if (secret.length >= MIN_SECRET_LENGTH) for (const form of formsOf(secret)) forms.add(form);
    }
    const longestFirst = [...forms].sort((a, b) => b.length - a.length);
    this.longestForm = longestFirst[0]?.length ?? 0;
    this.#pattern = longestFirst.length === 0 ? null : new RegExp(longestFirst.map(escapeForRegExp).join("|"), "g");
  }

  redact(text: string): string {
    return this.#pattern === null ? text : text.replace(this.#pattern, REPLACEMENT);
  }

  /** Redacts a text that was cut off: also drops the end, which could be the beginning of a secret. */
  redactCut(text: string): string {
    const redacted = this.redact(text);
    return redacted.slice(0, Math.max(0, redacted.length - this.longestForm));
  }
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
