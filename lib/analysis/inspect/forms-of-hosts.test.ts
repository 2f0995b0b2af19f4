import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

// What a form of another host demands, beside what documentation says of the same variable.

const FORM =
  "startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    required: [aKey]\n    properties:\n      aKey: {type: string}\n  commandFunction: |-\n    (config) => ({ command: 'node', args: [], env: { A_KEY: config.aKey } })\n";
const OWN_VALUE = 'const { A_KEY = "" } = process.env;\nfetch("https://x.io", { headers: { "x-api-key": A_KEY } });\n';

const required = async (said: string, code = OWN_VALUE) =>
  (
    await readDemands(
      npmServer(code, `# Thing\n\n${said}\n\n${configBlock({ A_KEY: "<KEY>" })}`, { "smithery.yaml": FORM }),
    )
  ).required;

test("documentation that tells how to go without a value is right beside another host's form", async () => {
  for (const said of [
    'To use the server anonymously, set your `A_KEY` value to an empty string (`""`).',
    'Simply set `A_KEY` to `""`.',
    "For public data set the A_KEY variable to blank.",
    "`A_KEY` can be left empty.",
    "The **A_KEY** may be omitted.",
    "Leave `A_KEY` blank to stay anonymous.",
    "Set `A_KEY` for higher rate limits.",
  ])
    assert.deepEqual(await required(said), [], said);
});

test("what a form and the code demand, or documentation leaves out in one case alone, stays required", async () => {
  for (const said of [
    "Set `A_KEY` to your key.",
    "Do not set `A_KEY` to an empty string.",
    "`A_KEY` can be omitted if you run your own instance.",
    "`A_KEY` may be left empty when another proxy adds it.",
  ])
    assert.deepEqual(await required(said), ["A_KEY"], said);
  const fails = 'if (!process.env.A_KEY) throw new Error("A_KEY is missing");\n';
  assert.deepEqual(await required("`A_KEY` can be left empty.", fails), ["A_KEY"]);
});

test("a value that a form demands and fills in by itself is required where the code fails without it", async () => {
  const form = FORM.replace("{type: string}", "{type: string, default: devnet}");
  const files = (code: string) => npmServer(code, configBlock({ A_KEY: "devnet" }), { "smithery.yaml": form });
  const fails = 'server.tool("a", {}, () => { if (!process.env.A_KEY) throw new Error("A_KEY is not set"); });\n';
  assert.deepEqual((await readDemands(files(fails))).required, ["A_KEY"]);
  assert.deepEqual((await readDemands(files(`run(process.env.A_KEY ?? "devnet");\n`))).required, []);
});
