import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const CHOICE = [[[["position 0"], ["A_URL"]], true]];
const README =
  "```sh\nnpx -y thing-mcp postgres://localhost/db\n```\n\n| Variable | Description |\n| --- | --- |\n| `A_URL` | Connection |\n";

test("a position and a variable that does the same are a choice, though every command shows the position", async () => {
  const loops = [
    'let url = "";\nconst args = process.argv.slice(2);\nfor (let i = 0; i < args.length; i++) {\n  if (args[i] === "--read-only") readOnly = true;\n  else if (!url) url = args[i];\n}\nif (!url) {\n  url = process.env.A_URL || "";\n}\nif (!url) {\n  console.error("no URL");\n  process.exit(1);\n}\n',
    'const url = process.argv[2] || process.env.A_URL;\nif (!url) { console.error("no"); process.exit(1); }\n',
    'const args = process.argv.slice(2);\nlet url = args[0];\nif (!url) url = process.env.A_URL;\nif (!url) throw new Error("no");\n',
  ];
  for (const code of loops) {
    const { required, choices } = await readDemands(npmServer(code, README));
    assert.deepEqual([required, choices], [[], CHOICE], code);
  }
});

test("a position that the code demands is required, though no command shows it", async () => {
  const code = 'const directory = process.argv[2];\nif (!directory) { console.error("no"); process.exit(1); }\n';
  assert.deepEqual((await readDemands(npmServer(code, ""))).required, ["position 0"]);
  const python =
    "import sys\ndef main():\n    path = sys.argv[1] if len(sys.argv) > 1 else os.getenv('A_URL')\n    if not path:\n        sys.exit(1)\n    mcp.run()\n";
  const found = await readDemands(pypiServer(python, ""));
  assert.deepEqual([found.required, found.choices], [[], CHOICE]);
});

test("what the code reads before a position that it demands is demanded with it", async () => {
  const check = 'if (!path) { console.error("usage"); process.exit(1); }\n';
  const both = `const kind = process.argv[2];\nload(kind);\nconst path = process.argv[3];\n${check}`;
  assert.deepEqual((await readDemands(npmServer(both, ""))).required, ["position 0", "position 1"]);
  const behind = `const path = process.argv[2];\nconst kind = process.argv[3];\nload(kind);\n${check}`;
  assert.deepEqual((await readDemands(npmServer(behind, ""))).required, ["position 0"]);
  const ofMode = `const mode = process.argv[2];\nif (mode === "check") { const path = process.argv[3]; ${check} }`;
  assert.deepEqual((await readDemands(npmServer(ofMode, ""))).required, []);
});

test("the name of a subcommand is no position that a person fills", async () => {
  const code = 'const command = process.argv[2];\nif (!command) { console.error("usage"); process.exit(1); }\n';
  const readme = "```sh\nnpx -y thing-mcp serve\n```\n";
  assert.deepEqual((await readDemands(npmServer(code, readme))).required, []);
});

test("a variable whose other way is a position that nothing names stays required", async () => {
  const code =
    'const args = process.argv.slice(2);\nlet url = "";\nfor (let i = 0; i < args.length; i++) url = args[i];\nif (!url) url = process.env.A_URL;\nif (!url) throw new Error("no");\n';
  assert.deepEqual((await readDemands(npmServer(code, configBlock({ A_URL: "x" })))).required, ["A_URL"]);
});

test("what one arm of a conditional assigns does not hide what a name held before", async () => {
  const either =
    'let key = process.env.A_KEY;\nif (process.env.A_MODE === "token") key = process.env.A_TOKEN;\nif (!key) throw new Error("no");\n';
  const found = await readDemands(npmServer(either, ""));
  assert.deepEqual([found.required, found.choices], [[], [[[["A_KEY"], ["A_TOKEN"]], true]]]);
  const given =
    'let url = "https://a.example";\nif (process.env.A_URL) url = process.env.A_URL;\nif (!url) throw new Error("no");\n';
  assert.deepEqual((await readDemands(npmServer(given, ""))).required, []);
});

test("a name that only the arms of a Python conditional bind holds what either gives it", async () => {
  const code =
    "def main():\n    if os.getenv('A_MODE') == 'token':\n        key = os.getenv('A_TOKEN')\n    else:\n        key = os.getenv('A_KEY')\n    if not key:\n        raise SystemExit('no')\n    mcp.run()\n";
  const found = await readDemands(pypiServer(code, ""));
  assert.deepEqual([found.required, found.choices], [[], [[[["A_KEY"], ["A_TOKEN"]], true]]]);
});

test("an argument that is taken by its order is a position", async () => {
  const taken = [
    "const [folder, mode = 'read'] = process.argv.slice(2);",
    "const [, , folder] = process.argv;",
    "const args = process.argv.slice(2);\nconst folder = args.shift();\nconst mode = args.shift();",
    "const folder = process.argv.slice(2).shift();",
    "const folder = process.argv.at(2);",
  ];
  const check = 'if (!folder) { console.error("usage"); process.exit(1); }';
  for (const code of taken) {
    const inMain = `async function main() {\n${code}\n${check}\n}\nmain();`;
    for (const whole of [`${code}\n${check}`, inMain])
      assert.deepEqual((await readDemands(npmServer(whole, ""))).required, ["position 0"], whole);
  }
});

test("arguments that a loop takes, and words that choose what a program does, are no positions", async () => {
  const others = [
    'const args = process.argv.slice(2);\nwhile (args.length > 0) { const word = args.shift(); if (!word) throw new Error("no"); }',
    'const [command, ...rest] = process.argv.slice(2);\nif (command === "setup") setup(rest);',
    'const [first] = load().slice(2);\nif (!first) throw new Error("no");',
  ];
  for (const code of others) assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], code);
});

test("a program that ends where it is given too few arguments demands as many positions", async () => {
  const fails = '{ console.error("usage"); process.exit(1); }\n';
  const counts: [string, number][] = [
    [`if (process.argv.length < 3) ${fails}open(process.argv[2]);\n`, 1],
    [`if (process.argv.length !== 3) throw new Error("usage");\nopen(process.argv[2]);\n`, 1],
    [`const args = process.argv;\nif (args.length <= 2) ${fails}open(args[2]);\n`, 1],
    [`const args = process.argv.slice(2);\nif (!args.length) ${fails}open(args);\n`, 1],
    [`const args = process.argv.slice(2);\nif (args.length === 0 || !ok) ${fails}open(args[0]);\n`, 1],
    [`const args = process.argv.slice(2);\nif (args.length < 2) ${fails}open(args[0], args[1]);\n`, 2],
    [
      `function read() {\n  const args = process.argv;\n  if (args.length !== 4) ${fails}  return { command: args[2], apiKey: args[3] };\n}\nconst run = (args) => args[2];\nconst { apiKey } = read();\n`,
      2,
    ],
  ];
  for (const [code, count] of counts)
    assert.deepEqual(
      (await readDemands(npmServer(code, ""))).required,
      ["position 0", "position 1"].slice(0, count),
      code,
    );
  const others = [
    // Options count as well, and a program that shows its help has done what it was asked for.
    `const args = process.argv.slice(2);\nif (args.length === 0) ${fails}const at = args.indexOf("--root");\nopen(args[at + 1], args[0]);\n`,
    "const args = process.argv.slice(2);\nif (args.length === 0) { help(); process.exit(0); }\nopen(args[0]);\n",
    `const args = process.argv.slice(2);\nif (args.length > 1) ${fails}open(args[0]);\n`,
    `const args = load();\nif (args.length < 1) ${fails}open(args[0]);\n`,
    `const args = process.argv;\nconst call = (args) => { if (args.length < 3) ${fails}return args[2]; };\n`,
  ];
  for (const code of others) assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], code);
});

test("a position has the name of the field that holds it", async () => {
  const code =
    'const read = () => ({ folder: process.argv[2], apiKey: process.argv[3] });\nif (process.argv.length < 4) throw new Error("usage");\n';
  const { inputs } = await inspectFiles(npmServer(code, ""), { npm: [{ name: "thing-mcp", repository: REPOSITORY }] });
  assert.deepEqual(
    inputs.map(({ key, label, secret }) => [key, label, secret]),
    [
      ["position 0", "Folder", false],
      ["position 1", "API key", true],
    ],
  );
});

const SHOWN = "```sh\nnpx -y thing-mcp /srv/data\n```\n";

test("a position that every command fills is optional where the code has a value in its place", async () => {
  const spared = [
    'const folder = process.argv[2] || "./data";\nopen(folder);\n',
    "const args = process.argv.slice(2);\nopen(args[0] ?? process.cwd());\n",
    'parse(process.argv.slice(2)).then(({ positionals }) => open(positionals[0] || process.env.A_DIR || "./data"));\n',
    "const argv = minimist(process.argv.slice(2));\nopen(argv._[0] ?? DEFAULT_FOLDER);\n",
  ];
  for (const code of spared) assert.deepEqual((await readDemands(npmServer(code, SHOWN))).required, [], code);
  const demanded = [
    "const folder = process.argv[2];\nopen(folder);\n",
    'const folder = process.argv[2] || "";\nopen(folder);\n',
    "const folder = process.argv[2] || usage();\nopen(folder);\n",
    'const folder = names[0] || "./data";\nopen(folder, process.argv[2]);\n',
    'const mode = process.argv[3] || "read";\nopen(process.argv[2], mode);\n',
  ];
  for (const code of demanded)
    assert.deepEqual((await readDemands(npmServer(code, SHOWN))).required, ["position 0"], code);
});

test("a position with a value of its own has to be given all the same where others follow it", async () => {
  const code = 'const [, , host = "https://acme.dev", key] = process.argv;\nopen(host, key);\n';
  const shown = "```sh\nnpx -y thing-mcp https://acme.dev <api_key>\n```\n";
  assert.deepEqual((await readDemands(npmServer(code, shown))).required, ["position 0", "position 1"]);
  const alone = "```sh\nnpx -y thing-mcp https://acme.dev\n```\n";
  assert.deepEqual((await readDemands(npmServer(code.replaceAll(", key", ""), alone))).required, []);
});

test("a list of positions that the code says may be empty is optional, and none that it refuses", async () => {
  const list = "const folders = process.argv.slice(2).map((one) => one.trim());\n";
  const allows = "function mayOpen(path) { if (folders.length === 0) return true; return folders.includes(path); }\n";
  const refuses = 'if (folders.length === 0) { console.error("usage"); process.exit(1); }\n';
  const passed = `const args = process.argv.slice(2);\nconst folders = args.map(resolve);\n${allows}`;
  for (const code of [list + allows, passed])
    assert.deepEqual((await readDemands(npmServer(code, SHOWN))).required, [], code);
  for (const code of [list, list + refuses, list + refuses + allows])
    assert.deepEqual((await readDemands(npmServer(code, SHOWN))).required, ["position 0"], code);
});

test("a second folder of an example's list is not needed where the code takes a list", async () => {
  const shown = configBlock({}, "/Users/me/one", "/Users/me/two");
  const list = "const folders = process.argv.slice(2);\nif (folders.length === 0) process.exit(1);\nserve(folders);\n";
  assert.deepEqual((await readDemands(npmServer(list, shown))).required, ["position 0"]);
  const each = "copy(process.argv[2], process.argv[3]);\n";
  assert.deepEqual((await readDemands(npmServer(each, shown))).required, ["position 0", "position 1"]);
});
