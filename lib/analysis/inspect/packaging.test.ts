import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

const README = '# Thing\n\n```json\n{"mcpServers":{"t":{"command":"uvx","args":["thing-mcp"]}}}\n```\n';
const RUST =
  'use rmcp::ServerHandler;\nimpl ServerHandler for Thing {}\nfn main() { let key = std::env::var("A_KEY").unwrap(); }\n';
const CARGO = '[package]\nname = "thing-mcp"\n[dependencies]\nrmcp = "0.8"\n';
const SCRIPT =
  "import argparse, os\nparser = argparse.ArgumentParser()\nparser.add_argument('--output', required=True)\nos.environ['B_TOKEN']\n";
const SCRIPTS = Object.fromEntries(
  ["scripts/release.py", "architecture/experiments/probe.py", "tools/build.py", "hack/x.py"].map((path) => [
    path,
    SCRIPT,
  ]),
);

async function listInputs(files: Record<string, string>, registry: "npm" | "pypi"): Promise<string[]> {
  const { kind, inputs } = await inspectFiles(files, { [registry]: [{ name: "thing-mcp", repository: REPOSITORY }] });
  assert.equal(kind, "stdio");
  return inputs.map(({ key }) => key).sort();
}

test("a package whose program is built from another language has that language's sources alone", async () => {
  const probe = { "experiments/probe/src/main.rs": 'fn main() { std::env::var("B_KEY").unwrap(); }\n' };
  const rust = { "Cargo.toml": CARGO, "src/main.rs": RUST, "README.md": README, ...SCRIPTS, ...probe };
  for (const pyproject of [
    '[project]\nname = "thing-mcp"\n[build-system]\nbuild-backend = "maturin"\n[tool.maturin]\nbindings = "bin"\n',
    '[project]\nname = "thing-mcp"\n[build-system]\nbuild-backend = "maturin"\n',
    '[project]\nname = "thing-mcp"\n[[tool.setuptools-rust.bins]]\ntarget = "thing-mcp"\n',
  ])
    assert.deepEqual(await listInputs({ ...rust, "pyproject.toml": pyproject }, "pypi"), ["A_KEY"], pyproject);
  const setup =
    'from setuptools_rust import RustBin\nsetup(name="thing-mcp", rust_extensions=[RustBin("thing-mcp")])\n';
  assert.deepEqual(await listInputs({ ...rust, "setup.py": setup }, "pypi"), ["A_KEY"]);
});

test("a package that starts a binary has nothing of its repository's scripts", async () => {
  const wrapper = JSON.stringify({ name: "thing-mcp", version: "1.0.0", bin: { "thing-mcp": "bin/thing-mcp" } });
  const files = {
    "package.json": wrapper,
    "Cargo.toml": CARGO,
    "src/main.rs": RUST,
    "scripts/publish.js": "process.env.B_TOKEN; process.env.NPM_OTP_SECRET;",
    "README.md": README.replace("uvx", "npx"),
  };
  assert.deepEqual(await listInputs(files, "npm"), ["A_KEY"]);
  const shim = { ...files, "bin/thing-mcp": "", "bin/run.js": "process.env.A_BINARY_URL;" };
  shim["package.json"] = wrapper.replace('bin/thing-mcp"', 'bin/run.js"');
  assert.deepEqual(await listInputs(shim, "npm"), ["A_BINARY_URL", "A_KEY"]);
});

test("where no command's file is found, only the package's own folders count", async () => {
  const server =
    "import os\nfrom mcp.server.fastmcp import FastMCP\nimport tools.search\nmcp = FastMCP('thing')\nos.environ['A_KEY']\nmcp.run()\n";
  const common = { "pyproject.toml": '[project]\nname = "thing-mcp"\n', "README.md": README, ...SCRIPTS };
  for (const folder of ["", "src/", "thing_mcp/", "src/thing_mcp/scripts/"])
    assert.deepEqual(await listInputs({ ...common, [`${folder}server.py`]: server }, "pypi"), ["A_KEY"], folder);
  const tools = { "server.py": server, "tools/search.py": "import os\nos.getenv('A_REGION')\n" };
  assert.deepEqual(await listInputs({ ...common, ...tools }, "pypi"), ["A_KEY", "A_REGION"]);
  const bundled = npmServer("process.env.A_KEY;", README.replace("uvx", "npx"), {
    "scripts/release.ts": "process.env.B_TOKEN;",
    "tools/gen.ts": "process.env.C_TOKEN;",
  });
  bundled["package.json"] = (bundled["package.json"] ?? "").replace("dist/index.js", "dist/bundle.js");
  assert.deepEqual(await listInputs(bundled, "npm"), ["A_KEY"]);
});

test("a package that starts the server of another one in its folder is not read in its place", async () => {
  const files = {
    "package.json": JSON.stringify({ name: "thing-wrapper", version: "1.0.0", bin: { thing: "src/index.js" } }),
    "src/index.js":
      'import { spawn } from "child_process";\nconsole.log("MCP server: mcp-thing", process.env.W_KEY);\nnew ThingMCPServer();\nspawn("python3", ["main.py"]);\n',
    "pyproject.toml": '[project]\nname = "thing-py"\ndependencies = ["mcp"]\n[project.scripts]\nthing = "main:main"\n',
    "main.py":
      "import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('thing')\ndef main():\n    os.environ['A_KEY']\n    mcp.run()\n",
    "README.md": "# Thing MCP server\n",
  };
  const { inputs } = await inspectFiles(files, {});
  assert.deepEqual(
    inputs.map(({ key }) => key),
    ["A_KEY"],
  );
});
