import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

// Programs that do one thing with arguments, and serve without any.

const indent = (code: string) => code.replace(/^(?=.)/gm, "    ");
const PARSER =
  'parser = argparse.ArgumentParser()\nparser.add_argument("prompt")\nparser.add_argument("--width", required=True)\nargs = parser.parse_args()\n';
const DRAWS = `${PARSER}draw(args.prompt)\n`;
const HEAD = "import argparse\nimport sys\n";

const inputsOf = async (code: string) => {
  const { required, optional } = await readDemands(pypiServer(`${HEAD}${code}`, ""));
  return [...required, ...optional];
};

test("what a Python program parses where it does not serve is none of the server's", async () => {
  const cli = `def cli():\n${indent(DRAWS)}`;
  const ways = [
    `def main():\n    if len(sys.argv) > 1:\n${indent(indent(DRAWS))}    else:\n        mcp.run()\n`,
    `def main():\n    if len(sys.argv) == 1:\n        mcp.run()\n    else:\n${indent(indent(DRAWS))}`,
    `${cli}def main():\n    if len(sys.argv) > 1:\n        cli()\n    else:\n        mcp.run()\n`,
    `${cli}def main():\n    if len(sys.argv) > 1 and sys.argv[1] == "draw":\n        cli()\n        return\n    mcp.run()\n`,
    `${cli}def start():\n    mcp.run()\ndef main():\n    if sys.argv[1:]:\n        sys.exit(cli())\n    start()\n`,
    `${cli}from .app import run_server\ndef main():\n    try:\n        if len(sys.argv) > 1:\n            cli()\n        else:\n            asyncio.run(run_server())\n    except Exception:\n        sys.exit(1)\n`,
  ];
  for (const code of ways) assert.deepEqual(await inputsOf(code), [], code);
});

test("what a Python program parses where it serves too is the server's", async () => {
  const ways = [
    `def main():\n    if len(sys.argv) > 1:\n${indent(indent(PARSER))}        mcp.run(args.prompt, args.width)\n    else:\n        mcp.run()\n`,
    `def start(args=None):\n    mcp.run()\ndef main():\n    if len(sys.argv) > 1:\n${indent(indent(PARSER))}        start(args)\n    else:\n        start()\n`,
    `from .app import run_server\ndef main():\n    if len(sys.argv) > 1:\n${indent(indent(PARSER))}        run_server(args)\n    else:\n        mcp.run()\n`,
    `def main():\n    if len(sys.argv) > 1:\n${indent(indent(PARSER))}        configure(args)\n    mcp.run()\n`,
    `def parse():\n${indent(PARSER)}    return args\ndef main():\n    if len(sys.argv) > 1:\n        configure(parse())\n    mcp.run()\n`,
  ];
  for (const code of ways) assert.deepEqual(await inputsOf(code), ["--width", "position 0"], code);
});
