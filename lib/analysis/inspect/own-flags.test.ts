import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer } from "../testing/repositories.ts";

/** The flags and variables of a server, those that are required with "!" behind them. */
async function inputsOf(files: Record<string, string>): Promise<string[]> {
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const { inputs } = await inspectFiles(files, "pyproject.toml" in files ? { pypi: published } : { npm: published });
  return inputs.map(({ key, required }) => `${key}${required ? "!" : ""}`).sort();
}

test("the flags of a program that reads process.argv itself are found, and those that it demands", async () => {
  const cases: [string, string[]][] = [
    [
      'const key = process.argv.find((a) => a.startsWith("--a-key="))?.split("=")[1]; if (!key) throw new Error("no");',
      ["--a-key!"],
    ],
    ['const readOnly = process.argv.includes("--read-only");', ["--read-only"]],
    [
      `function getArg(name) { const i = process.argv.indexOf(\`--\${name}\`); return i === -1 ? undefined : process.argv[i + 1]; }
const url = getArg("url"); if (!url) process.exit(1);`,
      ["--url!"],
    ],
    [
      'const args = process.argv.slice(2); const options = {};\nfor (let i = 0; i < args.length; i++) { if (args[i] === "--db") options.db = args[++i]; else if (args[i] === "--token") { options.token = args[++i]; } }\nif (!options.db) throw new Error("--db is required");',
      ["--db!", "--token"],
    ],
    [
      'const options = { db: "" };\nprocess.argv.slice(2).forEach((arg) => { if (arg.startsWith("--")) { const [key, value] = arg.slice(2).split("="); if (key === "tools") options.tools = value; } });\nif (!options.tools) throw new Error("no");',
      ["--tools!"],
    ],
    [
      'const args = process.argv.slice(2);\nlet db; for (let i = 0; i < args.length; i++) { switch (args[i]) { case "--db": db = args[++i]; break; case "--help": break; } }\nif (!db) process.exit(1);',
      ["--db!"],
    ],
    [
      'import minimist from "minimist"; const argv = minimist(process.argv.slice(2)); if (!argv.key) throw new Error("no"); const sender = argv["sender"];',
      ["--key!", "--sender"],
    ],
    [
      'import arg from "arg"; const args = arg({ "--db": String, "-d": "--db" }); if (!args["--db"]) throw new Error("no");',
      ["--db!"],
    ],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await inputsOf(npmServer(code, "")), expected, code);
});

test("a flag is known by the aliases that a parser without declarations is told, and named for no platform that sets it", async () => {
  const fails = "console.error('usage'); process.exit(1);";
  const parsers = [
    `import minimist from "minimist"; const argv = minimist(process.argv.slice(2), { string: ["vercel-key", "db"], alias: { v: "vercel-key", db: ["d", "base"] } }); if (!argv["vercel-key"] || !argv.d) { ${fails} }`,
    `import arg from "arg"; const argv = arg({ "--vercel-key": String, "--db": String, "-v": "--vercel-key", "-d": "--db", "--base": "--db" }); if (!argv["--vercel-key"] || !argv["--db"]) { ${fails} }`,
  ];
  const readme = configBlock({}, "-v", "<your key>", "-d", "<path>");
  for (const code of parsers)
    assert.deepEqual(await inputsOf(npmServer(code, readme)), ["--db!", "--vercel-key!"], code);
  const without = 'import minimist from "minimist"; const argv = minimist(process.argv.slice(2)); open(argv.db);';
  assert.deepEqual(await inputsOf(npmServer(without, configBlock({}, "-d", "<path>"))), ["--db", "-d"]);
});

test("an option that a library declares as optional is required where the code fails without it", async () => {
  const node = [
    'import { parseArgs } from "node:util"; const { values } = parseArgs({ options: { db: { type: "string" }, "api-key": { type: "string" } } }); if (!values.db) throw new Error("no");',
    'import { Command } from "commander"; const program = new Command(); program.option("--db <path>", "Path").option("--api-key <key>", "Key"); program.parse(); const options = program.opts(); if (!options.db) process.exit(1);',
    'import yargs from "yargs"; const argv = yargs(hideBin(process.argv)).option("db", { type: "string" }).option("api-key", { type: "string" }).parseSync(); if (!argv.db) process.exit(1);',
  ];
  for (const code of node) assert.deepEqual(await inputsOf(npmServer(code, "")), ["--api-key", "--db!"], code);
  const python = [
    "import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--db')\n    p.add_argument('--api-key')\n    p.add_argument('--fast', action='store_true')\n    args = p.parse_args()\n    if not args.db:\n        p.error('no db')\n    mcp.run()\n",
    "import click\n@click.command()\n@click.option('--db')\n@click.option('--api-key')\n@click.option('--fast', is_flag=True)\ndef main(db, api_key, fast):\n    if db is None:\n        raise click.UsageError('no db')\n    mcp.run()\n",
  ];
  for (const code of python)
    assert.deepEqual(await inputsOf(pypiServer(code, "")), ["--api-key", "--db!", "--fast"], code);
});

test("a flag or the variable that does the same: the variable is asked for, and is required", async () => {
  const code =
    'import { parseArgs } from "node:util"; const { values } = parseArgs({ options: { "api-key": { type: "string" } } }); const key = values["api-key"] ?? process.env.A_API_KEY; if (!key) throw new Error("no");';
  assert.deepEqual(await inputsOf(npmServer(code, "")), ["A_API_KEY!"]);
});

test("texts with dashes in a program that does not read its arguments are no flags", async () => {
  const code =
    'spawn("git", ["--no-pager", "log"]); if (line.startsWith("--- a")) parse(); if (text.includes("--end")) stop();';
  assert.deepEqual(await inputsOf(npmServer(code, "")), []);
});

test("what a file would do as a program of its own is not done where it is imported", async () => {
  const code = "from . import tool\ndef main():\n    mcp.run()\n";
  const tool =
    "import os, sys\ndef check_all():\n    if not os.getenv('A_KEY'):\n        sys.exit(1)\nif __name__ == '__main__':\n    check_all()\n";
  assert.deepEqual(await inputsOf(pypiServer(code, "", { "src/thing/tool.py": tool })), []);
  const own = `${code}def check():\n    if not os.getenv('A_KEY'):\n        sys.exit(1)\nif __name__ == '__main__':\n    check()\n`;
  assert.deepEqual(await inputsOf(pypiServer(own, "")), ["A_KEY!"]);
});

test("a parser that only another program of the package makes has no flags of the server's", async () => {
  const parser = (name: string) =>
    `parser = argparse.ArgumentParser()\n    parser.add_argument('--${name}')\n    parser.parse_args()\n`;
  const files = (more: string, code = "") => ({
    ...pypiServer(`from thing.runner import serve\n${code}\ndef main():\n    serve()\n`, ""),
    "src/thing/runner.py": `import argparse\nasync def serve():\n    mcp.run()\n${more}`,
  });
  // The program hands on what the server calls too, but takes flags of its own.
  const guard = `if __name__ == '__main__':\n    ${parser("depth")}    asyncio.run(serve())\n`;
  assert.deepEqual(await inputsOf(files(guard)), []);
  const relay = `LOGGER = logging.getLogger("thing.runner")\ndef build():\n    ${parser("depth")}def main():\n    build()\nif __name__ == '__main__':\n    main()\n`;
  assert.deepEqual(await inputsOf(files(relay)), []);
  assert.deepEqual(await inputsOf(files(relay, 'subprocess.run([sys.executable, "-m", "thing.runner"])')), ["--depth"]);
  assert.deepEqual(await inputsOf(files(`def smoke():\n    ${parser("depth")}`)), []);
  assert.deepEqual(
    await inputsOf(files(`def options():\n    ${parser("depth")}`, "from thing import runner\nrunner.options()")),
    ["--depth"],
  );
  assert.deepEqual(await inputsOf(files(`def options():\n    ${parser("depth")}options()\n`)), ["--depth"]);
});

test("a flag that writes a sample of a file is no way to configure, nor is a flag what an object of its name holds", async () => {
  const flags = ["--key", "--config", "--create-config"].map((flag) => `    parser.add_argument('${flag}')\n`).join("");
  const python = (checks: string, before = "") =>
    pypiServer(
      `import argparse, sys\n${before}def main():\n    parser = argparse.ArgumentParser()\n${flags}    args = parser.parse_args()\n    if args.create_config:\n        write(args.create_config)\n        sys.exit(0)\n${checks}    mcp.run()\n`,
      "",
    );
  const key = "    if not (args.key or os.getenv('A_KEY')):\n        raise ValueError('no key')\n";
  assert.deepEqual(await inputsOf(python(key)), ["--config", "A_KEY!"]);
  const manager =
    "class Manager:\n    def __init__(self):\n        self.config = None\n    def load(self, path):\n        self.config = Config(path=path)\n    def check(self):\n        if not self.config:\n            return False\n        return True\nmanager = Manager()\n";
  const checked = "    manager.load(args.config)\n    if not manager.check():\n        raise ValueError('no')\n";
  assert.deepEqual(await inputsOf(python(key + checked, manager)), ["--config", "A_KEY!"]);
  const given = manager.replace("Config(path=path)", "path");
  assert.deepEqual(await inputsOf(python(key + checked, given)), ["--config!", "A_KEY!"]);
});

test("functions that another file makes commands of typer have their options, those that serve alone", async () => {
  const option = (name: string) =>
    `from typing import Annotated\nimport typer\ndef ${name}(\n    url: Annotated[str, typer.Option("--${name}-url", envvar="A_${name.toUpperCase()}_URL")],\n    depth: Annotated[int, typer.Option("--depth")] = 3,\n):\n    mcp.run()\n`;
  const files = {
    ...pypiServer(
      'import typer\nfrom thing.start import start_command\nfrom thing.connect import connect_command\napp = typer.Typer()\napp.command("start")(start_command)\napp.command("connect")(connect_command)\ndef main():\n    app()\n',
      "",
    ),
    "src/thing/start.py": option("start_command"),
    "src/thing/connect.py": option("connect_command"),
  };
  assert.deepEqual(await inputsOf(files), ["--depth", "A_START_COMMAND_URL!"]);
});
