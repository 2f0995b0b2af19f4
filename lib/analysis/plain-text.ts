/**
 * Control characters, and characters that people do not see: zero width, bidirectional marks and overrides, tags, variation
 * selectors, private use. Foreign text can hide words in them, or show its letters in another order than they have.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Variation_Selector}\u115f\u1160\u17b4\u17b5\u3164\uffa0]+/gu;

/** Reduces foreign text to one line that reads as it is written, at most `maxLength` characters long. */
export function toPlainLine(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength * 4)
    .replace(/[\s\u2028\u2029]+/g, " ")
    .replace(UNSEEN, "")
    .trim()
    .slice(0, maxLength)
    .toWellFormed();
}

/** Removes what people do not see from foreign text, and keeps its lines. */
export function toVisibleText(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (unseen) => unseen.replace(/[^\n\t]+/g, ""));
}

/** Returns whether people see all of a text. Line breaks and tabs are allowed. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && toVisibleText(text) === text;
}
