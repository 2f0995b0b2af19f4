import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, readDemands } from "../testing/repositories.ts";

async function readServer(readme: string, files: Record<string, string>, name: string) {
  const registry = name.startsWith("@") ? "npm" : "pypi";
  const known = { [registry]: [{ name, repository: REPOSITORY }] };
  const { server } = await inspectFiles({ ...files, "README.md": readme }, known);
  const { package: found, program, module, extras, args } = server;
  return { package: found, program, module, extras, args };
}

const block = (command: string, ...args: string[]) =>
  `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command, args } } })}\n\`\`\`\n`;

const python = {
  "pyproject.toml":
    '[project]\nname = "thing-tools"\ndependencies = ["mcp"]\n[project.scripts]\nthing-tools = "thing.cli:main"\nthing-server = "thing.server:main"\nthing-auth = "thing.auth:main"\n',
  "src/thing/__init__.py": "",
  "src/thing/server.py": "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('thing')\ndef main():\n    mcp.run()\n",
  "src/thing/cli.py": "def main(): ...\n",
  "src/thing/auth.py": "def main(): ...\n",
};

const plain = { package: "thing-tools", program: undefined, module: undefined, extras: undefined, args: [] };

test("a Python package starts what its documentation starts", async () => {
  const cases: [string, object][] = [
    [block("uvx", "--from", "thing-tools", "thing-server", "serve"), { program: "thing-server", args: ["serve"] }],
    [
      block("uvx", "--from", "thing-tools[web,aws]==1.0.0", "thing-server"),
      { program: "thing-server", extras: ["web", "aws"] },
    ],
    [block("uvx", "thing-tools[web]"), { extras: ["web"] }],
    [block("pipx", "run", "--spec", "thing-tools", "thing-server"), { program: "thing-server" }],
    [block("uvx", "--from", "thing-tools", "python", "-m", "thing.server"), { module: "thing.server" }],
    [block("python", "-m", "thing.server", "--fast"), { module: "thing.server", args: ["--fast"] }],
    [block("uv", "run", "--directory", "/src", "thing-server", "stdio"), { program: "thing-server", args: ["stdio"] }],
    [block("uv", "run", "-m", "thing.server"), { module: "thing.server" }],
    // One command that names the package alone says that its own program is the server.
    [block("uvx", "thing-tools") + block("uvx", "--from", "thing-tools", "thing-server"), {}],
    // A program that signs in and ends is not the server, nor is a module of another package.
    [block("uvx", "--from", "thing-tools", "thing-auth", "now"), {}],
    [block("python", "-m", "http.server"), {}],
    // An interpreter would run its arguments as code.
    [block("uvx", "--from", "thing-tools", "python3", "-c", "import os"), {}],
  ];
  for (const [readme, expected] of cases)
    assert.deepEqual(await readServer(readme, python, "thing-tools"), { ...plain, ...expected }, readme);
});

test("an npm package starts the program that its documentation names", async () => {
  const files = {
    "package.json": JSON.stringify({
      name: "@acme/tools",
      bin: { tools: "dist/cli.js", "tools-mcp": "dist/index.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({ name: "t" });\n',
  };
  const npm = { ...plain, package: "@acme/tools" };
  const cases: [string, object][] = [
    [block("npx", "-y", "-p", "@acme/tools", "tools-mcp"), { program: "tools-mcp" }],
    [
      block("npx", "-y", "--package=@acme/tools@1.0.0", "tools-mcp", "stdio"),
      { program: "tools-mcp", args: ["stdio"] },
    ],
    [block("npx", "-y", "@acme/tools"), {}],
    [block("npx", "-y", "-p", "@acme/tools", "node", "-e"), {}],
  ];
  for (const [readme, expected] of cases)
    assert.deepEqual(await readServer(readme, files, "@acme/tools"), { ...npm, ...expected }, readme);
});

test("a package that is built without its command's source is read from the program down", async () => {
  const found = await readDemands({
    "README.md": configBlock({}),
    "package.json": JSON.stringify({ name: "thing-mcp", dependencies: { "@modelcontextprotocol/sdk": "1" } }),
    "src/bin.ts": 'import { serve } from "./serve.js";\nimport { readKey } from "./key.js";\nreadKey();\nserve();\n',
    "src/serve.ts":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport const serve = () => new McpServer({ name: "thing" }).connect(new StdioServerTransport());\n',
    "src/key.ts": 'export function readKey() {\n  if (!process.env.A_KEY) throw new Error("no key");\n}\n',
    "src/other.ts": 'if (!process.env.B_KEY) throw new Error("no key");\n',
    "test/serve.ts": 'import { serve } from "../src/serve.js";\nif (!process.env.C_KEY) throw new Error("no key");\n',
  });
  assert.deepEqual(found.required, ["A_KEY"]);
  assert.deepEqual(found.optional, []);
});

test("a command's target may be a module of the package", async () => {
  const found = await readDemands({
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing:server"\n',
    "thing/__init__.py": "",
    "thing/server.py":
      'import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\nkey = os.environ["A_KEY"]\nmcp.run()\n',
    "README.md": "# Thing\n",
  });
  assert.deepEqual(found.required, ["A_KEY"]);
});
