import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

const GROUP = "import click\n@click.group()\ndef main():\n    pass\n";
const SERVE = '@main.command()\n@click.option("--depth")\ndef serve(depth):\n    mcp.run()\n';
const RUN =
  '@click.command(name="run")\n@click.argument("kind")\n@click.option("--format")\ndef run_tool(kind, format):\n    print(kind)\n';

test("click: what another file adds to the group is a subcommand, and run is none of a server beside serve", async () => {
  const elsewhere = { "src/thing/tools.py": `import click\n${RUN}` };
  const adding = `from thing.tools import run_tool\n${GROUP}${SERVE}main.add_command(run_tool)\n`;
  for (const [files, required, optional] of [
    [pypiServer(adding, "", elsewhere), [], ["--depth"]],
    [pypiServer(`${GROUP}${SERVE}${RUN.replace("@click.c", "@main.c")}`, ""), [], ["--depth"]],
    // Where no other command serves, run does.
    [
      pypiServer(`${GROUP}${RUN.replace("@click.c", "@main.c")}@main.command()\ndef list():\n    pass\n`, ""),
      ["position 0"],
      ["--format"],
    ],
    // A command alone is the program.
    [
      pypiServer('import click\n@click.command()\n@click.argument("root")\ndef main(root):\n    mcp.run()\n', ""),
      ["position 0"],
      [],
    ],
  ] satisfies [Record<string, string>, string[], string[]][]) {
    const found = await readDemands(files);
    assert.deepEqual([found.required, found.optional], [required, optional], files["src/thing/server.py"]);
  }
});

test("argparse: a position that a function adds to the parser it is handed may be any subcommand's", async () => {
  const tools = 'def fill(parser):\n    parser.add_argument("target")\n';
  const main = (parser: string) =>
    pypiServer(
      `import argparse\nfrom thing.tools import fill\ndef main():\n    parser = argparse.ArgumentParser()\n${parser}    parser.parse_args()\n    mcp.run()\n`,
      "",
      { "src/thing/tools.py": tools },
    );
  const subcommands =
    '    commands = parser.add_subparsers(dest="command")\n    commands.add_parser("serve")\n    fill(commands.add_parser("stop"))\n';
  assert.deepEqual((await readDemands(main(subcommands))).required, []);
  assert.deepEqual((await readDemands(main("    fill(parser)\n"))).required, ["position 0"]);
});
