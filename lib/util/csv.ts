/** First characters by which a spreadsheet takes a cell for a formula (OWASP, CSV injection), the full-width forms included. */
const FORMULA_START = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A cell: null is empty. */
export type CsvCell = string | number | null;

/**
 * Formats one row of a CSV file (RFC 4180), with its line end. A text that a spreadsheet would run as a formula gets an apostrophe in
 * front, by which it stays text.
 */
export function formatCsvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(formatCell).join(",")}\r\n`;
}

function formatCell(cell: CsvCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
