import assert from "node:assert/strict";
import { test } from "node:test";
import { toFactors } from "../inputs/factors.ts";
import { npmServer, readDemands } from "../testing/repositories.ts";

const NAMES = ["URL", "BASE", "TOKEN", "ACCOUNT", "REGION"];

test("three or more choices that are all needed are as many groups, not every combination of them", async () => {
  for (const count of [3, 4, 5]) {
    const names = NAMES.slice(0, count);
    const given = names.map((name, at) => `const ${name} = process.argv[${at + 2}] || process.env.A_${name};\n`);
    const code = `${given.join("")}if (${names.map((name) => `!${name}`).join(" || ")}) throw new Error("no");\n`;
    const { required, choices } = await readDemands(npmServer(code, "# Thing\n"));
    assert.deepEqual(required, []);
    assert.deepEqual(
      choices,
      names.map((name, at) => [[[`position ${at}`], [`A_${name}`]], true]),
    );
  }
});

test("ways that are no such combination stay as they are", () => {
  const pairs = [
    ["A", "B"],
    ["A", "D"],
    ["C", "B"],
    ["C", "D"],
  ];
  assert.deepEqual(toFactors(pairs), [pairs]);
  const eight = ["E", "F"].flatMap((last) => pairs.map((pair) => [...pair, last]));
  assert.deepEqual(
    toFactors(eight).map((factor) => factor.flat()),
    [
      ["A", "C"],
      ["B", "D"],
      ["E", "F"],
    ],
  );
  const many = [...eight, ...eight.map((branch) => [...branch, "G"])].slice(0, 13);
  assert.deepEqual(toFactors(many), []);
  const single = [...Array(20).keys()].map((at) => [`KEY_${at}`]);
  assert.deepEqual(toFactors(single), [single]);
  const broken = [...eight.slice(0, 7), ["C", "D", "G"]];
  assert.deepEqual(toFactors(broken), [broken]);
  const account = ["A", "B"].flatMap((one) =>
    ["C", "D"].flatMap((two) => [
      [one, two, "TOKEN"],
      [one, two, "USER", "PASSWORD"],
    ]),
  );
  assert.deepEqual(toFactors(account), [
    [["A"], ["B"]],
    [["C"], ["D"]],
    [["TOKEN"], ["USER", "PASSWORD"]],
  ]);
});
