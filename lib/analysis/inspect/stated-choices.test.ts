import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

test("a message that one of two values is missing, a list of both and lines of usage are no choice between them", async () => {
  const checks = [
    'if (!process.env.A_USER || !process.env.A_KEY) throw new Error("A_USER or A_KEY is not set, please set it");',
    'if (!process.env.A_USER || !process.env.A_KEY) throw new Error("`A_USER` or `A_KEY` missing: see the documentation");',
    'const user = arg("user") || process.env.A_USER; const key = arg("key") || process.env.A_KEY;\nif (!user || !key) { console.error("Missing user or key. Please provide them by variables (A_USER, A_KEY) or arguments (--user=X --key=Y)"); process.exit(1); }',
    'const user = process.env.A_USER; const key = process.env.A_KEY;\nif (!user || !key) { console.error([\n  "Usage: thing",\n  "  A_USER  (required) the user",\n  "  A_KEY   (required) the key, new or old",\n  "  A_MODE  slow or fast",\n].join("\\n")); process.exit(1); }\nuse(process.env.A_MODE);',
  ];
  for (const check of checks) {
    const { alternatives, inputs } = await inspectFiles(npmServer(check, ""));
    assert.deepEqual(alternatives, [], check);
    const required = inputs.filter((input) => input.required).map(({ key }) => key);
    assert.deepEqual(required.sort(), ["A_KEY", "A_USER"], check);
  }
  const { alternatives } = await inspectFiles(
    npmServer('if (!process.env.A_USER && !process.env.A_KEY) throw new Error("Neither A_USER nor A_KEY is set");', ""),
  );
  assert.deepEqual(
    alternatives.map(({ oneOf }) => oneOf),
    [[["A_USER"], ["A_KEY"]]],
  );
});
