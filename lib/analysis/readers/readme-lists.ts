import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName, isTransportName, upperName } from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { stripMarkdown, type TableRow, tableRows } from "./markdown.ts";
import { readSections, readStatements, type Section } from "./readme-sections.ts";
import { requiredInText } from "./requirement-words.ts";

const MAX_FINDINGS = 300;

/**
 * Reads the tables and lists that explain variables and flags: description, required, default. A table under a heading
 * such as "Environment variable" counts as showing its variables. Any other place only mentions them.
 */
export function readVariableLists(file: TextFile): Findings {
  const sections = readSections(file.text);
  const rows = tablesOf(tableRows(file.text)).flatMap((table) => fromTable(table, file.path, sections));
  const inputs = [...rows, ...fromItems(file, sections), ...readStatements(file)];
  return { ...noFindings(), inputs: inputs.slice(0, MAX_FINDINGS) };
}

/** Parts rows into tables: rows of one share their header. */
function tablesOf(rows: TableRow[]): TableRow[][] {
  return [...Map.groupBy(rows, (row) => row.header).values()];
}

/** Reads one table. One that demands a network transport is about that way to run the server, and demands nothing for stdio. */
function fromTable(rows: TableRow[], path: string, sections: readonly Section[]): InputFinding[] {
  const found = rows.flatMap((row) => fromRow(row, path, sections[row.line - 1]));
  const isNetwork = found.some(({ key, required }) => required === true && isNetworkSwitch(key));
  return isNetwork ? found.map((one) => ({ ...one, required: one.required === true ? null : one.required })) : found;
}

/** Returns whether a variable or flag switches a network transport on, by its name. */
function isNetworkSwitch(key: string): boolean {
  return isTransportName(key) && /(^|_)(HTTP|SSE|STREAMABLE_HTTP)(_MODE|_ENABLED|_SERVER)?$/.test(upperName(key));
}

function column(row: TableRow, pattern: RegExp): string | null {
  const index = row.header.findIndex((header) => pattern.test(header));
  return index < 0 ? null : (row.cells[index] ?? null);
}

function fromRow(row: TableRow, path: string, section: Section | undefined): InputFinding[] {
  const own = namesOfRow(row);
  if (own.length === 0) return [];
  const names = [...own, ...variableBeside(own, row.cells.join(" "))];
  const said = column(row, REQUIRED_COLUMN) ?? remarkOf(row);
  const optional = column(row, /optional/);
  const fallback = column(row, /default/);
  const described = column(row, /descri|purpose|meaning|what|notes?|explan|usage|details/) ?? row.cells.at(-1) ?? "";
  const text = isProse(described) ? stripMarkdown(described) : "";
  const written = fallback === null ? "" : stripMarkdown(fallback);
  const none =
    written === "" ||
    /^(-+|—|–|none|n\/a|null|undefined|empty|not set|unset|\(?(required|optional)\)?|no default|see .*)$/i.test(
      written,
    );
  return names.map((key) => ({
    key,
    target: key.startsWith("-") ? "arg" : "env",
    evidence: "mentioned",
    isListed: section?.isListing === true || row.header.some((header) => /variable/.test(header)),
    provenance: { from: "readme", where: `${path}:${row.line}` },
    required:
      saysRequired(said) ??
      (optional === null ? null : invert(saysRequired(optional))) ??
      requiredInText(text) ??
      requiredInText(row.cells.join(" ")) ??
      (/^["'`\s]*\(?empty( string)?\)?["'`\s]*$|^(""|'')(\s*\(empty\))?$/i.test(written) ? false : null) ??
      section?.required ??
      null,
    description: text === "" ? null : text.slice(0, 1_000),
    default: none ? null : writtenDefault(fallback ?? "", key),
  }));
}

/** The names in a row's first column, or its second. A flag and the variable that does the same stand in one each. */
function namesOfRow(row: TableRow): string[] {
  const [first = [], second = []] = row.cells.slice(0, 2).map((text) => namesIn(text));
  const isFlag = (name: string | undefined) => name?.startsWith("-") === true;
  const isPair = first.length === 1 && second.length === 1 && isFlag(first[0]) !== isFlag(second[0]);
  if (isPair) return [...first, ...second];
  return first.length > 0 ? first : second;
}

/** What stands before the variable that does the same as a flag: "*env* `NAME`", "[env: NAME]", "environment variable NAME". */
const ENV_NOTE =
  /\benv(?:ironment)?(?: ?var(?:iable)?)?\b[\s*:=_(`$]{1,6}([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})(?![A-Z0-9_])/i;

/** The variable that the explanation of a single flag names as doing the same. */
function variableBeside(names: readonly string[], text: string): string[] {
  const [flag] = names;
  const noted = names.length === 1 && flag?.startsWith("-") ? ENV_NOTE.exec(text.slice(0, 2_000))?.[1] : undefined;
  return noted !== undefined && isEnvName(noted) ? [noted] : [];
}

/** Further names that an item speaks of: "Set `A_USER` and `A_PASSWORD` to …". */
function namesBehind(rest: string): string[] {
  const names: string[] = [];
  let text = rest.slice(0, 500);
  for (let next = NEXT_NAME.exec(text); next?.[1] && names.length < 6; next = NEXT_NAME.exec(text)) {
    if (isEnvName(next[1]) && next[1].includes("_")) names.push(next[1]);
    text = text.slice(next[0].length);
  }
  return names;
}

const NEXT_NAME = /^\s{0,3}(?:,\s?(?:and\s|or\s)?|and\s|or\s|&\s?|\+\s?|\/\s?)[`*]{1,3}([A-Z][A-Z0-9_]{2,99})[`*]{1,3}/;

/** Returns whether a cell describes, as against a bare yes, a sign or a type. */
function isProse(cell: string): boolean {
  return /[a-z]{2}\s+\S*[a-z]{2}/i.test(stripMarkdown(cell));
}

function namesIn(cell: string): string[] {
  const names = stripMarkdown(cell.replaceAll("`", " "))
    .split(/[\s,/]+/)
    .map((word) => word.replace(/[=:].*/s, ""));
  const isName = (word: string) => (isEnvName(word) && word.includes("_")) || /^--[a-z][\w-]+$/.test(word);
  return names.every(
    (word) => isName(word) || /^(or|and|\(?(required|optional)\)?|\*+|<.*>|\[.*\]|-\w|✅|❌)?$/i.test(word),
  )
    ? names.filter(isName)
    : [];
}

/** Returns the default in a cell: a quoted or marked value, or a single word. Prose is not a default. */
function writtenDefault(cell: string, key: string): string | null {
  const code = codeText(cell);
  const marked = code === undefined ? quotedText(cell) : (quotedText(code) ?? (/["']/.test(code) ? undefined : code));
  const value = (marked ?? stripMarkdown(cell)).trim();
  if (value === "" || (marked === undefined && /[\s"']/.test(value)) || value.includes("\\")) return null;
  return isPlaceholder(value, key) ? null : value.slice(0, 500);
}

function codeText(cell: string): string | undefined {
  const text = cell.trim();
  if (!text.startsWith("`") || !text.endsWith("`")) return undefined;
  const inside = text.replace(/^`+/, "").replace(/(?<!`)`+$/, "");
  return inside === "" || inside.includes("`") ? undefined : inside;
}

function quotedText(text: string): string | undefined {
  return /^["']([^"']*)["']$/.exec(text.trim())?.[1];
}

/** Headers of the column that tells what is required, also in other languages. */
const REQUIRED_COLUMN =
  /required|mandatory|\bneeded\b|obligat|pflicht|erforderlich|requis|requerid|必填|必须|必須|必需|必要|обязательн/;
const YES =
  /^\P{L}{0,10}(yes|true|required|mandatory|always|y|x|ja|sí|si|oui|sim|да|是|必填|必须|必須|必需|はい|○|◯)(?!\p{L})[^\p{L}(*]{0,20}$/u;
const NO = /^\P{L}{0,10}(no|false|optional|nein|non|não|нет|否|可选|可選|选填|任意|いいえ|×)(?!\p{L})/u;
/** Names of signs as GitHub writes them, and the signs themselves. */
const CHECK_MARK = /^(✅|✓|✔|☑|:white_check_mark:|:heavy_check_mark:|:ballot_box_with_check:)\P{L}*$/u;
const CROSS = /^(❌|✗|✘|✖|-|—|:x:|:heavy_multiplication_x:|:negative_squared_cross_mark:|n\b)/u;

/** Reads a plain yes or no. Returns null for conditions such as "yes, unless …". */
function saysRequired(cell: string | null): boolean | null {
  if (cell === null) return null;
  const text = stripMarkdown(cell).toLowerCase();
  if (CROSS.test(text) || text === "") return false;
  if (YES.test(cell.toLowerCase().replace(/[`_]|\*\*/g, "")) || CHECK_MARK.test(text)) return true;
  return NO.test(text) ? false : null;
}

/** A status, or the remark in the place of a default, that says nothing but "required" or "optional". A bare word is a default itself. */
function remarkOf(row: TableRow): string | null {
  const status = /^[^\w]{0,5}(required|mandatory|optional)[^\w]{0,5}$/i.exec(column(row, /^status/) ?? "")?.[1];
  return status ?? /^(?:\(|\*{1,3}\(?)(required|optional)[)*]{1,4}$/i.exec(column(row, /^default/) ?? "")?.[1] ?? null;
}

function invert(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** An item whose name has no marks: "- NAME: description". */
const PLAIN_ITEM = /^\s*(?:[-*+]|\d+[.)])\s+([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})(?=\s?[:(=–—]|\s-\s)(.*)$/;

/** Reads list items such as "- `NAME` (required): description" and "**NAME** - description". */
function fromItems(file: TextFile, sections: readonly Section[]): InputFinding[] {
  const findings: InputFinding[] = [];
  let fenced = false;
  file.text.split(/\r?\n/).forEach((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (fenced || findings.length >= MAX_FINDINGS || line.length > 2_000) return;
    const item =
      /^\s*(?:[-*+]|\d+[.)])\s+(.{0,40}?)[`*]{1,3}(--[a-z][\w-]*|[A-Z][A-Z0-9_]{2,})(?:[= <][^`*]{0,60})?[`*]{1,3}(.*)$/.exec(
        line,
      );
    const plain = item ? null : PLAIN_ITEM.exec(line);
    const key = item?.[2] ?? plain?.[1];
    if (!key || (!key.startsWith("--") && !(key.includes("_") && isEnvName(key)))) return;
    const rest = item?.[3] ?? plain?.[2] ?? "";
    const said = `${item?.[1] ?? ""} ${rest}`;
    // "For development, set `NAME` to …": what follows is the end of a sentence, and no description.
    const isLead = /^\W*((required|optional)\W*)?$/i.test(item?.[1] ?? "");
    const text = stripMarkdown(rest.replace(/^\s*(\([^)]{0,60}\))?\s*[:–—-]?\s*/, ""));
    const fallback = /\bdefaults?(?:\s+to|\s+is|:)\s*[`"']([^`"']{1,100})[`"']/i.exec(rest)?.[1];
    const finding: Omit<InputFinding, "key" | "target"> = {
      evidence: "mentioned",
      isListed: sections[index]?.isListing === true,
      provenance: { from: "readme", where: `${file.path}:${index + 1}` },
      required:
        requiredInText(said) ??
        requiredInText(stripMarkdown(said).replaceAll("_", " ")) ??
        sections[index]?.required ??
        null,
      description: isLead && text.length > 3 ? text.slice(0, 1_000) : null,
      default: fallback && !isPlaceholder(fallback, key) ? fallback : null,
    };
    for (const name of new Set([key, ...variableBeside([key], rest), ...namesBehind(rest)]))
      findings.push({ ...finding, key: name, target: name.startsWith("-") ? "arg" : "env" });
  });
  return findings;
}
