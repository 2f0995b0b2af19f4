import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { javaServer, npmServer } from "../testing/repositories.ts";

async function inspectPublished(files: Record<string, string>) {
  const published = [{ name: "thing-mcp", repository: REPOSITORY, commands: null }];
  const known = "pyproject.toml" in files ? { pypi: published } : { npm: published };
  const { server, inputs } = await inspectFiles(files, known);
  return {
    program: server.program ?? null,
    inputs: inputs.map((one) => `${one.key}${one.required ? "!" : ""}`).sort(),
  };
}

const PYPROJECT =
  '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing.server:main"\nthing-quotes = "quotes.server:main"\n';
const SERVER = "import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('thing')\n";
const python = (readme: string) => ({
  "pyproject.toml": PYPROJECT,
  "src/thing/server.py": `${SERVER}def main():\n    os.environ['A_TOKEN']\n    mcp.run()\n`,
  "src/quotes/server.py": `${SERVER}def main():\n    os.environ['B_TOKEN']\n    mcp.run()\n`,
  "README.md": readme,
});

test("of several programs of a package, only the one that is started counts", async () => {
  assert.deepEqual(await inspectPublished(python("")), { program: null, inputs: ["A_TOKEN!"] });
  const written = { ...python(""), "pyproject.toml": PYPROJECT.replace('name = "thing-mcp"', 'name = "Thing_mcp"') };
  assert.deepEqual(await inspectPublished(written), { program: null, inputs: ["A_TOKEN!"] });
  const other = "```sh\nuvx --from thing-mcp thing-quotes\n```\n";
  assert.deepEqual(await inspectPublished(python(other)), { program: "thing-quotes", inputs: ["B_TOKEN!"] });
  const bins = (own: string) => ({
    ...npmServer("if (!process.env.A_TOKEN) throw new Error('no');", ""),
    "package.json": JSON.stringify({
      name: "thing-mcp",
      bin: { [own]: "dist/index.js", "thing-board": "dist/board.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/board.ts": "if (!process.env.B_TOKEN) throw new Error('no');\n",
  });
  assert.deepEqual((await inspectPublished(bins("thing-mcp"))).inputs, ["A_TOKEN!"]);
  // Where none has the package's name, the one that says that it serves is meant, else either.
  for (const own of ["thing-server", "thing-stdio", "serve-thing", "server"])
    assert.deepEqual((await inspectPublished(bins(own))).inputs, ["A_TOKEN!"], own);
  for (const own of ["thing-desk", "thing-http-server"])
    assert.deepEqual((await inspectPublished(bins(own))).inputs, ["A_TOKEN!", "B_TOKEN!"], own);
});

test("a program of the package that signs in or sets up is not started, and its arguments are none of the server's", async () => {
  const scripts = (...lines: string[]) =>
    `[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\n${lines.join("\n")}\n`;
  const files = (readme: string) => ({
    "pyproject.toml": scripts(
      'thing-server = "thing.server:main"',
      'thing-auth = "thing.auth:main"',
      'init = "thing.auth:main"',
    ),
    "src/thing/server.py": `${SERVER}def main():\n    os.environ['A_TOKEN']\n    mcp.run()\n`,
    "src/thing/auth.py":
      "import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('client')\n    parser.parse_args()\n",
    "README.md": readme,
  });
  const block = `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command: "uvx", args: ["--from", "thing-mcp", "thing-server"], env: { A_TOKEN: "x" } } } })}\n\`\`\`\n`;
  for (const command of [
    "uvx --from thing-mcp thing-auth --client-id ID --client-secret SECRET",
    "uvx --from thing-mcp init --force claude",
    "uv run thing-auth --client-secret SECRET",
  ]) {
    const shown = `\`\`\`sh\n${command}\n\`\`\`\n`;
    assert.deepEqual(await inspectPublished(files(shown)), { program: null, inputs: ["A_TOKEN!"] }, command);
    assert.deepEqual(
      await inspectPublished(files(shown + block)),
      { program: "thing-server", inputs: ["A_TOKEN!"] },
      command,
    );
  }
});

const CLI =
  'import click, os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n@click.command()\n@click.option("--login", required=True, type=int)\n@click.option("--region", required=True)\ndef main(login, region):\n    mcp.run()\n';

test("a variable of another program does not spare a flag that the server demands", async () => {
  const files = {
    ...python(""),
    "src/thing/server.py": CLI,
    "src/quotes/server.py": `${SERVER}def main():\n    os.getenv('REGION')\n    mcp.run()\n`,
    ".env.example": "REGION=eu\n",
  };
  assert.deepEqual((await inspectPublished(files)).inputs, ["--login!", "--region!", "REGION"]);
  const reading = CLI.replace("mcp.run()", "os.environ.setdefault('REGION', region)\n    mcp.run()");
  const same = { ...files, "src/thing/server.py": reading.replace("def main", "os.getenv('REGION')\ndef main") };
  // The parser of arguments asks for the flag all the same, unless it takes each from the environment too.
  assert.deepEqual((await inspectPublished(same)).inputs, ["--login!", "--region!", "REGION"]);
  const prefixed = `${same["src/thing/server.py"]}if __name__ == '__main__':\n    main(auto_envvar_prefix='THING')\n`;
  const taken = await inspectPublished({ ...same, "src/thing/server.py": prefixed });
  assert.deepEqual(taken.inputs, ["--login!", "REGION!"]);
});

const maven = (name: string, ...uses: string[]) =>
  `<project><parent><artifactId>thing-parent</artifactId></parent><artifactId>${name}</artifactId><dependencies><dependency><groupId>io.modelcontextprotocol.sdk</groupId></dependency>${uses.map((one) => `<dependency><artifactId>${one}</artifactId></dependency>`).join("")}</dependencies></project>`;
const reads = (key: string) =>
  `package com.acme;\npublic class Settings {\n  String value = java.util.Objects.requireNonNull(System.getenv("${key}"));\n}\n`;

test("a module that has nothing to do with the server's asks for nothing", async () => {
  const { "src/main/java/com/acme/App.java": app = "" } = javaServer("");
  const { inputs } = await inspectFiles({
    "README.md": "# Thing MCP\n",
    "pom.xml":
      "<project><artifactId>thing-parent</artifactId><modules><module>core</module><module>chat</module></modules></project>",
    "core/pom.xml": maven("thing-core", "thing-model"),
    "core/src/main/java/com/acme/App.java": app,
    "model/pom.xml": maven("thing-model"),
    "model/src/main/java/com/acme/Settings.java": reads("A_MODEL"),
    "stdio/pom.xml": maven("thing-stdio", "thing-core"),
    "stdio/src/main/java/com/acme/Settings.java": reads("A_STDIO"),
    "chat/pom.xml": maven("thing-chat"),
    "chat/src/main/java/com/acme/Settings.java": reads("B_CHAT"),
  });
  assert.deepEqual(inputs.map(({ key }) => key).sort(), ["A_MODEL", "A_STDIO"]);
});

test("a program that lies beside the server and leads to none is another one", async () => {
  const guard = "if __name__ == '__main__':\n    main()\n";
  const files = (more: Record<string, string>) => ({
    "pyproject.toml": '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n',
    "README.md": "# Thing MCP server\n\n```sh\nuv run src/server.py\n```\n",
    "src/server.py": `${SERVER}from config import load\ndef main():\n    load()\n    mcp.run()\n${guard}`,
    "src/config.py":
      "import os\ndef load():\n    return os.getenv('A_TOKEN')\ndef family():\n    return os.getenv('B_FAMILY')\ndef models():\n    return family(), os.getenv('B_MODELS')\n",
    ...more,
  });
  const inputs = async (more: Record<string, string>) => (await inspectPublished(files(more))).inputs;
  const client =
    "import os\nfrom mcp.client.stdio import stdio_client\nfrom config import models\nlogging.getLogger('mcp.server.lowlevel').disabled = True\ndef main():\n    chat(os.environ['C_KEY'], models())\n";
  assert.deepEqual(await inputs({ "src/client.py": client + guard }), ["A_TOKEN"]);
  assert.deepEqual(await inputs({ "chat.py": `from agent import main\n${guard}`, "src/agent.py": client }), [
    "A_TOKEN",
  ]);
  const server = files({})["src/server.py"];
  const others: Record<string, string>[] = [
    // The server imports it, starts it or loads what it finds.
    { "src/client.py": client + guard, "src/server.py": `import client\n${server}` },
    { "src/client.py": client + guard, "src/server.py": server.replace("load()\n", "run('client.py')\n    load()\n") },
    {
      "src/client.py": client + guard,
      "src/server.py": `from importlib import import_module\nimport_module(x)\n${server}`,
    },
    // It may be a server of its own.
    { "src/client.py": `${client}REPLY = {'jsonrpc': '2.0'}\n${guard}` },
  ];
  for (const more of others) assert.ok((await inputs(more)).includes("B_MODELS"), JSON.stringify(more));
});

test("npm: what a module does where it is started itself is not what a program does that imports it", async () => {
  const demand = "  if (!process.env.A_TOKEN) { console.error('no'); process.exit(1); }\n  run(process.env.A_TOKEN);\n";
  const server =
    'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport async function run(token) {\n  await new McpServer({ name: "thing" }).connect(new StdioServerTransport());\n}\n';
  const cli = 'import { run } from "./server.js";\nrun(process.env.B_TOKEN ?? fail());\n';
  const guards = [
    "if (import.meta.url === pathToFileURL(process.argv[1]).href) {\n",
    "if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {\n",
    "if (require.main === module) {\n",
    "if (import.meta.main) {\n",
  ];
  const inputsOf = async (bin: string, guard: string) => {
    const files = {
      ...npmServer("", ""),
      "package.json": JSON.stringify({
        name: "thing-mcp",
        bin: { "thing-mcp": bin },
        dependencies: { "@modelcontextprotocol/sdk": "1" },
      }),
      "src/index.ts": cli,
      "src/server.ts": `${server}${guard}${demand}}\n`,
    };
    return (await inspectPublished(files)).inputs;
  };
  for (const guard of guards) {
    assert.deepEqual(await inputsOf("dist/index.js", guard), ["B_TOKEN"], guard);
    assert.deepEqual(await inputsOf("dist/server.js", guard), ["A_TOKEN!"], guard);
  }
  assert.deepEqual(await inputsOf("dist/index.js", "if (process.argv[2] === MODE) {\n"), ["A_TOKEN", "B_TOKEN"]);
  assert.deepEqual(await inputsOf("dist/index.js", "{\n"), ["A_TOKEN!", "B_TOKEN"]);
});
