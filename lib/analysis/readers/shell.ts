/** One command of a shell text: leading variable assignments, then its words. */
export interface ShellCommand {
  assignments: { name: string; value: string }[];
  words: string[];
  /** 0-based line where the command begins. */
  line: number;
}

const MAX_TEXT_LENGTH = 20_000;

/**
 * Splits shell text into commands, for the syntax that documentation uses: quotes, backslashes, continued lines,
 * comments, `&&`, `;` and `|`. Expands and runs nothing. An unbalanced quote ends with its line.
 */
export function parseShell(text: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word: string | null = null;
  let line = 0;
  let startLine = 0;
  const endWord = () => {
    if (word !== null) {
      if (words.length === 0) startLine = line;
      words.push(word);
    }
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(commandOf(words, startLine));
    words = [];
  };
  const source = text.slice(0, MAX_TEXT_LENGTH);
  for (let index = 0; index < source.length; index += 1) {
    const char = source[index] ?? "";
    if (char === "\n") {
      endCommand();
      line += 1;
    } else if (
      char === "\\" ||
      (char === "`" && source[index + 1] === "\n") ||
      (char === "^" && source[index + 1] === "\n")
    ) {
      if (source[index + 1] === "\n") {
        endWord();
        line += 1;
      } else if (char === "\\") word = (word ?? "") + (source[index + 1] ?? "");
      index += 1;
    } else if (char === "'" || char === '"') {
      const end = closingQuote(source, index);
      word = (word ?? "") + unescapeQuoted(source.slice(index + 1, end), char);
      line += source.slice(index, end).split("\n").length - 1;
      index = end;
    } else if (substitutionAt(source, index) !== null) {
      const substitution = substitutionAt(source, index) ?? "";
      word = (word ?? "") + substitution;
      index += substitution.length - 1;
    } else if (word === null && placeholderAt(source, index) !== null) {
      word = placeholderAt(source, index) ?? "";
      index += word.length - 1;
    } else if (char === "#" && word === null) {
      const end = source.indexOf("\n", index);
      index = (end < 0 ? source.length : end) - 1;
    } else if (char === ";" || char === "|" || (char === "&" && source[index + 1] === "&")) {
      endCommand();
      if (source[index + 1] === char) index += 1;
    } else if (/\s/.test(char)) endWord();
    else word = (word ?? "") + char;
  }
  endCommand();
  return commands;
}

const MAX_SUBSTITUTION_LENGTH = 200;

/** A command whose output is part of a word: `$(docker volume create data):/data`. */
function substitutionAt(source: string, start: number): string | null {
  if (source[start] !== "$" || source[start + 1] !== "(") return null;
  let depth = 0;
  for (let index = start + 1; index < Math.min(source.length, start + MAX_SUBSTITUTION_LENGTH); index += 1) {
    if (source[index] === "\n") return null;
    if (source[index] === "(") depth += 1;
    if (source[index] === ")") depth -= 1;
    if (depth === 0) return source.slice(start, index + 1);
  }
  return null;
}

const MAX_PLACEHOLDER_LENGTH = 120;

/** A placeholder of several words: `[path to your file]`, `<your key>`. A shell's own brackets have a space, a dash or nothing behind them. */
function placeholderAt(source: string, start: number): string | null {
  const close = { "[": "]", "<": ">" }[source[start] ?? ""];
  if (close === undefined) return null;
  const end = source.slice(start, start + MAX_PLACEHOLDER_LENGTH).indexOf(close);
  const text = end < 0 ? "" : source.slice(start, start + end + 1);
  return /^.[A-Za-z][\w'/.,:|-]*(?: [\w'/.,:|-]+)+.$/.test(text) ? text : null;
}

function closingQuote(source: string, start: number): number {
  const quote = source[start];
  for (let index = start + 1; index < source.length; index += 1) {
    if (source[index] === "\\" && quote === '"') index += 1;
    else if (source[index] === quote) return index;
  }
  const lineEnd = source.indexOf("\n", start);
  return lineEnd < 0 ? source.length : lineEnd - 1;
}

function unescapeQuoted(text: string, quote: string): string {
  return quote === '"' ? text.replace(/\\(["\\$`])/g, "$1").replace(/\\\n/g, "") : text;
}

function commandOf(words: string[], line: number): ShellCommand {
  const assignments: ShellCommand["assignments"] = [];
  let rest = words[0] === "$" || words[0] === ">" ? words.slice(1) : words;
  if (rest[0] === "export" || rest[0] === "set" || rest[0] === "env") rest = rest.slice(1);
  // `setx NAME value` of Windows and `set -x NAME value` of fish
  const setter = rest[0] === "setx" ? 1 : /^-[gUx]{1,3}$/.test(rest[0] ?? "") && words[0] === "set" ? 1 : 0;
  if (setter === 1 && rest.length === 3 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest[1] ?? "")) {
    assignments.push({ name: rest[1] ?? "", value: rest[2] ?? "" });
    rest = [];
  }
  const shell = /^\$env:([A-Za-z_][A-Za-z0-9_]*)$/i.exec(rest[0] ?? "")?.[1];
  if (shell !== undefined && rest[1] === "=") {
    assignments.push({ name: shell, value: rest[2] ?? "" });
    rest = rest.slice(3);
  }
  while (rest[0] !== undefined) {
    const pair = /^(?:\$[Ee]nv:)?([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(rest[0]);
    if (!pair?.[1]) break;
    assignments.push({ name: pair[1], value: pair[2] ?? "" });
    rest = rest.slice(1);
  }
  return { assignments, words: rest, line };
}
