import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";

const kindOf = async (files: Record<string, string>) => (await inspectFiles(files)).kind;

test("a program or a worker with the title of a server is one, whatever library makes it", async () => {
  const files = (title: string, dependencies: object, more: Record<string, string> = { "wrangler.toml": "" }) => ({
    "package.json": JSON.stringify({ name: "thing", private: true, dependencies }),
    "src/index.ts":
      'import { register } from "@acme-mcp/worker";\nexport default { fetch: (request) => register(tools).answer(request) };\n',
    "README.md": `# ${title}\n\nTools for Thing.\n`,
    ...more,
  });
  const library = { "@acme-mcp/worker": "1" };
  const program = {
    "package.json": JSON.stringify({
      name: "thing",
      bin: "src/index.ts",
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
  };
  assert.equal(await kindOf(files("Remote MCP Server on Acme", library)), "source-only");
  assert.equal(await kindOf(files("Remote MCP 服务器", library)), "source-only");
  assert.equal(await kindOf(files("Thing MCP server", {}, program)), "source-only");
  const others = ["Chat with any MCP server", "Thing, a framework for MCP servers", "MCP server inspector", "Thing"];
  for (const title of others) assert.equal(await kindOf(files(title, library)), "not-a-server", title);
  assert.equal(await kindOf(files("Thing MCP server", { hono: "1" })), "not-a-server");
  assert.equal(await kindOf(files("Thing MCP server", library, {})), "not-a-server");
});
