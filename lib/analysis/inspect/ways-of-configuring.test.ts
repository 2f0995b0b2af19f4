import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const z = 'import { z } from "zod";\n';
const fails = 'if (!KEY) {\n  console.error("no key");\n  process.exit(1);\n}\n';
const F = (key: string) => fails.replace("KEY", key);
const two = (env: string, code: string) =>
  npmServer(`import { env } from "./env.js";\n${code}`, "", { "src/env.ts": z + env });
const shape = "z.object({ A_KEY: z.string().optional(), B_KEY: z.string().optional() })";
test("what a library or an object of settings demands is heard", async () => {
  await assertDemands([
    [
      two(
        `const parsed = ${shape}.safeParse(process.env);\nif (!parsed.success) { process.exit(1); }\nexport const env = parsed.data;`,
        F("env.A_KEY"),
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `${z}const parsed = ${shape}.safeParse(process.env);\nif (!parsed.success) process.exit(1);\n${F("parsed.data.A_KEY")}`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `const schema = z.object({ apiKey: z.string(), other: z.string().optional() });\nexport const env = schema.parse({ apiKey: process.env.A_KEY, other: process.env.B_KEY });`,
        "use(env.apiKey);",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `const schema = z.object({ apiKey: z.string().optional(), other: z.string().optional() });\nexport const env = schema.parse({ apiKey: process.env.A_KEY, other: process.env.B_KEY });`,
        F("env.apiKey"),
      ),
      ["A_KEY"],
    ],
    [
      npmServer(`import { loadConfig } from "./env.js";\nconst config = loadConfig();\n${F("config.A_KEY")}`, "", {
        "src/env.ts": `${z}const schema = ${shape};\nexport function loadConfig() {\n  return schema.parse(process.env);\n}`,
      }),
      ["A_KEY"],
    ],
    [
      npmServer(`import { loadConfig } from "./env.js";\nconst config = loadConfig();\n${F("config.apiKey")}`, "", {
        "src/env.ts": `${z}const schema = ${shape};\nexport function loadConfig() {\n  const env = schema.parse(process.env);\n  return { apiKey: env.A_KEY, other: env.B_KEY };\n}`,
      }),
      ["A_KEY"],
    ],
    [npmServer(`${z}const { A_KEY } = ${shape}.parse(process.env);\n${F("A_KEY")}`, ""), ["A_KEY"]],
    [two(`export const env = ${shape}.parse(process.env);`, `const { A_KEY } = env;\n${F("A_KEY")}`), ["A_KEY"]],
    [
      npmServer(
        `import { loadConfig } from "./env.js";\nasync function main() {\n  const config = loadConfig();\n  await serve(config);\n}\nmain().catch((e) => { console.error(e); process.exit(1); });`,
        "",
        {
          "src/env.ts": `${z}const schema = z.object({ A_KEY: z.string().min(1), B_KEY: z.string().default("x") });\nexport function loadConfig() {\n  const result = schema.safeParse(process.env);\n  if (!result.success) {\n    throw new Error("bad");\n  }\n  return result.data;\n}`,
        },
      ),
      ["A_KEY"],
    ],
    [
      two(
        `const str = z.preprocess((v) => v === "" ? undefined : v, z.string().optional());\nexport const env = z.object({ A_KEY: z.preprocess((v) => v, z.string()), B_KEY: z.string().optional() }).parse(process.env);`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import { createEnv } from "@t3-oss/env-core";\nexport const env = createEnv({ server: { A_KEY: z.string(), B_KEY: z.string().optional() }, runtimeEnv: process.env });`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import * as v from "valibot";\nconst schema = v.object({ A_KEY: v.string(), B_KEY: v.optional(v.string()) });\nexport const env = v.parse(schema, process.env);`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import * as v from "valibot";\nexport const env = v.parse(v.object({ A_KEY: v.pipe(v.string(), v.minLength(1)), B_KEY: v.optional(v.string(), "x") }), process.env);`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import { type } from "arktype";\nconst schema = type({ A_KEY: "string", "B_KEY?": "string" });\nexport const env = schema.assert(process.env);`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import Joi from "joi";\nconst schema = Joi.object({ A_KEY: Joi.string().required(), B_KEY: Joi.string() }).unknown();\nconst { error, value } = schema.validate(process.env);\nif (error) throw error;\nexport const env = value;`,
        "use(env.A_KEY)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import env from "env-var";\nexport const key = env.get("A_KEY").required().asString();\nexport const other = env.get("B_KEY").asString();`,
        "use(key)",
      ),
      ["A_KEY"],
    ],
    [
      two(`import { get } from "env-var";\nexport const key = get("A_KEY").required().asString();`, "use(key)"),
      ["A_KEY"],
    ],
    [
      two(
        `import convict from "convict";\nexport const config = convict({ key: { doc: "Key", format: String, default: null, env: "A_KEY" }, other: { format: String, default: "", env: "B_KEY" } });\nconfig.validate();`,
        "use(config)",
      ),
      ["A_KEY"],
    ],
    [
      two(
        `import { Config } from "effect";\nexport const key = Config.redacted("A_KEY");\nexport const other = Config.string("B_KEY").pipe(Config.withDefault("x"));`,
        "use(key)",
      ),
      ["A_KEY"],
    ],
    [
      two(`import * as Config from "effect/Config";\nexport const key = Config.redacted("A_KEY");`, "use(key)"),
      ["A_KEY"],
    ],
    [
      two(
        `const effect = require("effect");\nconst other = __toESM(require("effect"), 1);\nexport const key = effect.Config.string("A_KEY");\nexport const b = other.Config.option(other.Config.string("B_KEY"));`,
        "use(key)",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `class Config {\n  apiKey = process.env.A_KEY;\n  validate() {\n    if (!this.apiKey) throw new Error("no");\n  }\n}\nconst config = new Config();\nconfig.validate();`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `const config = {\n  get apiKey() {\n    const key = process.env.A_KEY;\n    if (!key) throw new Error("no");\n    return key;\n  },\n};\nuse(config.apiKey);`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `import minimist from "minimist";\nconst argv = minimist(process.argv.slice(2));\nconst key = argv["api-key"] || process.env.A_KEY;\n${F("key")}`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `function load() {\n  const key = process.env.A_KEY;\n  if (!key) return { ok: false, error: "no" };\n  return { ok: true, key };\n}\nconst loaded = load();\nif (!loaded.ok) {\n  console.error(loaded.error);\n  process.exit(1);\n}`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(`["A_KEY", "A_USER"].forEach((name) => {\n  if (!process.env[name]) throw new Error(name);\n});`, ""),
      ["A_KEY", "A_USER"],
    ],
    [
      npmServer(
        `async function run() {\n  if (!process.env.A_KEY) throw new Error("no");\n}\ntry {\n  await run();\n} catch (error) {\n  console.error(error);\n  process.exit(1);\n}`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `const config = { acme: { key: process.env.A_KEY, url: process.env.A_URL ?? "x" } };\nif (!config.acme.key) throw new Error("no");`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `import invariant from "tiny-invariant";\nimport assert from "node:assert";\ninvariant(process.env.A_KEY, "no");`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `class Client {\n  constructor(private key = process.env.A_KEY) {\n    if (!this.key) throw new Error("no");\n  }\n}\nconst client = new Client();`,
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        `let client;\nfunction getClient() {\n  if (!client) {\n    const key = process.env.A_KEY;\n    if (!key) throw new Error("no");\n    client = new Client(key);\n  }\n  return client;\n}\nserver.tool("a", async () => getClient().get());\nserver.tool("b", async () => getClient().get());`,
        '```json\n{"mcpServers":{"x":{"command":"npx","args":["thing-mcp"],"env":{"A_KEY":"k"}}}}\n```',
      ),
      ["A_KEY"],
    ],
  ]);
});

test("what a library or an object of settings can do without is not demanded", async () => {
  const fine = "use(env.A_KEY);";
  await assertDemands([
    [two(`export const env = ${shape}.parse(process.env);`, fine), []],
    [
      two(
        `import * as v from "valibot";\nexport const env = v.parse(v.object({ A_KEY: v.optional(v.string()), B_KEY: v.optional(v.string()) }), process.env);`,
        fine,
      ),
      [],
    ],
    [
      two(
        `import { type } from "arktype";\nexport const env = type({ "A_KEY?": "string", B_KEY: "string = 'x'" }).assert(process.env);`,
        fine,
      ),
      [],
    ],
    [
      two(
        `import Joi from "joi";\nconst { value } = Joi.object({ A_KEY: Joi.string(), B_KEY: Joi.string() }).validate(process.env);\nexport const env = value;`,
        fine,
      ),
      [],
    ],
    [
      two(
        `import env from "env-var";\nexport const key = env.get("A_KEY").asString();\nexport const b = env.get("B_KEY").required(false).asString();`,
        "use(key)",
      ),
      [],
    ],
    [
      two(
        `import env from "env-var";\nexport const key = env.get("A_KEY").default("x").required().asString();`,
        "use(key)",
      ),
      [],
    ],
    [
      two(
        `import { Config } from "effect";\nexport const key = Config.option(Config.redacted("A_KEY"));\nexport const b = Config.string("B_KEY").pipe(Config.option);`,
        "use(key)",
      ),
      [],
    ],
    [
      npmServer(
        `function load() {\n  const key = process.env.A_KEY;\n  if (!key) return { ok: false };\n  return { ok: true, key };\n}\nconst loaded = load();\nif (!loaded.ok) console.error("some tools stay off");`,
        "",
      ),
      [],
    ],
    [
      npmServer(
        `function load() {\n  const key = process.env.A_KEY;\n  if (!key) return { error: "no key" };\n  return { key };\n}\nconst loaded = load();\nif (loaded.error) process.exit(1);`,
        "",
      ),
      ["A_KEY"],
    ],
    [npmServer(`const { A_KEY = "own" } = ${shape}.parse(process.env);\nif (!A_KEY) process.exit(1);`, ""), []],
  ]);
});

test("credentials of several services that each open their own tools are a choice", async () => {
  const names = ["TAVILY_API_KEY", "BRAVE_API_KEY", "KAGI_API_KEY"];
  const clients = (keys: string[]) =>
    keys
      .map(
        (key) =>
          `class C${key} {\n  search() {\n    if (!process.env.${key}) throw new Error("no key");\n  }\n}\nserver.tool("${key}", async () => new C${key}().search());\n`,
      )
      .join("");
  const shown = (keys: string[]) => configBlock(Object.fromEntries(keys.map((key) => [key, "k"])));
  const start = "if (!process.env.ACME_API_KEY) process.exit(1);\n";
  await assertDemands([
    [npmServer(clients(names), shown(names)), [], names.map((key) => [key])],
    [npmServer(clients(names.slice(0, 1)), shown(names.slice(0, 1))), ["TAVILY_API_KEY"]],
  ]);
  const { required, choices } = await readDemands(npmServer(`${start}${clients(names)}`, shown(names)));
  assert.ok(required.includes("ACME_API_KEY"));
  assert.deepEqual(choices, []);
});

test("Python: a class does what the constructor of its base does", async () => {
  await assertDemands([
    [
      pypiServer(
        "class Base:\n    def __init__(self):\n        self.key = os.getenv('A_KEY')\n        if not self.key:\n            raise ValueError('no')\nclass Tools(Base):\n    def go(self):\n        return 1\ntools = Tools()\ndef main():\n    mcp.run()\n",
        "",
      ),
      ["A_KEY"],
    ],
    [
      pypiServer(
        "class Base:\n    def __init__(self):\n        self.key = os.getenv('A_KEY')\n        if not self.key:\n            raise ValueError('no')\nclass Tools(Base):\n    def __init__(self):\n        super().__init__()\n        self.x = 1\ntools = Tools()\ndef main():\n    mcp.run()\n",
        "",
      ),
      ["A_KEY"],
    ],
    [
      pypiServer(
        "class Base:\n    def __init__(self):\n        self.key = os.getenv('A_KEY')\n        if not self.key:\n            raise ValueError('no')\nclass Tools(Base):\n    def __init__(self):\n        self.x = 1\ntools = Tools()\ndef main():\n    mcp.run()\n",
        "",
      ),
      [],
    ],
  ]);
});

test("a port that a program demands is not its own", async () => {
  await assertDemands([
    [
      pypiServer(
        "import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--broker-host', required=True)\n    p.add_argument('--port', required=True, type=int)\n    p.add_argument('--host', default='0.0.0.0')\n    args = p.parse_args()\n    mcp.run()\n",
        "",
      ),
      ["--broker-host", "--port"],
    ],
  ]);
});

test("variables of a schema that is put together are read", async () => {
  const other = "z.object({ B_KEY: z.string().optional() })";
  const base = `const base = z.object({ A_KEY: z.string() });\nconst other = ${other};\n`;
  await assertDemands([
    [two(`${base}export const env = base.merge(other).parse(process.env);`, "use(env)"), ["A_KEY"]],
    [
      two(
        `${base}const all = other.extend({ A_KEY: z.string() });\nexport const env = all.parse(process.env);`,
        "use(env)",
      ),
      ["A_KEY"],
    ],
  ]);
});

test("a field's schema may have a name", async () => {
  const schema = (field: string, more: string) =>
    two(
      `${more}\nconst Config = z.object({ A_KEY: ${field}, B_KEY: z.string().optional(), C_KEY: z.string().default("c") });\nexport const env = Config.parse(process.env);`,
      "use(env)",
    );
  await assertDemands([
    [schema("text", "const text = z.string().min(1);"), ["A_KEY"]],
    [schema("text", "const text = z.preprocess((it) => it || undefined, z.string().optional());"), []],
    [schema("text()", "const text = () => z.string().optional();"), []],
    [schema("text.transform(check)", "const text = z.string().optional();"), []],
    [schema("text", 'import { text } from "./elsewhere.js";'), []],
  ]);
});

test("files that are imported by an alias of a folder count", async () => {
  const demands = "export const key = process.env.A_KEY;\nif (!key) throw new Error('no key');\n";
  const importing = (path: string, place: string) =>
    npmServer(`import { key } from "${path}";\nuse(key);`, "", {
      [place]: demands,
      "src/other.ts": "process.env.B_KEY",
    });
  await assertDemands([
    [importing("@/config.js", "src/config.ts"), ["A_KEY"]],
    [importing("@src/config.js", "src/config.ts"), ["A_KEY"]],
    [importing("@config/env.js", "src/config/env.ts"), ["A_KEY"]],
    [importing("#config/env.js", "src/config/env.ts"), ["A_KEY"]],
    [importing("@acme/config", "src/config.ts"), []],
  ]);
});

test("a value that one place has in a variable's stead does not help where another fails without it", async () => {
  const { required } = await readDemands(
    npmServer(
      'if (!process.env.A_AGENT) throw new Error("no agent");\nconst agent = process.env.A_AGENT ?? "own/1.0";',
      "",
    ),
  );
  assert.deepEqual(required, ["A_AGENT"]);
});

test("a text that tells of a missing value is none", async () => {
  const shown = configBlock({ A_URL: "<your server>" });
  const told = (text: string) =>
    npmServer(
      `server.instructions(process.env.A_URL || ${JSON.stringify(text)});\nfunction connect(url) {\n  if (!url) throw new Error("A_URL must be provided");\n}\nserver.tool("a", async () => connect(process.env.A_URL));`,
      shown,
    );
  await assertDemands([
    [told("(not configured: set A_URL)"), ["A_URL"]],
    [told("https://acme.test"), []],
  ]);
});

test("a name that documentation writes with other underscores is the variable that the code reads", async () => {
  const shown = configBlock({ THING_API_KEY: "<your key>" });
  const { required, optional } = await readDemands(npmServer("use(process.env.THING_APIKEY);", shown));
  assert.deepEqual([required, optional], [["THING_APIKEY"], []]);
  const both = await readDemands(npmServer("use(process.env.THING_APIKEY, process.env.THING_API_KEY);", shown));
  assert.deepEqual([...both.required, ...both.optional].sort(), ["THING_APIKEY", "THING_API_KEY"]);
});

test("a credential that only raises a limit is not demanded", async () => {
  const server = (text: string) =>
    npmServer("use(process.env.GITHUB_TOKEN);", `${text}\n\n\`\`\`sh\nexport GITHUB_TOKEN=x\n\`\`\`\n`);
  await assertDemands([
    [server("Set `GITHUB_TOKEN` to your token."), ["GITHUB_TOKEN"]],
    [server("Set `GITHUB_TOKEN` to increase the rate limit of GitHub's API."), []],
    [server("With a `GITHUB_TOKEN`, requests have a much higher rate limit."), []],
  ]);
});

test("of ways that the code knows, the one that documentation shows is asked for", async () => {
  const code = "const url = process.env.THING_INNER_URL || process.env.THING_URL;\nif (!url) process.exit(1);";
  const both = configBlock({ THING_URL: "<url>" }) + configBlock({ THING_INNER_URL: "<url>" });
  await assertDemands([
    [npmServer(code, configBlock({ THING_URL: "<url>" })), ["THING_URL"]],
    [npmServer(code, both), [], [["THING_INNER_URL"], ["THING_URL"]]],
    [npmServer(code, ""), [], [["THING_INNER_URL"], ["THING_URL"]]],
  ]);
});
