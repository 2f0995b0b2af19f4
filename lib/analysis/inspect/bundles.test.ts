import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const MAIN = 'import { readSettings } from "./settings.js";\n';

test("variables are read from the environment that a caller in another file passes", async () => {
  const found = await readDemands(
    npmServer(`${MAIN}const settings = readSettings(process.argv, process.env);\n`, "", {
      "src/settings.ts":
        'import { Limits } from "./limits.js";\nexport function readSettings(argv, env) { return { key: env.A_KEY, limits: new Limits(env) }; }\n',
      "src/limits.ts":
        "export class Limits { constructor(environment = {}) { this.rows = environment.A_ROWS; } load(env) { return env.A_LOAD; } }\n",
    }),
  );
  assert.deepEqual(found.optional, ["A_KEY", "A_ROWS"]);
});

test("a parameter that gets something else than the environment holds no variables", async () => {
  const found = await readDemands(
    npmServer(`${MAIN}readSettings({ A_KEY: "1" }); start(process.env);\nfunction start(e) { return e.B_KEY; }\n`, "", {
      "src/settings.ts": "export function readSettings(env) { return env.A_KEY; }\n",
    }),
  );
  assert.deepEqual([found.required, found.optional], [[], []]);
});

test("options that parseArgs gets as a constant are read", async () => {
  const code =
    'import { parseArgs } from "node:util";\nfunction read() {\n  const options = { team: { type: "string" }, "read-all": { type: "boolean" } } as const;\n  return parseArgs({ options, strict: false });\n}\nread();\n';
  assert.deepEqual((await readDemands(npmServer(code, ""))).optional, ["--read-all", "--team"]);
});

const TOKEN =
  'import { parseArgs } from "node:util";\nconst { values } = parseArgs({ options: { token: { type: "string" } } });\nconst token = values.token ?? process.env.A_TOKEN;\nconst other = process.env.B_TOKEN;\n';
const MESSAGE =
  "if (!process.stderr.isTTY) throw new Error(\"No token was provided.\\nLog in, or pass '--token' / 'A_TOKEN'.\");\n";

/** Inspects a published package: what it requires. */
async function requiredOf(files: Record<string, string>): Promise<string[]> {
  const record: PackageRecord = {
    registry: "npm",
    name: "thing-mcp",
    version: "1.0.0",
    description: "",
    repository: null,
    mcpName: null,
    commands: ["thing-mcp"],
    dependencies: ["@modelcontextprotocol/sdk"],
    license: null,
    readme: "",
    isSourceOnly: false,
  };
  const { inputs } = await inspectFiles(files, { npm: [{ name: "thing-mcp" }] }, { record });
  return inputs.filter(({ required }) => required).map(({ key }) => key);
}

test("a message below a condition on its own line demands what it names where there is no documentation", async () => {
  const { "README.md": _, ...files } = npmServer(TOKEN + MESSAGE, "");
  assert.deepEqual(await requiredOf(files), ["A_TOKEN"]);
  assert.deepEqual(await requiredOf(npmServer(TOKEN + MESSAGE, "# Thing\n\nReads things.\n")), []);
});

test("a message of another transport demands nothing", async () => {
  const message = MESSAGE.replace("!process.stderr.isTTY", "useHttp && mode");
  const { "README.md": _, ...files } = npmServer(TOKEN + message, "");
  assert.deepEqual(await requiredOf(files), []);
});

test("a bundler's mark of a module is no description, and a short spelling of a token is secret", async () => {
  const code = "//#region src/settings.ts\nconst token = process.env.A_API_TKN;\n";
  const published = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
  const { inputs } = await inspectFiles(npmServer(code, ""), published);
  assert.deepEqual(
    inputs.map(({ key, secret, description }) => [key, secret, description]),
    [["A_API_TKN", true, ""]],
  );
});

test("a message that lists what one of is needed is a choice", async () => {
  const code =
    'import { parseArgs } from "node:util";\nconst { values } = parseArgs({ options: { sets: { type: "string" }, tools: { type: "string" }, all: { type: "boolean" } } });\nif (!values.sets) throw new Error("Start the server with one of the following flags: --sets, --tools, --all");\n';
  const found = await readDemands(npmServer(code, configBlock({}, "--sets", "a")));
  assert.deepEqual(found.choices, [[[["--sets"], ["--tools"], ["--all"]], true]]);
});

test("a command that a framework loads by its package's word is read, with its flags", async () => {
  const files = npmServer("", configBlock({}, "--orgs", "mine"), {
    "bin/run.js": 'import { execute } from "@oclif/core";\nawait execute({ dir: import.meta.url });\n',
    "lib/index.js":
      'import { Command, Flags } from "@oclif/core";\nimport { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";\nexport default class Thing extends Command { static flags = { orgs: Flags.string({ char: "o", summary: "Orgs that it may use", required: true }), fast: Flags.boolean({}) }; async run() { await server.connect(new StdioServerTransport(process.env.A_NAME)); } }\n',
  });
  const { "src/index.ts": _, "package.json": manifest = "", ...rest } = files;
  const own = { ...JSON.parse(manifest), bin: { "thing-mcp": "bin/run.js" } };
  const found = await readDemands({ ...rest, "package.json": JSON.stringify(own) });
  assert.deepEqual([found.required, found.optional], [["--orgs"], ["--fast", "A_NAME"]]);
});
