import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const inputsOf = async (code: string, shown: string[]) => {
  const block = configBlock(Object.fromEntries(shown.map((key) => [key, "<your key>"])));
  const { required, optional } = await readDemands(npmServer(`use(${code});`, block));
  return [required, optional];
};

test("a name with one mistyped letter is the variable that the code reads", async () => {
  for (const [read, shown] of [
    ["ACNE_API_KEY", "ACME_API_KEY"],
    ["ACMME_API_KEY", "ACME_API_KEY"],
    ["ACME_API_KEY", "ACEM_API_KEY"],
    ["ACME_API_KEY", "ACME_API_KEYS"],
  ] as const)
    assert.deepEqual(await inputsOf(`process.env.${read}`, [shown]), [[read], []], `${read} ${shown}`);
});

test("another name is another variable: a letter that is a word, a number, and names that documentation or code has both", async () => {
  for (const [read, shown] of [
    ["ACME_A_API_KEY", "ACME_B_API_KEY"],
    ["ACME_API_KEY_1", "ACME_API_KEY_2"],
    ["ACME_KEY_TWO", "ACME_KEY_TEN"],
    ["MY_KEY", "MX_KEY"],
  ] as const)
    assert.ok((await inputsOf(`process.env.${read}`, [shown])).flat().includes(shown), `${read} ${shown}`);
  const [one, other] = ["ACME_API_KEY", "ACNE_API_KEY"];
  for (const [code, shown] of [
    [`process.env.${one}`, [one, other]],
    [`process.env.${one}, process.env.${other}`, [other]],
  ] as const)
    assert.deepEqual((await inputsOf(code, [...shown])).flat().sort(), [one, other]);
});
