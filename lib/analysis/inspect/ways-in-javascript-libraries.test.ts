import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

// What libraries for settings and command lines say of a variable or a flag.

async function assertFound(code: string, required: string[], optional: string[], readme = ""): Promise<void> {
  const found = await readDemands(npmServer(code, readme));
  assert.deepEqual([found.required, found.optional, found.choices], [required, optional, []], code);
}

test("libraries for settings demand what has no value of its own", async () => {
  await assertFound(
    'import * as envalid from "envalid";\nconst env = envalid.cleanEnv(process.env, { A_KEY: envalid.str(), A_URL: envalid.url({ default: "https://x.io" }), A_PROXY: envalid.str({ default: undefined }) });',
    ["A_KEY"],
    ["A_PROXY", "A_URL"],
  );
  await assertFound(
    'import { parseEnv } from "znv";\nexport const { A_KEY } = parseEnv(process.env, { A_KEY: z.string().min(1), A_URL: z.string().default("https://x.io") });',
    ["A_KEY"],
    ["A_URL"],
  );
  await assertFound(
    'import convict from "convict";\nconst config = convict({ key: { format: String, default: null as unknown as string, env: "A_KEY" }, zone: { format: String, default: "eu", env: "A_ZONE" } });\nconfig.validate({ allowed: "strict" });',
    ["A_KEY"],
    ["A_ZONE"],
  );
  await assertFound(
    'import { ConfigService } from "@nestjs/config";\nclass Api { constructor(private readonly config: ConfigService) { this.key = this.config.getOrThrow<string>("A_KEY"); this.zone = this.config.get("A_ZONE", "eu"); this.note = this.config.get<string>("A_NOTE"); } }\nconst api = new Api(new ConfigService());',
    ["A_KEY"],
    ["A_NOTE", "A_ZONE"],
  );
  await assertFound('const cache = new Cache();\ncache.getOrThrow("A_KEY");', [], []);
  await assertFound(
    'import getenv from "getenv";\nconst key = getenv("A_KEY");\nconst size = getenv.int("A_SIZE");\nconst url = getenv("A_URL", "https://x.io");\nconst hosts = getenv.array("A_HOSTS", "string", ["a"]);',
    ["A_KEY", "A_SIZE"],
    ["A_HOSTS", "A_URL"],
  );
  await assertFound(
    'const env = require("getenv");\nconst tags = env.array("A_TAGS", "string");\nconst key = env.string("A_KEY", "x");',
    ["A_TAGS"],
    ["A_KEY"],
  );
  await assertFound('import getenv from "./getenv.js";\nconst other = getenv.disableErrors("A_KEY");', [], []);
});

test("an option of commander is demanded by a call behind it", async () => {
  const option = (calls: string) =>
    `program.addOption(new Option("-t, --team <team>", "The team").env("A_TEAM")${calls}).parse();\nprocess.env.A_TEAM;`;
  await assertFound(option(".makeOptionMandatory()"), ["A_TEAM"], []);
  await assertFound(option(".makeOptionMandatory(false)"), [], ["A_TEAM"]);
  await assertFound(option('.default("x").makeOptionMandatory()'), [], ["A_TEAM"]);
  await assertFound(option(""), [], ["A_TEAM"]);
  const error = (object: string) =>
    `program.option("--team <team>", "The team");\nconst team = process.env.A_TEAM;\nif (!team) { ${object}.error("Give a team"); }`;
  await assertFound(error("program"), ["A_TEAM"], ["--team"]);
  await assertFound(error("logger"), [], ["--team", "A_TEAM"]);
});

test("a flag of yargs is demanded with a message, and has a variable by prefix or default", async () => {
  const flags = (rest: string) => `yargs(hideBin(process.argv))${rest}.parse();`;
  await assertFound(
    flags('.options({ team: { type: "string", demandOption: "a team is needed" }, zone: { type: "string" } })'),
    ["--team"],
    ["--zone"],
  );
  await assertFound(flags('.option("team", { type: "string", demandOption: false })'), [], ["--team"]);
  await assertFound(
    flags('.env("A").options({ team: { type: "string", demandOption: true } })'),
    ["A_TEAM"],
    [],
    configBlock({ A_TEAM: "your-team" }),
  );
  await assertFound(
    flags('.option("team", { type: "string", default: process.env.A_GROUP, demandOption: true })'),
    ["A_GROUP"],
    [],
  );
});

test("objects of options that yargs is given from other files declare flags, and variables by prefix", async () => {
  const shared = {
    "src/shared.ts": 'export const shared = { "config-dir": { alias: "d", describe: "Folder" } } as const;\n',
    "src/serve.ts":
      'export const serveOptions = {\n  team: { type: "string" as const, demandOption: true },\n  zone: { type: "string" as const, default: "eu" },\n  port: { type: "number" as const },\n  stop: { type: "boolean" as const },\n  background: { type: "boolean", default: false },\n  status: { type: "string", describe: "Of tasks" },\n  worker: { type: "string" as const, hidden: true },\n};\n',
    "src/login.ts": 'export const loginOptions = { account: { type: "string" as const } };\n',
    "src/table.ts": 'export const table = { color: { hex: "#fff" } };\n',
  };
  const imports =
    'import yargs from "yargs";\nimport { shared } from "./shared.js";\nimport { serveOptions } from "./serve.js";\nimport { loginOptions } from "./login.js";\nimport { table } from "./table.js";\n';
  const login =
    '.command("login", "Log in", (args) => args.options(loginOptions).option("force", { type: "boolean" }))';
  const program = (rest: string) =>
    `${imports}let cli = yargs(process.argv);\ncli = cli.options(shared || {}).options(table)${login}.command("$0", "Serve", serveOptions, async (argv) => run(argv))${rest};\ncli.parse();\n`;
  const cases: [string, string[], string[]][] = [
    [program(""), ["--team"], ["--config-dir", "--status", "--zone"]],
    [program('.env("ACME_")'), ["ACME_TEAM"], ["ACME_CONFIG_DIR", "ACME_STATUS", "ACME_ZONE"]],
    [
      program('.option("key", { type: "string", default: process.env.OWN_KEY }).env("ACME")'),
      ["ACME_TEAM"],
      ["ACME_CONFIG_DIR", "ACME_STATUS", "ACME_ZONE", "OWN_KEY"],
    ],
    [
      `${program('.option("key", { type: "string", default: find("OWN_KEY") }).env("ACME")')}function find(name) { return process.env[name]?.trim(); }\n`,
      ["ACME_TEAM"],
      ["ACME_CONFIG_DIR", "ACME_STATUS", "ACME_ZONE", "OWN_KEY"],
    ],
    [program("").replace('"yargs"', '"other"'), [], []],
  ];
  for (const [code, required, optional] of cases) {
    const found = await readDemands(npmServer(code, "", shared));
    assert.deepEqual([found.required, found.optional], [required, optional], code);
  }
});
