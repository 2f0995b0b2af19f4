import { isJavaScript, isOtherSource, isPython, type TextFile } from "../fetch/files.ts";

/** Returns whether a file is code in a language whose comments and strings are told apart here. */
export function isCode(path: string): boolean {
  return isJavaScript(path) || isPython(path) || (isOtherSource(path) && !/\.(properties|ya?ml)$/.test(path));
}

/**
 * Returns the names that a line of code uses: its identifiers, and its strings that are one word, begin with a flag or are replaced
 * whole: `${NAME}`. Comments and prose in strings are left out, because a name in them is read by no program. Runs once over the text up to that line.
 *
 * @param line counted from 1
 */
export function readNamesInCode(file: TextFile, line: number): Set<string> {
  const names = new Set<string>();
  const { text } = file;
  const isHash = isPython(file.path);
  let at = 1;
  let index = 0;
  const skipTo = (end: number) => {
    for (; index < end; index += 1) if (text[index] === "\n") at += 1;
  };
  while (index < text.length && at <= line) {
    const char = text[index] ?? "";
    const opener = isHash ? (char === "#" ? "#" : "") : text.startsWith("//", index) ? "//" : "";
    if (opener !== "") skipTo(endOf(text, "\n", index));
    else if (!isHash && text.startsWith("/*", index)) skipTo(endOf(text, "*/", index + 2) + 2);
    else if (char === '"' || char === "'" || char === "`") {
      const quote = isHash && text.startsWith(char.repeat(3), index) ? char.repeat(3) : char;
      const start = index + quote.length;
      const end = endOfString(text, quote, start);
      if (at === line) addString(text.slice(start, end), names);
      skipTo(Math.min(text.length, end + quote.length));
    } else if (/[A-Za-z_$]/.test(char)) {
      const start = index;
      while (index < text.length && /[\w$]/.test(text[index] ?? "")) index += 1;
      if (at === line) names.add(text.slice(start, index));
    } else skipTo(index + 1);
  }
  return names;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end;
}

/** A string in single or double quotes ends with its line at the latest. */
function endOfString(text: string, quote: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === "\\") index += 1;
    else if (text.startsWith(quote, index)) return index;
    else if (text[index] === "\n" && quote.length === 1 && quote !== "`") return index;
  }
  return text.length;
}

function addString(content: string, names: Set<string>): void {
  if (/^[\w.-]{1,200}$|^\$\{[^{}]{1,200}\}$/.test(content)) names.add(content);
  // "-k, --api-key <key>" declares flags; prose that names one does not begin with it.
  if (!/^--?\w/.test(content)) return;
  for (const word of content
    .slice(0, 200)
    .split(/[\s,|=]+/)
    .slice(0, 3))
    if (/^--?[A-Za-z][\w-]*$/.test(word)) names.add(word);
}
