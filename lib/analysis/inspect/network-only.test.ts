import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";

async function kindOf(files: Record<string, string>, known: Parameters<typeof inspectFiles>[1] = {}) {
  const { kind, remoteUrl } = await inspectFiles(files, known);
  return [kind, remoteUrl];
}

test("a transport that is imported and never used is none that a server speaks", async () => {
  const url = "https://mcp.thing.dev/mcp";
  const files = (imports: string, rest = "") => ({
    "package.json": JSON.stringify({
      name: "thing-mcp",
      private: true,
      scripts: { start: "node build/index.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts": `${imports}\nconst server = new McpServer({ name: "thing" });\nawait server.connect(new StreamableHTTPServerTransport());\nserve({ port: 3000 });\n${rest}`,
    "README.md": `# Thing MCP Server\n\nHosted at ${url}.\n`,
  });
  const server = 'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\n';
  const unused = [
    `${server}import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';`,
    `${server}import { StdioServerTransport as Stdio } from "@modelcontextprotocol/sdk/server/stdio.js";`,
    'import {\n  McpServer,\n  StdioServerTransport,\n} from "@modelcontextprotocol/server";',
    `${server}const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");`,
  ];
  for (const imports of unused) assert.deepEqual(await kindOf(files(imports)), ["remote-only", url], imports);
  const used = [
    files(unused[0] ?? "", "if (isLocal) await server.connect(new StdioServerTransport());\n"),
    files(unused[1] ?? "", "if (isLocal) await server.connect(new Stdio());\n"),
    files(unused[0] ?? "", "export { StdioServerTransport };\n"),
    files(`${server}export { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";`),
  ];
  for (const one of used) assert.deepEqual(await kindOf(one), ["source-only", url], one["src/index.ts"]);
  const python = (rest: string) => ({
    "pyproject.toml": '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n',
    "main.py": `import uvicorn\nfrom mcp.server import Server\nfrom mcp.server.stdio import stdio_server\nserver = Server("thing")\nmanager = StreamableHTTPSessionManager(server)\n${rest}if __name__ == "__main__":\n    uvicorn.run(app)\n`,
    "README.md": files("")["README.md"],
  });
  assert.deepEqual(await kindOf(python("")), ["remote-only", url]);
  assert.deepEqual(
    await kindOf(python("async def local():\n    async with stdio_server() as streams:\n        ...\n")),
    ["source-only", url],
  );
});

test("a call that leaves the transport open counts where it is made, and not where words quote it", async () => {
  const files = (more: string) => ({
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["fastmcp"]\n[project.scripts]\nthing-mcp = "thing:main"\n',
    "thing/__init__.py": `import uvicorn\nfrom fastmcp import FastMCP\nmcp = FastMCP("thing")\n${more}def main():\n    uvicorn.run(mcp.http_app())\n`,
    "README.md": "# Thing MCP server\n\n```sh\nuvx thing-mcp\n```\n",
  });
  const read = async (more: string) => {
    const own = files(more);
    return (await kindOf(own, { pypi: [{ name: "thing-mcp", repository: REPOSITORY, files: own }] }))[0];
  };
  for (const more of [
    '"""A session, whose ``app.run()`` blocks on the stream."""\n',
    "# Instead of `mcp.run()`:\n",
    "# mcp.run()\n",
  ])
    assert.equal(await read(more), "source-only", more);
  for (const more of ["# Over stdio: mcp.run()\n", "def local():\n    mcp.run()\n", "def local(): return mcp.run()\n"])
    assert.equal(await read(more), "stdio", more);
});
