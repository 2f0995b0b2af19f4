import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

const END = 'console.error("usage"); process.exit(1);';

async function startOf(code: string, readme = "", more: Record<string, string> = {}) {
  const published = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
  const { server, inputs } = await inspectFiles(npmServer(code, readme, more), published);
  return [
    server.args,
    inputs.filter(({ required }) => required).map(({ key, secret }) => `${key}${secret ? "!" : ""}`),
  ];
}

const listed = `const commands = ["init", "start"] as const;\nconst command = process.argv[2];\nconst apiKey = process.argv[3];\nif (!command || !commands.includes(command)) { ${END} }\nif (!apiKey) { ${END} }\n`;

test("the subcommand that serves is given by itself where the code tells which one that is", async () => {
  const parse = `export const parseArgs = () => {\n  const args = process.argv;\n  if (args.length !== 4) { ${END} }\n  return { command: args[2], apiKey: args[3] };\n};\n`;
  const apart = `import { parseArgs } from "./args.js";\nconst { command, apiKey } = parseArgs();\nif (command === "init") { init(apiKey); process.exit(0); }\nif (command !== "start") { ${END} }\n`;
  const cases = `const [command, apiKey] = process.argv.slice(2);\nif (!command || !apiKey) { ${END} }\nswitch (command) {\n  case "setup": setup(); break;\n  case "start": serve(apiKey); break;\n}\n`;
  const inPlace = listed.replace("commands.includes", '["init", "start"].includes');
  assert.deepEqual(await startOf(listed), [["start"], ["position 0!"]]);
  assert.deepEqual(await startOf(inPlace), [["start"], ["position 0!"]]);
  assert.deepEqual(await startOf(apart, "", { "src/args.ts": parse }), [["start"], ["position 0!"]]);
  assert.deepEqual(await startOf(cases), [["start"], ["position 0!"]]);
});

test("the subcommand that serves takes the place of the one that sets up, which documentation shows", async () => {
  const shown = (words: string) => `\`\`\`sh\nnpx -y thing-mcp ${words}\n\`\`\`\n`;
  assert.deepEqual(await startOf(listed, shown("init $A_API_KEY")), [["start"], ["position 0!"]]);
  assert.deepEqual(await startOf(listed, shown("start $A_API_KEY")), [["start"], ["position 0!"]]);
});

test("a first argument of which the code does not tell one word that serves is a person's", async () => {
  const check = `const apiKey = process.argv[3];\nif (!command || !apiKey) { ${END} }\n`;
  const both = ["position 0", "position 1!"];
  const command = `const command = process.argv[2];\n${check}`;
  assert.deepEqual(await startOf(`${command}if (command === "start") a(); else if (command === "serve") b();\n`), [
    [],
    both,
  ]);
  assert.deepEqual(await startOf(`${command}if (command === "init") a();\n`), [[], both]);
  assert.deepEqual(await startOf(`${command}if (command === "run") a();\nspawn(command, [apiKey]);\n`), [[], both]);
  const file = `const file = process.argv[2];\nif (!file) { ${END} }\nif (tool.command === "start") start();\n`;
  assert.deepEqual(await startOf(file), [[], ["position 0"]]);
});
