// Recognizes in a crashed program's last lines which variables and arguments it misses. The forms are those of libraries (zod,
// pydantic, argparse, click, commander, yargs, clap, cobra) and of plain sentences, never of one server. What it returns are names as
// the program writes them; `missing-inputs.ts` finds the inputs that they mean.

/** A name that a program says it misses. */
export interface MissingName {
  /** "API_KEY", "--token", or the name of a position: "directory". */
  name: string;
  kind: "env" | "option" | "position";
  /** The line that says so, without terminal codes. */
  line: string;
}

const MAX_LINES = 200;
const MAX_LINE_CHARACTERS = 500;
const MAX_NAMES = 8;

const VARIABLE = /(?<![\w-])[A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10}(?![\w-])/g;
const SAYS_MISSING =
  /\b(?:required|missing|not (?:been )?(?:set|provided|defined|found|configured|specified|present)|must (?:be|provide|set|have)|undefined|unset|empty|please (?:set|provide|define|configure)|NotPresent)\b/i;
/** "No API key was found": two words with something in between. */
const SAYS_NO = /\bno\b/i;
const SAYS_GIVEN = /\b(?:provided|set|found|configured)\b/i;
/** Keeps a sentence about something else ("the moon is missing; see API_DOCS") from counting. */
const SPEAKS_OF_SETTINGS = /\benv\b|environment|variable|required|must|\bset\b|provide|credential|config|NotPresent/i;
/** Error codes and markers that look like variables. */
const NO_VARIABLE = /^(?:ERR|MODULE|E[A-Z]+|NODE|UNABLE|HTTP|INVALID|MISSING|CERT|SELF|DEPTH)_/;

/** Words of a line that begins a list of names, one on each line below. */
const OF_VARIABLES = /\bvariables?\b/i;
const ARE_MISSING = /\b(?:missing|required|following|undefined|not set)\b/i;
const ARGUMENTS_FOLLOW = /required arguments? (?:was|were) not provided:\s*$/i;

/** Forms with the names in one line, and what they name. */
const FORMS: { pattern: RegExp; kind: MissingName["kind"] }[] = [
  // Python: KeyError; Go: envconfig; Java: SmallRye and Spring
  { pattern: /^KeyError: ['"]([A-Za-z_]\w{1,99})['"]/, kind: "env" },
  { pattern: /required key ([A-Z]\w{1,99}) missing value/, kind: "env" },
  { pattern: /could not resolve placeholder '([\w.]{2,99})'/i, kind: "env" },
  { pattern: /config property ([\w.]{2,99}) is required/i, kind: "env" },
  // click and typer
  { pattern: /missing option ['"]?(--?[a-z][\w-]{0,60})/i, kind: "option" },
  // commander
  { pattern: /required option ['"](?:-\w, ?)?(--[a-z][\w-]{0,60})/i, kind: "option" },
  { pattern: /missing required argument ['"]([a-z][\w.-]{0,60})/i, kind: "position" },
  // plain sentences about an option
  {
    pattern:
      /(?:missing|requires?|must (?:specify|provide|pass|give|set)|please (?:specify|provide|pass|use|set))(?: the| a| an)?(?: required)?(?: option| flag| argument| parameter)?:? ['"]?(--[a-z][\w-]{0,60})/i,
    kind: "option",
  },
];

const OPTION = /(?<![\w-])--[a-z][\w-]*/gi;
const IS_MISSING = /^ (?:is|are|was) (?:required|missing|not (?:set|given|provided))\b/i;

/** Words that stand before names, and how the names are written. */
const PREFIXES: { prefix: string; until?: string; style: Style }[] = [
  // argparse
  { prefix: "the following arguments are required: ", style: "argparse" },
  { prefix: "one of the arguments ", until: " ", style: "argparse" },
  // click and typer
  { prefix: "missing argument ", until: " ", style: "position" },
  { prefix: "missing parameter: ", until: " ", style: "position" },
  // yargs
  { prefix: "missing required argument: ", style: "option" },
  { prefix: "missing required arguments: ", style: "option" },
  // cobra
  { prefix: "required flag(s) ", until: " not set", style: "option" },
];
type Style = "argparse" | "position" | "option";

/** Returns the names that a crashed program misses, in its order, at most eight. Empty when it speaks of something else. */
export function listMissingNames(output: readonly string[]): MissingName[] {
  const lines = output.slice(-MAX_LINES).map((line) => line.trimEnd().slice(0, MAX_LINE_CHARACTERS));
  const found = new Map<string, MissingName>();
  const add = (name: string, kind: MissingName["kind"], line: string) => {
    if (found.size < MAX_NAMES && !found.has(name)) found.set(name, { name, kind, line: line.trim() });
  };
  for (const { name, line } of listSchemaPaths(lines)) add(name, "env", line);
  for (const [index, line] of lines.entries()) {
    addFromLine(line, add);
    addFromBlock(lines, index, add);
    addFromChoice(lines, index, add);
  }
  if (found.size === 0) addFromAdvice(lines, add);
  if (found.size === 0) addFromUsage(lines, add);
  return [...found.values()];
}

type Add = (name: string, kind: MissingName["kind"], line: string) => void;

function addFromLine(line: string, add: Add): void {
  // A validator's report, which `listSchemaPaths` reads, holds names of fields that are right as well.
  for (const { pattern, kind } of FORMS) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) add(name, kind, line);
  }
  for (const { prefix, until, style } of PREFIXES) {
    const rest = readAfter(line, prefix, until);
    if (rest !== null) for (const part of rest.split(",").slice(0, MAX_NAMES)) addListed(part, style, line, add);
  }
  for (const { 0: option, index } of line.matchAll(OPTION)) {
    const rest = line.slice(index + option.length).replace(/^ <[^<>]{1,60}>/, "");
    if (IS_MISSING.test(rest)) add(option, "option", line);
  }
  const isMissing = SAYS_MISSING.test(line) || (SAYS_NO.test(line) && SAYS_GIVEN.test(line));
  if (!isMissing || !SPEAKS_OF_SETTINGS.test(line)) return;
  const names = [...line.matchAll(VARIABLE)].map(([name]) => name).filter((name) => !NO_VARIABLE.test(name));
  // Of "A or B is required" one is enough.
  const isChoice = /\bor\b|\beither\b/i.test(line);
  for (const name of isChoice ? names.slice(0, 1) : names) add(name, "env", line);
}

const CREDENTIALS = ["token", "key", "password", "credential", "secret"];
const ADVICE = ["pass ", "set ", "use ", "provide ", "export "];

/** "No access token was provided." and below it "Log in first, or pass --token / API_TOKEN." */
function addFromAdvice(lines: readonly string[], add: Add): void {
  for (const [index, line] of lines.entries()) {
    const isMissing = SAYS_MISSING.test(line) || (SAYS_NO.test(line) && SAYS_GIVEN.test(line));
    const below = lines[index + 1] ?? "";
    const holds = (text: string, words: readonly string[]) => words.some((word) => text.toLowerCase().includes(word));
    if (!isMissing || !holds(line, CREDENTIALS) || !holds(below, ADVICE)) continue;
    const name = [...below.matchAll(VARIABLE)].map(([found]) => found).find((found) => !NO_VARIABLE.test(found));
    if (name !== undefined) add(name, "env", below);
  }
}

/** Returns what follows the prefix, up to another text where one is given. Null without the prefix. Case does not matter. */
function readAfter(line: string, prefix: string, until: string | undefined): string | null {
  const at = line.toLowerCase().indexOf(prefix);
  if (at < 0) return null;
  const rest = line.slice(at + prefix.length);
  const end = until === undefined ? -1 : rest.indexOf(until);
  return end < 0 ? rest : rest.slice(0, end);
}

function addListed(part: string, style: Style, line: string, add: Add): void {
  const spellings = part
    .trim()
    .replace(/^["']/, "")
    .replace(/[."']{0,2}$/, "")
    .split("/");
  // argparse writes "-t/--token".
  const name = spellings.find((spelling) => spelling.startsWith("--")) ?? spellings[0] ?? "";
  if (!/^-{0,2}[A-Za-z][\w.-]{0,60}$/.test(name)) return;
  if (style === "position") add(name, "position", line);
  else if (style === "argparse") add(name, name.startsWith("-") ? "option" : "position", line);
  else add(name.startsWith("-") ? name : `--${name}`, "option", line);
}

const ONE_OF =
  /\bone of(?: the following)?(?: (?:flags|options|arguments|(?:environment )?variables))?:? {0,3}['"`]?(--[a-z][\w-]{0,60}|[A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})(?![\w-])/;

/** "Start it with one of the following flags: --a, --b", which a program can wrap. One of them is enough. */
function addFromChoice(lines: readonly string[], index: number, add: Add): void {
  const line = (lines[index] ?? "").trim();
  if (!/\bone of\b/.test(line)) return;
  const name = ONE_OF.exec(`${line} ${(lines[index + 1] ?? "").trim()}`)?.[1];
  if (name !== undefined) add(name, name.startsWith("-") ? "option" : "env", line);
}

function addFromBlock(lines: string[], index: number, add: Add): void {
  const line = lines[index] ?? "";
  const isVariables = line.endsWith(":") && OF_VARIABLES.test(line) && ARE_MISSING.test(line);
  if (isVariables || ARGUMENTS_FOLLOW.test(line)) {
    for (const below of lines.slice(index + 1, index + 21)) {
      const name = (isVariables ? /^\W{0,8}([A-Z][A-Z0-9_]{1,99})\b/ : /^\s{1,8}(--[\w-]{1,60}|<[\w.-]{1,60}>)/).exec(
        below,
      )?.[1];
      if (name === undefined) break;
      if (isVariables) add(name, "env", `${line} ${below.trim()}`);
      else if (name.startsWith("--")) add(name, "option", `${line} ${below.trim()}`);
      else add(name.slice(1, -1), "position", `${line} ${below.trim()}`);
    }
  }
  // pydantic prints a field's name on one line and its fault, indented, on the next.
  const field = /^([A-Za-z_]\w{1,99})$/.exec(line)?.[1];
  if (field !== undefined && /^\s+field required\b/i.test(lines[index + 1] ?? ""))
    add(field, "env", `${field}: ${(lines[index + 1] ?? "").trim()}`);
}

const ABSENT = String.raw`(?:required|[^"'\n]{0,60}received undefined)`;
/** zod's issues as JSON or as Node prints objects, over one or several lines; its flattened errors; its pretty form. */
const SCHEMA_FORMS = [
  new RegExp(
    String.raw`\bpath["']?:\s{0,20}\[\s{0,20}["']([A-Za-z_]\w{0,99})["']\s{0,20}\],\s{0,20}["']?message["']?:\s{0,20}["']${ABSENT}["']`,
    "gi",
  ),
  new RegExp(String.raw`\b["']?([A-Za-z_]\w{1,99})["']?:\s{0,20}\[\s{0,20}["']${ABSENT}["']`, "gi"),
  new RegExp(String.raw`${ABSENT}\s{1,20}→ at ([A-Za-z_]\w{1,99})`, "gi"),
];

/** Returns the fields that a schema's report calls absent. A report spans several lines. */
function listSchemaPaths(lines: string[]): { name: string; line: string }[] {
  const text = lines.join("\n");
  return SCHEMA_FORMS.flatMap((form) =>
    [...text.matchAll(form)].map(([, name = ""]) => ({ name, line: `${name}: required` })),
  );
}

/** A usage text as the whole complaint: "Usage: server <directory>". Not below an error about an option. */
function addFromUsage(lines: string[], add: Add): void {
  if (lines.some((line) => /unknown|unrecogni[sz]ed|unexpected|invalid|error|exception/i.test(line))) return;
  for (const line of lines) {
    const name = /^\s{0,8}usage:\s{1,4}\S{1,100}(?: [\w./-]{1,60})? <([a-z][\w .-]{0,60})>/i.exec(line)?.[1];
    if (name === undefined || /^(?:command|subcommand|cmd|options?|args?|arguments?)$/i.test(name)) continue;
    add(name, "position", line);
    return;
  }
}
