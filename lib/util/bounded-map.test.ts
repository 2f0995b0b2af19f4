import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedMap } from "./bounded-map.ts";

test("a full map drops the entry that was set longest ago", () => {
  const map = new BoundedMap<string, number>(2).set("a", 1).set("b", 2).set("a", 3);
  map.get("b");
  map.set("c", 4);
  assert.deepEqual(
    [...map],
    [
      ["a", 3],
      ["c", 4],
    ],
  );
});

test("with touchOnGet a full map drops the entry that was used longest ago", () => {
  const map = new BoundedMap<string, number>(2, { touchOnGet: true }).set("a", 1).set("b", 2);
  assert.equal(map.get("a"), 1);
  assert.equal(map.get("unknown"), undefined);
  map.set("c", 3);
  assert.deepEqual([...map.keys()], ["a", "c"]);
});
