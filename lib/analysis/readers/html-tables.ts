import { lineFinder } from "../fetch/files.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { stripMarkdown, type TableRow, toMarks, withoutFences } from "./markdown.ts";

const MAX_ROWS = 1_000;
const MAX_CELLS = 30;
const MAX_CELL_LENGTH = 5_000;
const TAG = /<(\/?)(table|tr|td|th)\b[^<>]{0,500}>/gi;

/** Returns the rows of all HTML tables outside code blocks. Cells are Markdown, as in other tables. */
export function htmlTableRows(written: string): TableRow[] {
  if (!/<table/i.test(written)) return [];
  const text = withoutFences(written);
  const lineAt = lineFinder(text);
  const rows: TableRow[] = [];
  let header: string[] | null = null;
  let row: { cells: string[]; isHeader: boolean; line: number } | null = null;
  let cellStart = -1;
  const endCell = (end: number) => {
    if (row && cellStart >= 0 && row.cells.length < MAX_CELLS) row.cells.push(cellText(text, cellStart, end));
    cellStart = -1;
  };
  const endRow = (end: number) => {
    endCell(end);
    if (row && row.cells.length > 0) {
      if (header === null && (row.isHeader || !row.cells.some(isName)))
        header = row.cells.map((cell) => stripMarkdown(cell).toLowerCase());
      else {
        header ??= [];
        rows.push({ header, cells: row.cells, line: row.line });
      }
    }
    row = null;
  };
  for (const match of text.matchAll(TAG)) {
    if (rows.length >= MAX_ROWS) break;
    const isEnd = match[1] === "/";
    const tag = (match[2] ?? "").toLowerCase();
    if (tag === "table") {
      endRow(match.index);
      header = null;
    } else if (tag === "tr") {
      endRow(match.index);
      if (!isEnd) row = { cells: [], isHeader: true, line: lineAt(match.index) };
    } else {
      endCell(match.index);
      if (isEnd) continue;
      cellStart = match.index + match[0].length;
      if (row && tag === "td") row.isHeader = false;
    }
  }
  return rows;
}

function cellText(text: string, start: number, end: number): string {
  return toMarks(text.slice(start, Math.min(end, start + MAX_CELL_LENGTH)))
    .replaceAll(/<br\s?\/?>/gi, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Returns whether a cell has the name of a variable or a flag, and so stands in no header. */
function isName(cell: string): boolean {
  return stripMarkdown(cell)
    .split(" ")
    .some((word) => (isEnvName(word) && word.includes("_")) || /^--[a-z]/.test(word));
}
