import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const BLOCK = configBlock({ A_KEY: "x" });
const READS = "process.env.A_KEY; process.env.MCP_AUTH_TOKEN; process.env.MCP_HTTP_HARDEN;\n";

async function listInputs(files: Record<string, string>): Promise<string[]> {
  const { required, optional } = await readDemands(files);
  return [...required, ...optional].sort();
}

test("a variable of the HTTP listener is none over stdio, though documentation explains it", async () => {
  for (const text of [
    "## Network exposure\n\n- Widening the bind requires `MCP_AUTH_TOKEN`.\n",
    "## HTTP\n\n| Variable | Required | Meaning |\n|---|---|---|\n| `MCP_AUTH_TOKEN` | No | bearer token of callers |\n| `MCP_HTTP_HARDEN` | No | harden |\n",
    configBlock({ A_KEY: "x", MCP_HTTP_PORT: "3000", MCP_AUTH_TOKEN: "x", MCP_HTTP_HARDEN: "true" }),
  ])
    assert.deepEqual(await listInputs(npmServer(READS, `${BLOCK}\n${text}`)), ["A_KEY"], text);
  const ofBackend = `${configBlock({ A_KEY: "x", MCP_AUTH_TOKEN: "x" })}`;
  assert.deepEqual(await listInputs(npmServer(READS, ofBackend)), ["A_KEY", "MCP_AUTH_TOKEN"]);
});

test("a page about the configuration counts, beside the README and further below docs", async () => {
  const code = 'process.env.A_KEY;\nconst LIMITS = [["A_RATE_MAX", 300]];\n';
  const page = "# Configuration\n\n| Variable | Default | Meaning |\n|---|---|---|\n| `A_RATE_MAX` | `300` | calls |\n";
  for (const path of ["CONFIGURATION.md", "docs/configuration.md", "docs/reference/configuration.md", "ENV_VARS.md"])
    assert.deepEqual(await listInputs(npmServer(code, BLOCK, { [path]: page })), ["A_KEY", "A_RATE_MAX"], path);
  for (const path of ["CHANGELOG.md", "docs/history.md", "examples/configuration.md"])
    assert.deepEqual(await listInputs(npmServer(code, BLOCK, { [path]: page })), ["A_KEY"], path);
});

test("what a package reads through a dependency is what its documentation lists", async () => {
  const files = npmServer("", "");
  const wrapper = { "src/index.ts": 'import { decorate } from "thing-core";\ndecorate(process.argv);\n' };
  for (const [text, found] of [
    [
      "### Configuration\n\n| Option | Description |\n|---|---|\n| --browser <name> | which browser to use<br>*env* `A_BROWSER` |\n| --headless | without a window<br>*env* `A_HEADLESS` |\n",
      ["A_BROWSER", "A_HEADLESS", "A_KEY"],
    ],
    ["## Environment variables\n\n- `A_REGION`: region\n- `A_TEAM`: team\n", ["A_KEY", "A_REGION", "A_TEAM"]],
    ["## Configuration\n\n- `--team <name>`: the team (env: `A_TEAM`)\n", ["A_KEY", "A_TEAM"]],
    ["## Development\n\n- `A_REGION`: region of the tests\n", ["A_KEY"]],
  ] as const)
    assert.deepEqual(await listInputs({ ...files, ...wrapper, "README.md": `${BLOCK}\n${text}` }), found, text);
  // Code that makes the server by itself says what it reads.
  const own = "## Environment variables\n\n- `A_REGION`: region\n";
  assert.deepEqual(await listInputs(npmServer("process.env.A_KEY;", `${BLOCK}\n${own}`)), ["A_KEY"]);
});

test("an item of a list can name several variables, and the log's of this server", async () => {
  const files = { ...npmServer("", ""), "src/index.ts": 'import { serve } from "thing-core";\nserve();\n' };
  const text = "## Configuration\n\n- Basic authentication: set `A_USER` and `A_PASSWORD`. It overrides `A_OTHER`\n";
  assert.deepEqual(await listInputs({ ...files, "README.md": `${BLOCK}\n${text}` }), ["A_KEY", "A_PASSWORD", "A_USER"]);
  const reads = "process.env.A_KEY; process.env.LOG_FILE; process.env.NODE_ENV;\n";
  const log = "### Environment variables\n\n- `LOG_FILE` (optional): where to\n";
  assert.deepEqual(await listInputs(npmServer(reads, `${BLOCK}\n${log}`)), ["A_KEY", "LOG_FILE"]);
  assert.deepEqual(await listInputs(npmServer(reads, BLOCK)), ["A_KEY"]);
  // How much it logs can be set without a word about it.
  assert.deepEqual(await listInputs(npmServer(`${reads}process.env.LOG_LEVEL;\n`, BLOCK)), ["A_KEY", "LOG_LEVEL"]);
  const shown = configBlock({ A_KEY: "x", LOG_LEVEL: "info" });
  assert.deepEqual(await listInputs(npmServer("process.env.A_KEY;\n", shown)), ["A_KEY"]);
});
