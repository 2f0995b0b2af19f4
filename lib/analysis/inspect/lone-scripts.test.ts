import assert from "node:assert/strict";
import { test } from "node:test";
import { readDemands } from "../testing/repositories.ts";

// Servers that no manifest names: their scripts lie in a folder below the README that tells of them.

const block = (command: string, file: string) =>
  `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command, args: [`/path/to/thing/${file}`], env: { A_KEY: "<YOUR_KEY>", A_URL: "https://x.io" } } } })}\n\`\`\`\n`;

const PYTHON = 'import os\nimport httpx\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n';
const READS =
  'A_URL = os.environ.get("A_URL")\nA_KEY = os.environ.get("A_KEY")\ndef get(path):\n    return httpx.get(f"{A_URL}/{path}", headers={"x-api-key": A_KEY})\n';

test("several files of one program without a manifest are told of by the README above them", async () => {
  const transport =
    'import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";\nimport { make } from "./mcp";\nconst base = process.env.A_URL!;\nmake(base, process.env.A_KEY!).connect(new StdioServerTransport());\n';
  const made =
    'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport function make(base: string, key: string) {\n  axios.create({ baseURL: base, headers: { apikey: key } });\n  return new McpServer({ name: "thing" });\n}\n';
  const unnamed = JSON.stringify({ dependencies: { "@modelcontextprotocol/sdk": "1" } });
  const manifests: Record<string, string>[] = [{}, { "package.json": unnamed }];
  for (const more of manifests) {
    const files = {
      "src/server.ts": transport,
      "src/mcp.ts": made,
      "README.md": block("node", "src/server.ts"),
      ...more,
    };
    assert.deepEqual((await readDemands(files)).required, ["A_KEY", "A_URL"], Object.keys(more).join());
  }
  const main = `${PYTHON}${READS}if __name__ == "__main__":\n    mcp.run()\n`;
  const files = { "src/server.py": main, "src/tools.py": PYTHON, "README.md": block("python", "src/server.py") };
  assert.deepEqual((await readDemands(files)).required, ["A_KEY", "A_URL"]);
});

test("what a README shows of scripts in several folders is of several servers", async () => {
  const main = `${PYTHON}A_URL = os.environ.get("A_URL")\nif __name__ == "__main__":\n    mcp.run()\n`;
  const shown = block("python", "two/server.py").replace("https://x.io", "<YOUR_URL>");
  const required = async (other: string) =>
    (await readDemands({ "one/server.py": main, [other]: main, "README.md": shown })).required;
  assert.deepEqual(await required("one/tools.py"), ["A_KEY", "A_URL"]);
  assert.deepEqual(await required("two/server.py"), []);
});
