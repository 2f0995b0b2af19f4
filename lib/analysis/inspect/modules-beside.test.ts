import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";

const SERVER =
  'import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\nif __name__ == "__main__":\n    mcp.run()\n';
const read = (key: string) => `import os\nvalue = os.environ.get("${key}")\n`;

async function keysOf(files: Record<string, string>): Promise<string[]> {
  const { inputs } = await inspectFiles({ "README.md": "# Thing MCP server\n", ...files });
  return inputs.map(({ key }) => key).sort();
}

test("modules beside a server's folder count where it imports them", async () => {
  const beside = {
    "src/core/__init__.py": "",
    "src/core/audit.py": `from helpers.names import find\n${read("A_USER")}`,
    "src/core/other.py": read("B_USER"),
    "src/helpers/names.py": read("A_NAME"),
    "src/desktop/window.py": read("B_THEME"),
  };
  const script = (code: string) => ({ "src/thing_mcp/server.py": `${code}${SERVER}` });
  const project = (code: string) => ({
    "server/pyproject.toml": '[project]\nname = "thing-server"\ndependencies = ["mcp"]\n',
    "server/server.py": `${code}${SERVER}`,
    "search/__init__.py": "from .resources import load\n",
    "search/resources.py": read("A_HOME"),
    "search/build.py": read("B_HOME"),
  });
  const cases: [Record<string, string>, string[]][] = [
    [{ ...beside, ...script("from core.audit import log\n") }, ["A_NAME", "A_USER"]],
    [{ ...beside, ...script("def late():\n    from core import audit\n") }, ["A_NAME", "A_USER"]],
    [{ ...beside, ...script("import json\nfrom elsewhere.core import audit\n") }, []],
    [{ ...beside, ...script("from core.audit import log\n"), "src/thing_mcp/core/audit.py": read("A_OWN") }, ["A_OWN"]],
    [project("import search\n"), ["A_HOME"]],
    [project("import research\n"), []],
  ];
  for (const [files, keys] of cases) assert.deepEqual(await keysOf(files), keys, JSON.stringify(files));
});
