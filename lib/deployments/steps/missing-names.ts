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
  /\b(?:required|missing|not (?:been )?(?:set|provided|defined|found|configured|specified|present)|must (?:be|provide|set|have)|undefined|unset|empty|please (?:set|provide|define|configure)|NotPresent|no .{0,40}(?:provided|set|found|configured))\b/i;
/** Keeps a sentence about something else ("the moon is missing; see API_DOCS") from counting. */
const SPEAKS_OF_SETTINGS = /\benv\b|environment|variable|required|must|\bset\b|provide|credential|config|NotPresent/i;
/** Error codes and markers that look like variables. */
const NO_VARIABLE = /^(?:ERR|MODULE|E[A-Z]+|NODE|UNABLE|HTTP|INVALID|MISSING|CERT|SELF|DEPTH)_/;

/** Lines that begin a list of names, one on each line below. */
const VARIABLES_FOLLOW = /\b(?:missing|required|following|undefined|not set)\b.{0,80}\bvariables?\b.{0,80}:\s*$/i;
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
  { pattern: /missing (?:argument|parameter)[:]? ['"]?([a-z][\w.-]{0,60})/i, kind: "position" },
  // argparse
  { pattern: /one of the arguments (--?[a-z][\w-]{0,60}) .{0,200}is required/i, kind: "option" },
  // commander
  { pattern: /required option ['"](?:-\w, ?)?(--[a-z][\w-]{0,60})/i, kind: "option" },
  { pattern: /missing required argument ['"]([a-z][\w.-]{0,60})/i, kind: "position" },
  // plain sentences about an option
  {
    pattern: /(--[a-z][\w-]{0,60})(?: <[^<>]{1,60}>)? (?:is|are|was) (?:required|missing|not (?:set|given|provided))/i,
    kind: "option",
  },
  {
    pattern:
      /(?:missing|requires?|must (?:specify|provide|pass|give|set)|please (?:specify|provide|pass|use|set))(?: the| a| an)?(?: required)?(?: option| flag| argument| parameter)?:? ['"]?(--[a-z][\w-]{0,60})/i,
    kind: "option",
  },
];

/** Forms that are followed by a list of names in the same line. */
const LISTS: { pattern: RegExp; kind: "argparse" | "yargs" | "cobra" }[] = [
  { pattern: /the following arguments are required: (.{1,300})$/i, kind: "argparse" },
  { pattern: /missing required arguments?: (.{1,300})$/i, kind: "yargs" },
  { pattern: /required flag\(s\) (.{1,300}) not set/i, kind: "cobra" },
];

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
  }
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
  for (const { pattern, kind } of LISTS) {
    const rest = pattern.exec(line)?.[1];
    if (rest !== undefined) for (const part of rest.split(",").slice(0, MAX_NAMES)) addListed(part, kind, line, add);
  }
  if (!SAYS_MISSING.test(line) || !SPEAKS_OF_SETTINGS.test(line)) return;
  const names = [...line.matchAll(VARIABLE)].map(([name]) => name).filter((name) => !NO_VARIABLE.test(name));
  // Of "A or B is required" one is enough.
  const isChoice = /\bor\b|\beither\b/i.test(line);
  for (const name of isChoice ? names.slice(0, 1) : names) add(name, "env", line);
}

function addListed(part: string, kind: (typeof LISTS)[number]["kind"], line: string, add: Add): void {
  const spellings = part
    .trim()
    .replace(/^["']|["']$/g, "")
    .split("/");
  // argparse writes "-t/--token".
  const name = spellings.find((spelling) => spelling.startsWith("--")) ?? spellings[0] ?? "";
  if (!/^-{0,2}[A-Za-z][\w.-]{0,60}$/.test(name)) return;
  if (kind === "argparse") add(name, name.startsWith("-") ? "option" : "position", line);
  else add(name.startsWith("-") ? name : `--${name}`, "option", line);
}

function addFromBlock(lines: string[], index: number, add: Add): void {
  const line = lines[index] ?? "";
  const isVariables = VARIABLES_FOLLOW.test(line);
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
