import assert from "node:assert/strict";
import { test } from "node:test";
import { uuidV7 } from "./uuid-v7.ts";

test("ids of a later time come later, and all differ", () => {
  const atMs = Date.UTC(2026, 4, 20, 13, 5, 7, 89);
  const ids = Array.from({ length: 1_000 }, (_, index) => uuidV7(atMs + (index >> 1)));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16), atMs);
  const everySecond = ids.filter((_, index) => index % 2 === 0);
  assert.deepEqual(everySecond.toSorted(), everySecond);
});
