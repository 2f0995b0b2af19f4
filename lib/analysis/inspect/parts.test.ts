import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { configBlock, goServer, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const CREDENTIALS = "def credentials():\n    if not os.environ.get('A_PATH'):\n        raise ValueError('no')\n";
const HEADERS = "def headers():\n    if not os.environ.get('A_TOKEN'):\n        raise ValueError('no')\n";
const tool = (name: string, ...calls: string[]) =>
  `@mcp.tool()\ndef ${name}():\n    try:\n${calls.map((call) => `        ${call}()\n`).join("")}    except Exception as e:\n        return str(e)\n`;
const uvBlock = (env: Record<string, string>) =>
  configBlock(env)
    .replace(/"npx"/, '"uvx"')
    .replace(/"-y",\s*/, "");
const BOTH = uvBlock({ A_PATH: "x", A_TOKEN: "y" });

test("two steps of the same requests are both needed, and parts of a server are a choice", async () => {
  const steps = `import os\n${CREDENTIALS}${HEADERS}${tool("one", "credentials", "headers")}${tool("two", "credentials", "headers")}`;
  const joined = await inspectFiles(pypiServer(`${steps}def main():\n    mcp.run()\n`, BOTH));
  assert.deepEqual(joined.alternatives, []);
  assert.deepEqual((await readDemands(pypiServer(`${steps}def main():\n    mcp.run()\n`, BOTH))).required, [
    "A_PATH",
    "A_TOKEN",
  ]);
  const parts = `import os\n${CREDENTIALS}${HEADERS}${tool("one", "credentials")}${tool("two", "headers")}`;
  const apart = await inspectFiles(pypiServer(`${parts}def main():\n    mcp.run()\n`, BOTH));
  assert.deepEqual(
    apart.alternatives.map(({ oneOf, required }) => ({ oneOf, required })),
    [{ oneOf: [["A_PATH"], ["A_TOKEN"]], required: true }],
  );
});

test("what documentation or a declaration demands is not one part of several", async () => {
  const parts = `import os\n${CREDENTIALS}${HEADERS}${tool("one", "credentials")}${tool("two", "headers")}def main():\n    mcp.run()\n`;
  const readme = `- \`A_TOKEN\` - Required for everything\n- \`A_PATH\` - Where the accounts are\n\n${uvBlock({ A_TOKEN: "y" })}`;
  const { inputs, alternatives } = await inspectFiles(pypiServer(parts, readme));
  assert.deepEqual(alternatives, []);
  assert.deepEqual(
    inputs.filter((input) => input.required).map(({ key }) => key),
    ["A_TOKEN"],
  );
});

test("an address to listen at is no way to do without a token", async () => {
  const cases = [
    goServer('token := os.Getenv("A_TOKEN")\nif token == "" && os.Getenv("ADDR") == "" {\n\tlog.Fatal("no")\n}'),
    npmServer('if (!process.env.A_TOKEN && !process.env.LISTEN_ADDR) throw new Error("no");', ""),
    pypiServer(
      "import os\ndef main():\n    if not os.getenv('A_TOKEN') and not os.getenv('BIND_ADDR'):\n        raise ValueError('no')\n    mcp.run()\n",
      "",
    ),
  ];
  for (const files of cases) {
    const { inputs, alternatives } = await inspectFiles(files);
    assert.deepEqual(alternatives, []);
    assert.deepEqual(
      inputs.filter((input) => input.required).map(({ key }) => key),
      ["A_TOKEN"],
    );
  }
  const vault = await inspectFiles(
    npmServer('if (!process.env.A_TOKEN && !process.env.VAULT_ADDR) throw new Error("no");', ""),
  );
  assert.deepEqual(
    vault.alternatives.map(({ oneOf }) => oneOf),
    [[["A_TOKEN"], ["VAULT_ADDR"]]],
  );
});

test("a choice that only one feature's requests need is required where documentation shows a part of it", async () => {
  const code =
    "import os\ndef client():\n    token = os.environ.get('A_LAB_TOKEN') or os.environ.get('A_LAB_KEY')\n    if not token:\n        raise ValueError('no')\n    return token\n@mcp.tool()\ndef lab():\n    client()\n@mcp.tool()\ndef other():\n    return os.environ.get('A_TOKEN')\ndef main():\n    mcp.run()\n";
  const choicesOf = async (readme: string) =>
    (await inspectFiles(pypiServer(code, readme))).alternatives.map(({ oneOf, required }) => [oneOf, required]);
  const branches = [["A_LAB_TOKEN"], ["A_LAB_KEY"]];
  assert.deepEqual(await choicesOf(uvBlock({ A_TOKEN: "x" })), [[branches, false]]);
  assert.deepEqual(await choicesOf(uvBlock({ A_TOKEN: "x", A_LAB_KEY: "y" })), [[branches, true]]);
  // At start nothing works without it.
  const atStart = code.replace("def main():\n", "def main():\n    client()\n");
  assert.deepEqual(
    (await inspectFiles(pypiServer(atStart, uvBlock({ A_TOKEN: "x" })))).alternatives.map(({ required }) => required),
    [true],
  );
});
