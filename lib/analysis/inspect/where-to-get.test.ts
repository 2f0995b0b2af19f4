import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { configBlock, npmServer } from "../testing/repositories.ts";

async function describe(prose: string, ...keys: string[]): Promise<Record<string, string>> {
  const reads = keys.map((key) => `process.env.${key};\n`).join("");
  const shown = configBlock(Object.fromEntries(keys.map((key) => [key, "x"])));
  const { inputs } = await inspectFiles(npmServer(reads, `${prose}\n\n${shown}`));
  return Object.fromEntries(inputs.map(({ key, description }) => [key, description]));
}

test("where to get a credential describes it, where nothing else does", async () => {
  const said: [string, string][] = [
    ["1. Get an API key from the [Acme dashboard](https://acme.dev/keys).", "Get an API key from the Acme dashboard."],
    ["Get your API key [here](https://acme.dev/keys).", "Get your API key at https://acme.dev/keys."],
    ["- Create a **token** at https://acme.dev", "Create a token at https://acme.dev."],
    ["Thing is fast. Sign up on acme.dev and copy the API key.", "Sign up on acme.dev and copy the API key."],
    ["Set `A_TOKEN`. Generate the token in Settings → Tokens.", "Generate the token in Settings → Tokens."],
  ];
  for (const [prose, found] of said) assert.deepEqual(await describe(prose, "A_TOKEN"), { A_TOKEN: found }, prose);
});

test("no other sentence about credentials describes one", async () => {
  const said = [
    "There is no API key to get from anywhere.",
    "Get an API key, see below in the guide.",
    "The tool `create_token` creates a token at the service.",
    "Create tokens automatically at each start.",
    "### Get an API key from Acme",
    "```\nGet an API key from Acme\n```",
  ];
  for (const prose of said) assert.deepEqual(await describe(prose, "A_TOKEN"), { A_TOKEN: "" }, prose);
});

test("with several credentials, the sentence has to name the one that it is about", async () => {
  const prose = "Get an API key from Acme.\n\nCreate a token for `B_TOKEN` in the settings of Beta.";
  assert.deepEqual(await describe(prose, "A_TOKEN", "B_TOKEN"), {
    A_TOKEN: "",
    B_TOKEN: "Create a token for B_TOKEN in the settings of Beta.",
  });
});

test("what says where to write a value, or parts a file, is no description of it", async () => {
  for (const line of ["In .env file", "Add to your .bashrc, .zshrc or .env file.", "OTHER=1 # for https"])
    assert.deepEqual(await describe(`| Name | Use |\n|---|---|\n| A_REGION | ${line} |\n`, "A_REGION"), {
      A_REGION: "",
    });
  const region = await describe(
    "| Name | Use |\n|---|---|\n| A_REGION | ── Places ── Where the data is |\n",
    "A_REGION",
  );
  assert.deepEqual(region, { A_REGION: "Places Where the data is." });
});
