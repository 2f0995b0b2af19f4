import { dirname } from "node:path/posix";
import { upperName } from "../../inputs/input-names.ts";
import type { OtherCommands } from "./go-commands.ts";
import { flagCallAt, isOfOtherCommand } from "./go-flags.ts";
import { flagHeldAt, isEmpty } from "./held-flags.ts";
import type { ParsedFile } from "./learn.ts";
import type { BraceProject } from "./project.ts";
import { readAt } from "./reads.ts";
import type { Token } from "./tokens.ts";

const MAX_HOLDERS = 300;
/** Tokens of the value that is assigned to a name. */
const MAX_VALUE = 40;

/** A name that gets a value. */
interface Assignment {
  name: string;
  /** Where the name stands. */
  at: number;
  /** Of an object: `cfg.Key = …`, `Config{Key: …}`. */
  isField: boolean;
  value: readonly Token[];
}

type GoFile = ParsedFile & { assignments: readonly Assignment[] };

/**
 * Records the names that hold flags of Go programs which are empty by themselves, so that what asks whether such a name is empty asks for
 * the flag: variables of packages and functions, and fields. A name that also gets something else says nothing of its flag.
 *
 * @param prefix of the variables that a library reads for all flags, where one does
 */
export function learnFlagValues(
  parsed: readonly ParsedFile[],
  others: OtherCommands,
  prefix: string | null,
  project: BraceProject,
): void {
  const files = parsed.flatMap((one): GoFile[] =>
    one.language === "go" ? [{ ...one, assignments: assignmentsIn(one.tokens) }] : [],
  );
  let found = 0;
  for (const one of files) {
    for (let at = 0; at < one.tokens.length && found < MAX_HOLDERS; at += 1) {
      const flag = flagCallAt(one.tokens, at, project);
      if (!flag || others.has(one.file.path, at) || isOfOtherCommand(one.tokens, at, others)) continue;
      const key = emptyKey(flag, one.tokens, prefix, project);
      if (key === null) continue;
      if (key === `--${flag.name}`) project.flags.set(flag.name, key);
      const assigned = one.assignments.find(({ value }) => value[0] === one.tokens[at]);
      const holder = flag.holder ?? assigned;
      if (!holder) continue;
      found += 1;
      if (holder.isField) noteField(project, holder.name, key);
      else hold(one, at, holder.name, key, files, project);
    }
  }
  for (const file of files) for (const one of file.assignments) noteGiven(one, file.tokens, project);
}

/** The flag's own key where it has no value by itself, the variable that its value comes from, or null where it has another. */
function emptyKey(
  { name, fallback }: { name: string; fallback: { from: number; to: number } },
  tokens: readonly Token[],
  prefix: string | null,
  project: BraceProject,
): string | null {
  if (isEmpty(tokens.slice(fallback.from, fallback.to)))
    return prefix === null ? `--${name}` : `${prefix}_${upperName(name)}`;
  const read = readAt(tokens, fallback.from, "go", project);
  return read?.end === fallback.to && read.fallback === "none" && !read.others ? read.key : null;
}

function noteField(project: BraceProject, name: string, key: string): void {
  const known = project.flagFields.get(name);
  project.flagFields.set(name, known === undefined || known === key ? key : null);
}

/** Notes a variable for the function that declares it, or for all files of its package. */
function hold(
  one: GoFile,
  at: number,
  name: string,
  key: string,
  files: readonly GoFile[],
  project: BraceProject,
): void {
  // The widest function: those without a name that lie in it see what it declares.
  const outer = one.functions.filter(({ from, to }) => at >= from && at <= to).toSorted((a, b) => a.from - b.from)[0];
  const isLocal = outer !== undefined && isDeclared(one.tokens, outer.from, outer.to, name);
  const folder = dirname(one.file.path);
  const seenBy = isLocal ? [one] : files.filter(({ file }) => dirname(file.path) === folder);
  const isWithin = (token: number) => !isLocal || (token >= outer.from && token <= outer.to);
  const getsOther = seenBy.some(({ assignments }) =>
    assignments.some((each) => each.name === name && !each.isField && isWithin(each.at) && !isOwnValue(each)),
  );
  if (getsOther) return;
  for (const { tokens } of seenBy) {
    const holders = project.flagHolders.get(tokens) ?? new Map<string, { key: string; from: number; to: number }[]>();
    const range = isLocal ? { from: outer.from, to: outer.to } : { from: 0, to: tokens.length };
    holders.set(name, [...(holders.get(name) ?? []), { key, ...range }]);
    project.flagHolders.set(tokens, holders);
  }
  // Other packages name it behind its own: `config.Key`.
  if (!isLocal && /^[A-Z]/.test(name)) noteField(project, name, key);
}

/** `var key string`, `var key, url string`, `key := …` */
function isDeclared(tokens: readonly Token[], from: number, to: number, name: string): boolean {
  for (let at = from; at < to; at += 1) {
    if (tokens[at]?.value !== name || tokens[at]?.kind !== "word" || tokens[at - 1]?.value === ".") continue;
    if (tokens[at + 1]?.value === ":=" || tokens[at - 1]?.value === "var" || tokens[at + 1]?.value === "string")
      return true;
  }
  return false;
}

/** Notes what a place gives a field: another name's flag, `Config{Key: *key}`, or a value that tells that its own flag is not all. */
function noteGiven(one: Assignment, tokens: readonly Token[], project: BraceProject): void {
  if (!one.isField) return;
  const [only, ...rest] = one.value.filter(({ value }) => value !== "*");
  const held = only?.kind === "word" && rest.length === 0 ? flagHeldAt(project, tokens, one.at, only.value) : null;
  const isMember = tokens[one.at + 1]?.value === ":";
  if (held !== null && isMember) noteField(project, one.name, held);
  else if (held === null && project.flagFields.has(one.name) && !isOwnValue(one))
    project.flagFields.set(one.name, null);
}

/** The names of a file that get a value, with the line of the value. */
function assignmentsIn(tokens: readonly Token[]): Assignment[] {
  const found: Assignment[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "mark") continue;
    const isMember = token.value === ":" && /^[{,]$/.test(tokens[at - 2]?.value ?? "");
    if (!isMember && token.value !== "=" && token.value !== ":=") continue;
    let end = at + 1;
    while (end < at + MAX_VALUE && tokens[end]?.line === tokens[at + 1]?.line && !isEnd(tokens[end], isMember))
      end += 1;
    const value = tokens.slice(at + 1, end);
    let name = at - 1;
    // `var key string = …`
    if (tokens[name]?.value === "string" && tokens[name - 1]?.kind === "word") name -= 1;
    for (; tokens[name]?.kind === "word"; name -= 2) {
      const isField = isMember || tokens[name - 1]?.value === ".";
      found.push({ name: tokens[name]?.value ?? "", at: name, isField, value });
      if (tokens[name - 1]?.value !== ",") break;
    }
  }
  return found;
}

/** What ends a member's value on its line. */
function isEnd(token: Token | undefined, isMember: boolean): boolean {
  return isMember && token?.kind === "mark" && (token.value === "," || token.value === "}");
}

/** Whether a value is a flag, a text, a variable of the environment, or made of the name that gets it. */
function isOwnValue({ name, value }: Assignment): boolean {
  if (value[0]?.kind === "text") return true;
  return value.some(({ kind, value: word }) => kind === "word" && (word === name || OWN_WORD.test(word)));
}

const OWN_WORD = /env|flag|^String(Slice|Array)?P?$/i;
