import assert from "node:assert/strict";
import { test } from "node:test";
import { describeConfidence, describePlace } from "./evidence-words.ts";

for (const [from, where, words] of [
  ["readme", "README.md:12", "README, line 12"],
  ["readme", "packages/a/README.md:3", "packages/a/README.md, line 3"],
  ["readme", "pypi:thing@1.0.0/README.md:12", "README of the package, line 12"],
  ["source", "npm:@acme/thing@1.0.0/dist/index.js:12", "dist/index.js of the package, line 12"],
  ["source", "src/index.ts:40", "src/index.ts, line 40"],
  ["model", "src/index.ts:40", "src/index.ts, line 40 (read by the language model)"],
  ["registry", "", "the registry"],
  ["registry", "environment_variables", "the registry, environment_variables"],
] as const) {
  test(`a place is said in words: ${words}`, () => {
    assert.equal(describePlace({ from, where }), words);
  });
}

test("how sure a finding is, is said in words", () => {
  const describe = (required: boolean) =>
    [0.95, 0.6, 0.2].map((confidence) => describeConfidence({ confidence, required }));
  assert.deepEqual(describe(true), ["certain", "probably needed", "may not be needed"]);
  assert.deepEqual(describe(false), ["certain", "probably used", "may not be used"]);
});
