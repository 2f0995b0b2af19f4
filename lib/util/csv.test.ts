import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCsvRow } from "./csv.ts";

test("cells with commas, quotes and line ends are quoted, null is empty", () => {
  assert.equal(formatCsvRow(["a,b", 'say "x"', "two\nlines", null, -5, ""]), '"a,b","say ""x""","two\nlines",,-5,\r\n');
});

test("a text that a spreadsheet would run as a formula stays text", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]) {
    const cell = formatCsvRow([`${start}HYPERLINK("http://x")`]).replace(/^"/, "");
    assert.equal(cell[0], "'", JSON.stringify(start));
  }
});
