import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ERROR_CODES } from "./codes.ts";

test("docs/errors.md has a section for each code and no others", async () => {
  const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const sections = [...page.matchAll(/^### ([a-z_]+)$/gm)].map(([, code]) => code);
  assert.deepEqual(sections.toSorted(), Object.keys(ERROR_CODES).toSorted());
});

test("the page gives the status of every code that is answered over HTTP", async () => {
  const page = await readFile(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const [answered = ""] = page.split("## Steps of a deployment");
  for (const [, code = "", status] of answered.matchAll(/^### ([a-z_]+)\n(\d{3})\./gm)) {
    assert.equal(ERROR_CODES[code as keyof typeof ERROR_CODES].status, Number(status), code);
  }
});
