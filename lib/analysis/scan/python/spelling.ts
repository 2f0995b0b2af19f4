/** Headers of `with` in one file that are looked at, and how long one may be. */
const MAX_HEADERS = 2_000;
const MAX_HEADER_LENGTH = 2_000;
const HEADER = /^[ \t]*(?:async[ \t]+)?with\b/gm;
/** A class without arguments as a pattern: `case Declined():`. */
const EMPTY_PATTERN = /^([ \t]{1,100}case[ \t]{1,20}[\w.]{1,100})\(\)(?=[ \t]{0,20}(?::|if\b|as\b))/gm;
/** A `yield` without a value. */
const BARE_YIELD = /(?<![.\w])yield(?=[ \t]*(?:#|\)|\r?$))/gm;

/**
 * Spells a Python text in the way that the parser knows, each character in its place: it takes no brackets around what `with` opens or
 * where it keeps it (`async with stdio_server() as (read, write):`), no attribute there (`as self.client`), no `yield` without a value, and no empty pattern.
 * What follows one of them would stand in the wrong function.
 *
 * @returns a text of the same length, whose names and strings stand where they stood
 */
export function toKnownSpelling(text: string): string {
  const respelled = text.replaceAll(BARE_YIELD, "None ").replaceAll(EMPTY_PATTERN, "$1  ").replaceAll("\f", " ");
  if (!respelled.includes("with")) return respelled;
  const parts: string[] = [];
  let at = 0;
  let headers = 0;
  for (const { 0: word, index } of respelled.matchAll(HEADER)) {
    headers += 1;
    if (headers > MAX_HEADERS) break;
    const from = index + word.length;
    const end = from < at ? -1 : headerEnd(respelled, from);
    if (end < 0) continue;
    parts.push(respelled.slice(at, from), plainHeader(respelled.slice(from, end)));
    at = end;
  }
  return parts.join("") + respelled.slice(at);
}

/** Where a header ends: at the colon outside of all brackets. -1 where it does not. */
function headerEnd(text: string, from: number): number {
  let depth = 0;
  const limit = Math.min(text.length, from + MAX_HEADER_LENGTH);
  for (let at = from; at < limit; at += 1) {
    const char = text[at] ?? "";
    if (char === "#") at = skipComment(text, at, limit);
    else if (char === '"' || char === "'") at = skipString(text, at, limit);
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    else if (char === ":" && depth === 0) return at;
    else if (char === "\n" && depth === 0 && text[at - 1] !== "\\") return -1;
  }
  return -1;
}

/** The index of the last character before a comment's end. */
function skipComment(text: string, from: number, limit: number): number {
  const end = text.indexOf("\n", from);
  return (end < 0 || end > limit ? limit : end) - 1;
}

/** The index of the quote that ends a string. */
function skipString(text: string, from: number, limit: number): number {
  const quote = text[from] ?? "";
  const whole = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  for (let at = from + whole.length; at < limit; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text.startsWith(whole, at)) return at + whole.length - 1;
  }
  return limit;
}

/** A header without its outer brackets and those of its targets. */
function plainHeader(header: string): string {
  const isWhole = /^\s*\(/.test(header) && closes(header, header.indexOf("(")) === header.trimEnd().length - 1;
  const opened = isWhole && /\bas\b/.test(header) ? withoutOuterBrackets(header) : header;
  return opened
    .replaceAll(
      /(\bas\s{1,20})[([]([\w\s.,*]{1,300})[)\]]/g,
      (_, word: string, names: string) => `${word} ${onOneLine(names)} `,
    )
    .replaceAll(/(\bas\s{1,20})(\w{1,60})\.(\w{1,60})(?=\s{0,20}(?:,|$))/g, "$1$2_$3");
}

/** Names with spaces for the line ends between them, and for a last comma. */
function onOneLine(names: string): string {
  return names.replaceAll(/[\r\n]/g, " ").replace(/,(?=\s*$)/, " ");
}

/** Where the bracket at a place is closed, or -1. */
function closes(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "#") at = skipComment(text, at, text.length);
    else if (char === '"' || char === "'") at = skipString(text, at, text.length);
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** Writes spaces for the outer brackets, and for the line ends, comments and last comma that only they allow. */
function withoutOuterBrackets(header: string): string {
  const open = header.indexOf("(");
  const close = closes(header, open);
  const chars = header.slice(0, close).split("");
  const blank = (from: number, to: number) => chars.fill(" ", from, to);
  blank(open, open + 1);
  let depth = 0;
  for (let at = open + 1; at < close; at += 1) {
    const char = header[at] ?? "";
    if (char === '"' || char === "'") at = skipString(header, at, close);
    else if (char === "#") {
      const end = skipComment(header, at, close);
      blank(at, end + 1);
      at = end;
    } else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    else if (depth === 0 && (char === "\n" || char === "\r")) blank(at, at + 1);
  }
  const last = chars.findLastIndex((char) => char.trim() !== "");
  if (chars[last] === ",") blank(last, last + 1);
  return `${chars.join("")} ${header.slice(close + 1)}`;
}
