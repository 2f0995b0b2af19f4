import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName, isTransportName, upperName } from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { footnoteBelow, isStarred, readFootnotes } from "./footnotes.ts";
import { htmlTableRows } from "./html-tables.ts";
import { stripMarkdown, type TableRow, tableRows, toMarks } from "./markdown.ts";
import { listNestedValues } from "./nested-values.ts";
import { readDefinitions, readPrerequisites } from "./readme-definitions.ts";
import { readStatements, type Section } from "./readme-sections.ts";
import { requiredInHeading, requiredInText } from "./requirement-words.ts";
import { isRemark, saysRequired } from "./yes-or-no.ts";

const MAX_FINDINGS = 300;

/**
 * Reads the tables and lists that explain variables and flags: description, required, default. A table under a heading
 * such as "Environment variable" counts as showing its variables. Any other place only mentions them.
 */
export function readVariableLists(file: TextFile, sections: readonly Section[]): Findings {
  const notes = readFootnotes(file.text.split(/\r?\n/));
  const tables = tablesOf([...tableRows(file.text), ...htmlTableRows(file.text)]);
  const rows = tables.flatMap((table) => fromTable(table, file.path, sections, notes));
  const inputs = [
    ...withLeads([...rows, ...fromItems(file, sections, notes)], sections),
    ...readDefinitions(file, sections),
    ...readPrerequisites(file, sections),
    ...readStatements(file),
  ];
  return { ...noFindings(), inputs: inputs.slice(0, MAX_FINDINGS) };
}

const MAX_LED = 8;

/**
 * Demands what a sentence above its list demands. A list that has defaults, or calls some of its variables optional, is one of all that
 * there are.
 */
function withLeads(inputs: InputFinding[], sections: readonly Section[]): InputFinding[] {
  const leadOf = ({ provenance }: InputFinding) =>
    sections[Number(provenance.where.split(":").at(-1)) - 1]?.lead ?? null;
  const lists = Map.groupBy(inputs, leadOf);
  const isWhole = (list: InputFinding[]) =>
    list.length <= MAX_LED && list.every(({ required, default: fallback }) => required !== false && !fallback);
  const demanding = new Set([...lists].flatMap(([lead, list]) => (lead !== null && isWhole(list) ? [lead] : [])));
  return inputs.map((input) => {
    const lead = leadOf(input);
    return lead !== null && demanding.has(lead) ? { ...input, required: input.required ?? true } : input;
  });
}

/** Parts rows into tables: rows of one share their header. */
function tablesOf(rows: TableRow[]): TableRow[][] {
  return [...Map.groupBy(rows, (row) => row.header).values()];
}

/** How far below a table or an item the explanation of its stars may stand. */
const NOTE_BELOW_TABLE = 8;
const NOTE_BELOW_ITEM = 40;

/** Reads one table. One that demands a network transport is about that way to run the server, and demands nothing for stdio. */
function fromTable(
  rows: TableRow[],
  path: string,
  sections: readonly Section[],
  notes: ReadonlyMap<number, boolean | null>,
): InputFinding[] {
  const star = footnoteBelow(notes, (rows.at(-1)?.line ?? 1) - 1, NOTE_BELOW_TABLE);
  let group: boolean | null = null;
  const found = rows.flatMap((row) => {
    const [first = "", ...others] = row.cells;
    // A row that only has a title: "| **Optional** | | |".
    if (first !== "" && others.every((cell) => cell === "") && namesIn(first).length === 0) {
      group = requiredInHeading(stripMarkdown(first));
      return [];
    }
    return fromRow(row, path, { section: sections[row.line - 1], group, star });
  });
  const isNetwork = found.some(({ key, required }) => required === true && isNetworkSwitch(key));
  return isNetwork ? found.map((one) => ({ ...one, required: one.required === true ? null : one.required })) : found;
}

/** Returns whether a variable or flag switches a network transport on, by its name. */
function isNetworkSwitch(key: string): boolean {
  return isTransportName(key) && /(^|_)(HTTP|SSE|STREAMABLE_HTTP)(_MODE|_ENABLED|_SERVER)?$/.test(upperName(key));
}

/** Headers of the columns that describe a variable, and that tell its default, in English, Chinese, Japanese and Korean. */
const DESCRIPTION_COLUMN = /descri|purpose|meaning|what|notes?|explan|usage|details|描述|说明|說明|説明|用途|설명/;
const DEFAULT_COLUMN = /default|默认|預設|既定|デフォルト|기본/;

function column(row: TableRow, pattern: RegExp): string | null {
  const index = row.header.findIndex((header) => pattern.test(header));
  return index < 0 ? null : (row.cells[index] ?? null);
}

function fromRow(
  row: TableRow,
  path: string,
  { section, group, star }: { section: Section | undefined; group: boolean | null; star: boolean | null },
): InputFinding[] {
  const own = namesOfRow(row);
  if (own.length === 0) return [];
  const names = [...own, ...variableBeside(own, row.cells.join(" "))];
  const said = column(row, REQUIRED_COLUMN) ?? remarkOf(row);
  const optional = column(row, OPTIONAL_COLUMN);
  const isMarked = star === true && row.cells.slice(0, 2).some((cell) => namesIn(cell).length > 0 && isStarred(cell));
  const fallback = column(row, DEFAULT_COLUMN);
  const described = column(row, DESCRIPTION_COLUMN) ?? row.cells.at(-1) ?? "";
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
      (isMarked ? true : null) ??
      saysRequired(said, star) ??
      (optional === null ? null : invert(saysRequired(optional, star))) ??
      requiredInText(text) ??
      requiredInText(row.cells.join(" ")) ??
      (/^["'`\s]*\(?empty( string)?\)?["'`\s]*$|^(""|'')(\s*\(empty\))?$/i.test(written) ? false : null) ??
      group ??
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
  if (first.length > 0) return first;
  return second.length > 0 ? second : plainVariable(row);
}

/** A variable whose name is a single word, which only the column's header tells from other words in capitals. */
function plainVariable({ header: [title = ""], cells: [cell = ""] }: TableRow): string[] {
  const word = /variable|\benv\b/.test(title)
    ? /^\s{0,3}\*{0,2}`([A-Z][A-Z0-9]{3,40})`\*{0,2}\s{0,3}$/.exec(cell)?.[1]
    : undefined;
  return word !== undefined && isEnvName(word) ? [word] : [];
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
  const text = stripMarkdown(cell);
  return (
    /[a-z]{2}\s+\S*[a-z]{2}/i.test(text) ||
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]{2}/u.test(text)
  );
}

function namesIn(cell: string): string[] {
  const names = stripMarkdown(cell.replaceAll(/`|\\\*|<sup>.{0,10}<\/sup>/g, " "))
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
  /required|requirement|mandatory|\bneeded\b|necessary|compulsory|^req\b|^must\b|obligat|obrigat|obbligat|obligator|pflicht|erforderlich|verplicht|requis|requerid|zorunlu|wymagan|wajib|bắt buộc|必填|必须|必須|必需|必要|필수|обязательн/;
const OPTIONAL_COLUMN = /optional|opcional|facultati|可选|可選|选填|選填|任意|선택/;
/** Columns where "required" may be a value. */
const VALUE_COLUMN = /default|type|value|allowed|options|choices|example|mode/;

/**
 * A cell that says nothing but "required" or "optional", in a column of whatever name. In the place of a default, a bare word may be a
 * default itself.
 */
function remarkOf(row: TableRow): string | null {
  const word = row.cells.find(
    (cell, index) => index > 0 && isRemark(cell) && !VALUE_COLUMN.test(row.header[index] ?? ""),
  );
  if (word !== undefined) return word;
  const fallback = column(row, /^default/) ?? "";
  return /^(?:\(|[*_]{1,3}\(?)(?:[Rr]equired|[Oo]ptional)[)*_]{1,4}$|^Required$/.test(fallback) ? fallback : null;
}

function invert(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** An item whose name has no marks: "- NAME: description". */
const PLAIN_ITEM = /^\s*(?:[-*+]|\d+[.)])\s+([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})(?=\s?[:(=–—]|\s-\s)(.*)$/;

/** Reads list items such as "- `NAME` (required): description" and "**NAME** - description". */
function fromItems(
  file: TextFile,
  sections: readonly Section[],
  notes: ReadonlyMap<number, boolean | null>,
): InputFinding[] {
  const findings: InputFinding[] = [];
  const lines = file.text.split(/\r?\n/);
  const values = listNestedValues(lines);
  let fenced = false;
  lines.forEach((written, index) => {
    if (/^\s*(```|~~~)/.test(written)) fenced = !fenced;
    if (fenced || values.has(index) || findings.length >= MAX_FINDINGS || written.length > 2_000) return;
    const line = toMarks(written).replace("`export ", "`");
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
        (isItemStarred(line, key) && footnoteBelow(notes, index, NOTE_BELOW_ITEM) === true ? true : null) ??
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

/** Returns whether the name in an item has a star behind it that is no emphasis: "- `NAME`*: description". */
function isItemStarred(line: string, key: string): boolean {
  const at = line.indexOf(key);
  const isEmphasized = /\*`?$/.test(line.slice(Math.max(0, at - 2), at));
  return !isEmphasized && /^`?\\?\*(?!\*)/.test(line.slice(at + key.length, at + key.length + 4));
}
