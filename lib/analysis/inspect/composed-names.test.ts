import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

test("names that are put together from a constant are heard where a table has them and functions are handed them", async () => {
  const need = 'function need(name) { const v = process.env[name]; if (!v) throw new Error("no"); return v; }\n';
  const prefix = 'const PREFIX = "THING_";\n';
  for (const code of [
    `${prefix}const NAMES = { KEY: \`\${PREFIX}API_KEY\` };\n${need}need(NAMES.KEY);\n`,
    `${prefix}const NAMES = { KEY: PREFIX + "API_KEY" };\n${need}need(NAMES.KEY);\n`,
    `const PREFIX = "THING" as const;\n${need}need(\`\${PREFIX}_API_KEY\`);\n`,
  ])
    assert.deepEqual((await readDemands(npmServer(code, ""))).required, ["THING_API_KEY"], code);
  // What is not known, or is no name.
  for (const code of [
    `let PREFIX = "THING_";\nPREFIX = load();\n${need}need(\`\${PREFIX}API_KEY\`);\n`,
    `const PREFIX = "thing ";\n${need}need(\`\${PREFIX}API_KEY\`);\n`,
    `function read(PREFIX) { const NAME = PREFIX; ${need}return need(\`\${NAME}API_KEY\`); }\nread(load());\n`,
  ])
    assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], code);
});

test("a helper that is handed constants reads no name that another call happens to give", async () => {
  const code = (call: string) =>
    `LIMIT = "A_LIMIT"\ndef number(name, own):\n    return int(os.getenv(name, own))\nrows = ${call}\nregister(name="CELF")\ndef main():\n    mcp.run()\n`;
  const namesIn = async (call: string) => {
    const { required, optional } = await readDemands(pypiServer(code(call), ""));
    return [...required, ...optional];
  };
  assert.deepEqual(await namesIn("number(LIMIT, 5)"), ["A_LIMIT"]);
  assert.deepEqual(await namesIn('number("A_LIMIT", 5)'), ["A_LIMIT"]);
});
