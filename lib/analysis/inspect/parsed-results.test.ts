import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, readDemands } from "../testing/repositories.ts";

const EXIT = "{ console.error('Give an address'); process.exit(1); }\n";
const UTIL =
  'import { parseArgs } from "node:util";\nconst OPTIONS = { url: { type: "string" }, "read-key": { type: "string" } };\n';
const COMMANDER =
  'import { Command } from "commander";\nconst program = new Command();\nprogram.option("--url <url>");\n';
const demands = async (code: string, more: Record<string, string> = {}) => {
  const { required, optional } = await readDemands(npmServer(code, "# Thing\n", more));
  return [required, optional];
};

test("a flag that a function returns is demanded where its result is", async () => {
  for (const code of [
    `${UTIL}function read() { const { values } = parseArgs({ options: OPTIONS }); return values; }\nconst given = read();\nif (!given.url) ${EXIT}`,
    `${UTIL}const read = () => parseArgs({ options: OPTIONS }).values;\nconst { url } = read();\nif (!url) ${EXIT}`,
    `${UTIL}function read() { try { const { values } = parseArgs({ options: OPTIONS }); return { address: values.url || "" }; } catch (error) { process.exit(1); } }\nasync function check(options) { if (!options.address) ${EXIT} return options; }\nasync function main() { const options = read(); await check(options); }\nmain();\n`,
    `${UTIL}async function read() { const { values } = parseArgs({ options: OPTIONS }); return { url: values.url ?? undefined }; }\nlet given;\ngiven = await read();\nif (!given.url) ${EXIT}`,
    `${COMMANDER}function read() { program.parse(); return program.opts(); }\nconst options = read();\nif (!options.url) ${EXIT}`,
    `${COMMANDER}function read() { const options = program.parse().opts(); return { db: options.url }; }\nconst given = read();\nif (!given.db) ${EXIT}`,
    `import yargs from "yargs";\nfunction read() { return yargs(process.argv.slice(2)).option("url", { type: "string" }).parseSync(); }\nconst argv = read();\nif (!argv.url) ${EXIT}`,
    `function read() { const found = {}; const args = process.argv.slice(2);\nfor (let i = 0; i < args.length; i++) { if (args[i] === "--url") { found.url = args[++i]; } }\nreturn found; }\nconst given = read();\nif (!given.url) ${EXIT}`,
  ]) {
    const [required] = await demands(code);
    assert.deepEqual(required, ["--url"], code);
  }
});

test("the result may be another file's", async () => {
  const cli = `${UTIL}export function readFlags() { const { values } = parseArgs({ options: OPTIONS }); return { url: values.url }; }\n`;
  const code = `import { readFlags } from "./cli.js";\nconst flags = readFlags();\nif (!flags.url) ${EXIT}`;
  assert.deepEqual(await demands(code, { "src/cli.ts": cli }), [["--url"], ["--read-key"]]);
});

test("a flag that has a value of its own, or a way beside it, is not demanded", async () => {
  for (const code of [
    `${UTIL}function read() { const { values } = parseArgs({ options: OPTIONS }); return { url: values.url || "http://localhost" }; }\nconst given = read();\nif (!given.url) ${EXIT}`,
    `${COMMANDER.replace('<url>"', '<url>", "Address", "http://localhost"')}function read() { return program.parse().opts(); }\nconst given = read();\nif (!given.url) ${EXIT}`,
    `${COMMANDER}function read() { return program.parse().opts(); }\nconst given = read();\nif (given.url) connect(given.url);\n`,
    `${COMMANDER}function read() { return program.parse().opts(); }\nfunction other() { return fetchSettings(); }\nconst given = other();\nif (!given.url) ${EXIT}use(read().url);\n`,
  ]) {
    const [required] = await demands(code);
    assert.deepEqual(required, [], code);
  }
  const either = await readDemands(
    npmServer(
      `${UTIL}function read() { const { values } = parseArgs({ options: OPTIONS }); return { key: values["read-key"] || process.env.THING_READ_KEY }; }\nconst given = read();\nif (!given.key) ${EXIT}`,
      "# Thing\n",
    ),
  );
  assert.ok(!either.required.includes("--read-key"), JSON.stringify(either));
});
