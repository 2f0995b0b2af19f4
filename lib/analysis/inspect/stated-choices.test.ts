import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

test("a message that one of two values is missing, a list of both and lines of usage are no choice between them", async () => {
  const checks = [
    'if (!process.env.A_USER || !process.env.A_KEY) throw new Error("A_USER or A_KEY is not set, please set it");',
    'if (!process.env.A_USER || !process.env.A_KEY) throw new Error("`A_USER` or `A_KEY` missing: see the documentation");',
    'if (!process.env.A_USER || !process.env.A_KEY) throw new Error("Missing one of A_USER, or A_KEY in .env");',
    'const user = arg("user") || process.env.A_USER; const key = arg("key") || process.env.A_KEY;\nif (!user || !key) { console.error("Missing user or key. Please provide them by variables (A_USER, A_KEY) or arguments (--user=X --key=Y)"); process.exit(1); }',
    'const user = process.env.A_USER; const key = process.env.A_KEY;\nif (!user || !key) { console.error([\n  "Usage: thing",\n  "  A_USER  (required) the user",\n  "  A_KEY   (required) the key, new or old",\n  "  A_MODE  slow or fast",\n].join("\\n")); process.exit(1); }\nuse(process.env.A_MODE);',
  ];
  for (const check of checks) {
    const { alternatives, inputs } = await inspectFiles(npmServer(check, ""));
    assert.deepEqual(alternatives, [], check);
    const required = inputs.filter((input) => input.required).map(({ key }) => key);
    assert.deepEqual(required.sort(), ["A_KEY", "A_USER"], check);
  }
  for (const message of ["Neither A_USER nor A_KEY is set", "Missing credentials: set one of A_USER or A_KEY"]) {
    const check = `if (!process.env.A_USER && !process.env.A_KEY) throw new Error("${message}");`;
    const { alternatives } = await inspectFiles(npmServer(check, ""));
    assert.deepEqual(
      alternatives.map(({ oneOf }) => oneOf),
      [[["A_USER"], ["A_KEY"]]],
      message,
    );
  }
});

test("a slash or comma between an account and its secret joins the two, one between two credentials parts them", async () => {
  const chosen = async (...keys: string[]) => {
    const [account, secret, other] = keys;
    const reads = keys.map((key) => `use(process.env.${key});\n`).join("");
    const code = `${reads}if (!signIn()) throw new Error("credentials are required (${account} / ${secret} or an ${other} file)");`;
    return (await inspectFiles(npmServer(code, ""))).alternatives.map(({ oneOf }) => oneOf);
  };
  for (const [account, secret] of [
    ["A_CLIENT_ID", "A_CLIENT_SECRET"],
    ["A_ACCESS_KEY_ID", "A_SECRET_ACCESS_KEY"],
    ["A_KEY", "A_SECRET"],
    ["A_USER", "A_PASSWORD"],
  ] as const)
    assert.deepEqual(await chosen(account, secret, "A_KEY_FILE"), [[[account, secret], ["A_KEY_FILE"]]]);
  const list =
    'use(process.env.A_USER, process.env.A_PASSWORD);\nif (!signIn()) throw new Error("no credentials: use one of the variables A_USER, A_PASSWORD");';
  assert.deepEqual((await inspectFiles(npmServer(list, ""))).alternatives, []);
  assert.deepEqual(await chosen("A_TOKEN", "A_KEY", "A_KEY_FILE"), [[["A_TOKEN"], ["A_KEY"], ["A_KEY_FILE"]]]);
  assert.deepEqual(await chosen("A_KEY", "B_SECRET", "A_KEY_FILE"), [[["A_KEY"], ["B_SECRET"], ["A_KEY_FILE"]]]);
});
