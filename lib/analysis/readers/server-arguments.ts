import type { InputFinding } from "../inputs/findings.ts";
import {
  formatLabel,
  isNetworkTransport,
  isProgramFlag,
  isSecretName,
  isTransportName,
} from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { isRuntimeFlag } from "../inputs/steering-variables.ts";
import type { Provenance } from "../spec.ts";

const MAX_ARGUMENTS = 60;
const FLAG = /^--?[A-Za-z][\w.-]*$/;

/** The file that a package starts by itself: people write it behind the package's name too. */
const OWN_MAIN_FILE = /^(?:\.\/)?(?:(?:dist|build|src)\/)?index\.[mc]?[jt]s$/;

/**
 * Tells the literal arguments of a command in documentation from those that a person fills in. The value of an example is
 * never literal: a URL, a path, a name or a number stands where the person's own goes. Literal are flags without a value,
 * the transport, and plain lower-case words, which name subcommands.
 */
export function readArguments(args: string[], provenance: Provenance): { literal: string[]; found: InputFinding[] } {
  const literal: string[] = [];
  const found: InputFinding[] = [];
  let position = 0;
  for (let index = 0; index < args.length && index < MAX_ARGUMENTS; index += 1) {
    const word = args[index] ?? "";
    const next = args[index + 1];
    const inline = /^(--?[A-Za-z][\w.-]*)=([\s\S]*)$/.exec(word);
    if (isRuntimeFlag(word)) {
      if (!inline && next !== undefined && !next.startsWith("-")) index += 1;
    } else if (inline?.[1]) {
      if (choosesTransport(inline[1], inline[2] ?? "")) literal.push(word);
      else found.push(argumentFinding(inline[1], inline[2] ?? "", `${inline[1]}={value}`, provenance));
    } else if (FLAG.test(word) && next !== undefined && !/^[[(]?-/.test(next)) {
      if (choosesTransport(word, next)) literal.push(word, next);
      else found.push(argumentFinding(word, next, null, provenance));
      index += 1 + countFurtherValues(args.slice(index + 1));
    } else if (word.startsWith("-")) literal.push(word);
    else if (isOptionsNote(word)) index = endOfNote(args, index);
    else if (offersStdio(word)) literal.push("stdio");
    else if (OWN_MAIN_FILE.test(word)) continue;
    else if (position === 0 && isSubcommand(word)) literal.push(word);
    else {
      found.push({
        ...argumentFinding(`position ${position}`, word, null, provenance),
        label: secretLabel(word) ?? positionLabel(word),
        secret:
          secretLabel(word) !== null ||
          /:\/\/[^/\s:@]*:[^/\s@]*@|^(postgres(ql)?|mysql|mongodb(\+srv)?|rediss?|mssql):\/\//i.test(word)
            ? true
            : null,
        type: /^[a-z][a-z0-9+.-]*:\/\//i.test(word) ? null : /path|dir|folder|file|^[/~.]/i.test(word) ? "path" : null,
      });
      position += 1;
    }
  }
  return { literal, found: found.filter((one) => !isProgramFlag(one.key) && !isTransportName(one.key)) };
}

/**
 * Counts the plain words behind an option's first value that are values of it, too: `-d core work work-items`. A single one can be the
 * subcommand that the option stands before.
 */
function countFurtherValues([value = "", ...behind]: string[]): number {
  const end = behind.findIndex((word) => word.startsWith("-"));
  const words = end < 0 ? behind : behind.slice(0, end);
  return words.length >= 2 && [value, ...words].every(isSubcommand) ? words.length : 0;
}

function choosesTransport(flag: string, value: string): boolean {
  return (isTransportName(flag) || /^--?(mode|t)$/.test(flag)) && (value === "stdio" || isNetworkTransport(value));
}

/** Usage texts write "[options]", "[--flag]" or "(--flag)" where options may stand. */
function isOptionsNote(word: string): boolean {
  if (/^[[(]-/.test(word) || word === "[...]") return true;
  return word.startsWith("[") && word.endsWith("]") && /options|flags|args|arguments/i.test(word);
}

/** The last word of an option that a usage text has in brackets: "[--port PORT]", "(--dir DIRECTORY)". */
function endOfNote(args: readonly string[], start: number): number {
  const words = args.slice(start, start + MAX_NOTE_WORDS);
  const end = words[0]?.startsWith("(") ? ")" : "]";
  const length = words.findIndex((word) => word.endsWith(end));
  return length < 0 ? start : start + length;
}

const MAX_NOTE_WORDS = 5;

/** A choice of transports, as a usage text writes it: "{stdio,sse}", "<stdio|http>". */
function offersStdio(word: string): boolean {
  const choices = /^[{<(]([\w,|-]{3,200})[}>)]$/.exec(word)?.[1]?.split(/[,|]/) ?? [];
  return choices.length > 1 && choices.includes("stdio");
}

/** A plain lower-case word names a subcommand, as against a value of the person's own. */
function isSubcommand(word: string): boolean {
  return /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/.test(word) && word.length <= 40 && !isPlaceholder(word, "");
}

/** The name of a credential that an example stands for: `<YOUR_API_KEY>`, `ACCOUNT_SID/API_KEY:API_SECRET`. */
function secretLabel(word: string): string | null {
  const parts = word
    .slice(0, 200)
    .split(/[/:@,]/)
    .map((part) => withoutBrackets(part).replace(/^(?:(?:your|my)[-_ ]|YOUR(?=[A-Z]))/i, ""));
  const isName = (part: string) => /^([A-Z][A-Z0-9]*([_-][A-Z0-9]+)*|[a-z]+([_-][a-z0-9]+)+)$/.test(part);
  if (!parts.every(isName) || !parts.some((part) => isSecretName(part))) return null;
  return parts.map(formatLabel).join(" / ").slice(0, 200);
}

/** Removes the brackets and quotes around a placeholder. */
function withoutBrackets(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && "<[{$\"'".includes(text[start] ?? "")) start++;
  while (end > start && ">]}\"'".includes(text[end - 1] ?? "")) end--;
  return text.slice(start, end);
}

function positionLabel(word: string): string | null {
  const scheme = /^([a-z][a-z0-9]*)(?:[+.-][a-z0-9+.-]*)?:\/\//i.exec(word)?.[1]?.toLowerCase();
  if (scheme) return /^https?$/.test(scheme) ? "URL" : "Connection URL";
  const named =
    /^[<[{$]+(?:input:)?([A-Za-z][\w -]{1,40}?)[>\]}]+$/.exec(word)?.[1] ??
    /^(?:your|my)[-_ ]([\w -]{2,40})$/i.exec(word)?.[1];
  if (named) return formatLabel(named.replace(/^(your|my)[-_ ]/i, ""));
  if (/^[/~.]|[\\/]/.test(word)) return /\.[a-z0-9]{1,6}$/i.test(word) ? "File" : "Directory";
  return null;
}

function argumentFinding(key: string, written: string, template: string | null, provenance: Provenance): InputFinding {
  return {
    key,
    target: "arg",
    evidence: "shown",
    provenance,
    placeholder: written.slice(0, 200) || null,
    template,
    label: key.startsWith("-") ? formatLabel(key) : null,
    secret: key.startsWith("-") && isSecretName(key) ? true : null,
  };
}
