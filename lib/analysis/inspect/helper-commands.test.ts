import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const README = configBlock({ A_KEY: "x" });

test("what a subcommand needs that signs in or sets up is not what the server needs", async () => {
  const need =
    "function need() { if (!process.env.B_KEY) throw new Error('B_KEY'); }\nif (!process.env.A_KEY) throw new Error('A_KEY');\n";
  for (const code of [
    `${need}const command = process.argv[2];\nif (command === "login") need(); else serve();`,
    `${need}switch (args.command) { case "setup": need(); break; default: serve(); }`,
    `${need}if (argv.subcommand === "db-status") { need(); process.exit(0); }\nserve();`,
  ])
    assert.deepEqual((await readDemands(npmServer(code, README))).required, ["A_KEY"], code);
  const python = (main: string) =>
    pypiServer(
      `def need():\n    if not os.getenv('B_KEY'):\n        raise ValueError('B_KEY')\ndef main():\n    os.environ['A_KEY']\n    ${main}\n`,
      README,
    );
  for (const main of [
    "if args.command == 'update-db':\n        need()\n    elif args.command == 'serve':\n        mcp.run()",
    "if args.command in ('login', 'logout'):\n        need()\n        return\n    mcp.run()",
    "if args.command != 'setup':\n        mcp.run()\n    else:\n        need()",
    "match args.command:\n        case 'auth':\n            need()\n        case _:\n            mcp.run()",
  ])
    assert.deepEqual((await readDemands(python(main))).required, ["A_KEY"], main);
});

test("what a subcommand needs that serves is what the server needs", async () => {
  for (const word of ["serve", "run-mcp", "connect"]) {
    const code = `function need() { if (!process.env.A_KEY) throw new Error("A_KEY"); }\nif (args.command === "${word}") need();`;
    assert.deepEqual((await readDemands(npmServer(code, README))).required, ["A_KEY"], word);
  }
});

test("yargs: what a named function sets up for a command that does not serve is not what the server needs", async () => {
  const builder = (name: string, option: string) =>
    `export function ${name}Builder(args) { return args.option("${option}", { type: "string", demandOption: true }); }\n`;
  const parts = `${builder("scan", "report")}${builder("mcp", "team")}`;
  const imports = 'import { scanBuilder, mcpBuilder } from "./parts.js";\n';
  const enumeration = 'const Commands = { scan: "scan", mcp: "mcp" };\n';
  for (const calls of [
    '.command("scan <folder>", "Scan", scanBuilder, scan).command("mcp", "Serve", mcpBuilder, serve)',
    '.command(Commands.scan, "Scan", scanBuilder, scan).command(Commands.mcp, "Serve", mcpBuilder, serve)',
    '.command({ command: "scan", builder: scanBuilder, handler: scan }).command({ command: "mcp", builder: mcpBuilder, handler: serve })',
    '.command("scan", "Scan", scanBuilder, scan).command("$0", "Serve", mcpBuilder, serve)',
  ]) {
    const code = `${imports}${enumeration}yargs(process.argv)${calls}.parse();\n`;
    assert.deepEqual((await readDemands(npmServer(code, "", { "src/parts.ts": parts }))).required, ["--team"], calls);
  }
  // One that both share is the server's as well, and so is one that no command names.
  for (const calls of [
    '.command("scan", "Scan", mcpBuilder, scan).command("mcp", "Serve", mcpBuilder, serve)',
    '.command("scan", "Scan", scanBuilder, scan).command("mcp", "Serve", {}, serve)',
  ]) {
    const shared = `import { scanBuilder } from "./parts.js";\n${builder("mcp", "team")}mcpBuilder(yargs(process.argv))${calls}.parse();\n`;
    const more = { "src/parts.ts": builder("scan", "report") };
    assert.ok((await readDemands(npmServer(shared, "", more))).required.includes("--team"), calls);
  }
});
