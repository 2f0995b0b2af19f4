import assert from "node:assert/strict";
import { test } from "node:test";
import { describeTarget } from "./input-target.ts";

test("an argument without a flag is counted as people count", () => {
  const words = (key: string, target: "arg" | "env" = "arg") => {
    const place = describeTarget({ key, target });
    return [place.code, place.words];
  };
  assert.deepEqual(words("position 0"), [null, "first argument"]);
  assert.deepEqual(words("position 6"), [null, "argument 7"]);
  assert.deepEqual(words("--token"), ["--token", "argument"]);
  assert.deepEqual(words("TOKEN", "env"), ["TOKEN", ""]);
});
