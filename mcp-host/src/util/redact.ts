const REPLACEMENT = "[redacted]";
/** Shorter values occur in ordinary words; replacing them would make a log unreadable. */
const DEFAULT_MIN_LENGTH = 6;
/** Base64 inside other base64 loses a character at either end; what is left of a short secret is not distinctive. */
const MIN_EMBEDDED_LENGTH = 8;

export interface RedactorOptions {
  /** Length in characters from which a secret, or a line of one, is replaced. Default: 6. */
  minLength?: number;
}

/**
 * Replaces secrets by `[redacted]` in every form that programs print: plain, JSON, URL-encoded, base64, and line by line. Takes
 * time linear in the text, however many secrets there are. A key file has hundreds of lines, and a regular expression with as many
 * alternatives would try each of them at every character.
 */
export class Redactor {
  /** Forms by their first characters, the longest first: one secret can begin with another. */
  readonly #forms = new Map<string, string[]>();
  readonly #prefixLength: number;
  /** Which pairs of characters some form begins with, by {@link hashPair}: skips most positions without looking further. */
  readonly #pairs = new Uint8Array(2 ** 16);
  #longestForm = 0;

  constructor(secrets: Iterable<string>, { minLength = DEFAULT_MIN_LENGTH }: RedactorOptions = {}) {
    const forms = new Set<string>();
    for (const secret of secrets) {
      for (const value of [secret, ...splitLines(secret)]) {
        if (value.length >= minLength)
          for (const form of listForms(value)) if (form.length >= minLength) forms.add(form);
      }
    }
    this.#prefixLength = Math.max(2, minLength);
    for (const form of [...forms].sort((a, b) => b.length - a.length)) this.#add(form);
  }

  #add(form: string): void {
    const prefix = form.slice(0, this.#prefixLength);
    const known = this.#forms.get(prefix);
    if (known === undefined) this.#forms.set(prefix, [form]);
    else known.push(form);
    this.#pairs[hashPair(form, 0)] = 1;
    this.#longestForm = Math.max(this.#longestForm, form.length);
  }

  redact(text: string): string {
    if (this.#longestForm === 0) return text;
    let result = "";
    let copied = 0;
    for (let index = 0; index + this.#prefixLength <= text.length; ) {
      const form = this.#pairs[hashPair(text, index)] === 1 ? this.#formAt(text, index) : undefined;
      if (form === undefined) {
        index++;
        continue;
      }
      result += text.slice(copied, index) + REPLACEMENT;
      index += form.length;
      copied = index;
    }
    return copied === 0 ? text : result + text.slice(copied);
  }

  /**
   * Redacts a text that was cut off. Also drops as much of its end as the longest form, because that can be the beginning of a
   * secret.
   */
  redactCut(text: string): string {
    const redacted = this.redact(text);
    return redacted.slice(0, Math.max(0, redacted.length - this.#longestForm));
  }

  #formAt(text: string, index: number): string | undefined {
    const candidates = this.#forms.get(text.slice(index, index + this.#prefixLength));
    return candidates?.find((form) => text.startsWith(form, index));
  }
}

function hashPair(text: string, index: number): number {
  return (text.charCodeAt(index) * 31 + text.charCodeAt(index + 1)) & 0xffff;
}

/** The lines of a secret that has several: logs are cut into lines, so each of them can appear alone. */
function splitLines(secret: string): string[] {
  return /[\r\n]/.test(secret) ? secret.split(/[\r\n]+/).map((line) => line.trim()) : [];
}

function listForms(secret: string): string[] {
  const wellFormed = secret.toWellFormed();
  const escaped = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString("base64");
  return [
    secret,
    escaped,
    escaped.replaceAll("/", "\\/"),
    encodeURIComponent(wellFormed),
    encodeURI(wellFormed),
    new URLSearchParams([["", secret]]).toString().slice(1),
    base64,
    base64.replace(/={1,2}$/, ""),
    toBase64Url(base64).replace(/={1,2}$/, ""),
    ...listEmbeddedBase64Forms(secret),
  ];
}

/** The secret inside longer base64 text, such as a Basic credential: one form for each alignment of its bytes to 6-bit characters. */
function listEmbeddedBase64Forms(secret: string): string[] {
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    // The characters at either end also carry bits of the neighbors, so they differ from text to text.
    const start = offset === 0 ? 0 : offset + 1;
    const wholeBits = (offset + Buffer.byteLength(secret)) * 8;
    const form = encoded.slice(start, Math.floor(wholeBits / 6));
    forms.push(form, toBase64Url(form));
  }
  return forms.filter((form) => form.length >= MIN_EMBEDDED_LENGTH);
}

function toBase64Url(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}
