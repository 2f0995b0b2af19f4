/**
 * Returns where the first character of a line that stands outside quotes and matches is, or -1.
 *
 * @param matches is asked with the character's place and the last character before it that is no space, "" at the beginning
 */
export function indexOutsideQuotes(line: string, matches: (at: number, before: string) => boolean): number {
  let quote = "";
  let before = "";
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? "";
    if (quote !== "") {
      if (char === "\\") at += 1;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (matches(at, before)) return at;
    if (/\S/.test(char)) before = char;
  }
  return -1;
}
