import { requiredInText } from "./requirement-words.ts";

const MAX_LINE_LENGTH = 500;

/** A line that explains the star of a table or list: `\* Required for tool calls`, "* = required". An item of a list begins with "* " too. */
const FOOTNOTE =
  /^[\s>_(]{0,6}(?:<(?:sup|sub|small|p)>\s?){0,2}(?:\\\*|\*(?![*\s])|\*(?=\s?[=:–-]\s)|\*(?=\s(?:required|mandatory)\b))(?:<\/(?:sup|sub)>)?\s{0,3}(?:[=:–-]\s{1,3})?(\S.{2,300})$/i;
/** "Fields marked with * are required." */
const MARKED = /\b(?:marked|indicated|denoted) (?:with|by) (?:an? )?(?:asterisk|star|[`"'(*]{0,3}\\?\*)/i;
const WORD = /\b(?:required|mandatory)\b/i;

/** Returns what each line of a text that explains a star says of what has one: it is required, or null under a condition. */
export function readFootnotes(lines: readonly string[]): Map<number, boolean | null> {
  const found = new Map<number, boolean | null>();
  for (const [index, whole] of lines.entries()) {
    const line = whole.slice(0, MAX_LINE_LENGTH);
    if (!line.includes("*") && !MARKED.test(line)) continue;
    const text = FOOTNOTE.exec(line)?.[1]?.replace(/[_)\s]{1,4}$/, "");
    if (MARKED.test(line) && WORD.test(line)) found.set(index, true);
    // A single name begins an item, or stands in italics.
    else if (text !== undefined && WORD.test(text) && !/^\W{0,3}[A-Z][A-Z0-9]*_/.test(text) && !/\w\*/.test(text))
      found.set(index, requiredInText(text));
  }
  return found;
}

/** Returns what the first note within some lines below a line says, or null. */
export function footnoteBelow(notes: ReadonlyMap<number, boolean | null>, line: number, most: number): boolean | null {
  for (let at = line + 1; at <= line + most; at += 1) if (notes.has(at)) return notes.get(at) ?? null;
  return null;
}

/** Returns whether a cell's word has a star behind it that is no emphasis: `Yes*`, `**Yes***`, `NAME\*`. */
export function isStarred(cell: string): boolean {
  const text = cell.replaceAll("`", "").trim();
  if (/\\\*$|<sup>\s?\*\s?<\/sup>$|[†‡]$/.test(text)) return true;
  const before = /^\*{0,3}/.exec(text)?.[0].length ?? 0;
  const behind = text.length - text.replace(/\*{1,4}$/, "").length;
  return behind > before;
}
