import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { indexOutsideQuotes } from "./quotes.ts";

const MAX_BARE_WORDS = 500;

/** A piece of a text: where it begins and where it ends. */
interface Range {
  from: number;
  to: number;
}

/**
 * Parses the JSON of documentation, with comments of any language and trailing commas. Words without quotes count as texts: a placeholder in the
 * place of a value (`"API_KEY": YOUR_API_KEY`), and names and texts as JavaScript writes them (`command: 'npx'`).
 */
export function parseLooseJson(written: string): unknown {
  const text = written.includes("#") ? withoutHashComments(written) : written;
  const options = { allowTrailingComma: true, allowEmptyContent: true };
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, options);
  const words = errors
    .filter((one) => printParseErrorCode(one.error) === "InvalidSymbol")
    .slice(0, MAX_BARE_WORDS)
    .map(({ offset, length }) => ({ from: offset, to: offset + length }));
  const bare = joinWords(words, text).filter((word) => isTerm(word, text));
  if (bare.length === 0) return value;
  let repaired = "";
  let at = 0;
  for (const { from, to } of bare) {
    const word = text.slice(from, to);
    repaired += text.slice(at, from) + JSON.stringify(/^'.*'$/.exec(word) ? word.slice(1, -1) : word);
    at = to;
  }
  return parse(repaired + text.slice(at), [], options);
}

/**
 * Writes spaces over comments that begin with "#", as shells and Python have them: what they quote is no value. Behind a colon, "#" begins
 * the placeholder of a value.
 */
function withoutHashComments(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const from = hashCommentAt(line);
      return from < 0 ? line : line.slice(0, from).padEnd(line.length);
    })
    .join("\n");
}

/** Where a line has such a comment outside quotes, or -1. */
function hashCommentAt(line: string): number {
  return indexOutsideQuotes(line, (at, before) => line[at] === "#" && before !== ":" && !/\S/.test(line[at - 1] ?? ""));
}

/** Joins words that only spaces part, such as `<your key>`. */
function joinWords(words: readonly Range[], text: string): Range[] {
  const joined: Range[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (last && word.from > last.to && /^[ \t]{1,4}$/.test(text.slice(last.to, word.from))) last.to = word.to;
    else joined.push({ ...word });
  }
  return joined;
}

/** Returns whether a word stands where a value or a name may stand. "…" between two servers is neither. */
function isTerm({ from, to }: Range, text: string): boolean {
  if (!/[A-Za-z]/.test(text.slice(from, to))) return false;
  const before =
    text
      .slice(Math.max(0, from - 200), from)
      .trimEnd()
      .at(-1) ?? "";
  const behind = text.slice(to, to + 200).trimStart()[0] ?? "";
  return before === ":" ? /[,}]/.test(behind) : behind === ":" || (/[[,]/.test(before) && /[,\]]/.test(behind));
}
