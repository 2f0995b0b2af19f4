import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// Commands that fetch a runtime or a library's own tool from a registry, only to run the checkout with it.

const block = (command: string, args: readonly string[]) =>
  `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command, args, env: { A_KEY: "<YOUR_KEY>", A_URL: "https://x.io" } } } })}\n\`\`\`\n`;

const required = async (
  server: (code: string, readme: string) => Record<string, string>,
  code: string,
  readme: string,
) => (await readDemands(server(code, readme))).required;

test("a package that runs a file of the checkout runs the server", async () => {
  const code =
    "const base = process.env.A_URL;\nconst get = (path: string) => fetch(base + path, { headers: { apikey: process.env.A_KEY! } });\n";
  for (const args of [
    ["ts-node", "/path/to/thing/src/index.ts"],
    ["tsx", "/path/to/thing/src/index.ts"],
    ["-y", "tsx@latest", "/path/to/thing/src/index.ts"],
    ["--yes", "ts-node", "-P", "tsconfig.json", "/path/to/thing/src/index.ts"],
    ["bun", "run", "/path/to/thing/src/index.ts"],
    ["-p", "tsx", "tsx", "/path/to/thing/src/index.ts"],
  ])
    assert.deepEqual(await required(npmServer, code, block("npx", args)), ["A_KEY", "A_URL"], args.join(" "));
  assert.deepEqual(await required(npmServer, code, block("bunx", ["tsx", "src/index.ts"])), ["A_KEY", "A_URL"]);
});

test("a tool of the Python libraries that is fetched runs the file that it is given", async () => {
  const code = 'import httpx\nA_URL = os.getenv("A_URL")\ndef get(path):\n    return httpx.get(f"{A_URL}/{path}")\n';
  const main = `${code}def main():\n    mcp.run()\n`;
  for (const args of [
    ["fastmcp", "run", "/path/to/thing/server.py"],
    ["--from", "mcp[cli]", "mcp", "run", "/path/to/thing/server.py"],
  ])
    assert.deepEqual(await required(pypiServer, main, block("uvx", args)), ["A_KEY", "A_URL"], args.join(" "));
  assert.deepEqual(await required(pypiServer, main, block("uvx", ["other", "run", "/path/to/server.py"])), []);
});

test("what another package than a runtime starts is another server", async () => {
  const code = "const get = (path: string) => fetch(process.env.A_URL + path);\n";
  for (const args of [
    ["-y", "other-server", "/path/to/thing/src/index.ts"],
    ["-y", "tsx-thing-server", "src/index.ts"],
    ["-p", "tsx", "sh", "-c", "x"],
    ["tsx"],
  ])
    assert.deepEqual(await required(npmServer, code, block("npx", args)), [], args.join(" "));
});
