import { indexOutsideQuotes } from "./quotes.ts";
import { requiredInHeading, requiredInText } from "./requirement-words.ts";

/** The statement of a comment about the value on its line of a code block. */
export interface Remark {
  required: boolean | null;
  /** The comment as prose, or null where it says no more than that the value is required or optional. */
  text: string | null;
}

const MAX_COMMENT_LINES = 3;
const MAX_LINES_TO_LABEL = 60;
/** A remark in brackets that ends a line. */
const BRACKET = /\((?:required|mandatory|optional)\b[^()]{0,60}\)\s{0,10}$/i;
const COMMENT_LINE = /^\s*(?:\/\/|#|--)\s?(.*)$/;
/** A comment that stands above several values: "Required", "# Optional settings:". */
const LABEL = /^\W{0,10}(required|mandatory|optional)\b[\w\s(),-]{0,40}:?\W{0,10}$/i;

/**
 * Reads the comment behind a line of a code block, those right above it, and a label further up that holds for all lines
 * up to the next blank one.
 *
 * @param lines of the block
 * @param index of the line with the value
 */
export function remarkAt(lines: readonly string[], index: number): Remark {
  const behind = commentBehind((lines[index] ?? "").slice(0, 1_000));
  const above: string[] = [];
  for (let at = index - 1; at >= 0 && above.length < MAX_COMMENT_LINES; at -= 1) {
    const comment = COMMENT_LINE.exec((lines[at] ?? "").slice(0, 500))?.[1];
    if (comment === undefined) break;
    above.unshift(comment.trim());
  }
  const bracket = BRACKET.exec((lines[index] ?? "").slice(-100))?.[0];
  const comments = [...above, behind ?? bracket ?? ""].filter((comment) => comment !== "");
  const text = comments.join(" ");
  return {
    required: requiredInText(text) ?? labelAbove(lines, index),
    text: /[a-z]{2}\s+\S*[a-z]{2}/i.test(text) && !LABEL.test(text) ? text.slice(0, 500) : null,
  };
}

/** The comment behind the code of a line, outside quotes. An address's "//" is none. */
function commentBehind(line: string): string | null {
  const at = indexOutsideQuotes(line, (here) => {
    const isMark = line[here] === "#" || (line[here] === "/" && /[/*]/.test(line[here + 1] ?? ""));
    return isMark && (here === 0 || /[\s,]/.test(line[here - 1] ?? ""));
  });
  if (at < 0) return null;
  return line
    .slice(at + (line[at] === "#" ? 1 : 2))
    .replace(/\*\/$/, "")
    .trim();
}

/**
 * What a label further up says. It holds up to the next blank line, one in a frame up to the next frame, and a comment between them that
 * sets a condition ends it.
 */
function labelAbove(lines: readonly string[], index: number): boolean | null {
  let isParted = false;
  for (let at = index - 1; at >= 0 && at >= index - MAX_LINES_TO_LABEL; at -= 1) {
    const line = (lines[at] ?? "").slice(0, 500);
    if (/[{}]/.test(line)) return null;
    if (line.trim() === "") isParted = true;
    const comment = COMMENT_LINE.exec(line)?.[1]?.trim();
    if (comment === undefined || comment === "") continue;
    const isFramed = FRAMED.test(comment);
    const label = labelOf(comment);
    if (label !== null) return isFramed || !isParted ? label : null;
    if (isFramed || CONDITION.test(comment)) return null;
  }
  return null;
}

const FRAMED = /^\W{0,3}[=#*~─-]{2}/;
const CONDITION = /\b(if|when|only|unless|for|optional\w*|advanced|alternatively|or|default)\b/i;
const OF_SEVERAL = /\b(?:settings|variables|credentials|keys|values|configuration|config|options|parameters)\b/i;
const WITH_REMARK = /\((required|mandatory|optional)\)\W{0,10}$|^\W{0,10}(required|mandatory|optional)\s?[:–-]\s/i;

/** What a comment says that is a label for several values: "Required", "Credentials (required)", "Optional: other settings". */
function labelOf(comment: string): boolean | null {
  if (LABEL.test(comment)) return requiredInHeading(comment);
  const [, behind, before] = (OF_SEVERAL.test(comment) && WITH_REMARK.exec(comment)) || [];
  const word = behind ?? before;
  if (word === undefined || /\b(if|when|only|unless)\b/i.test(comment)) return null;
  return !/^optional/i.test(word);
}
