import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// Programs ask for what they need in many ways. Each of these says the same to a reader.

const REQUIRE = "function requireEnv(name) { const v = process.env[name]; if (!v) throw new Error(name); return v; }\n";
const python = (body: string) => pypiServer(`${body}\ndef main():\n    mcp.run()\n`, "");
const pythonMain = (body: string, before = "") =>
  pypiServer(`${before}def main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, "");

async function assertRequires(files: Record<string, string>, required: string[], what: string): Promise<void> {
  const found = await readDemands(files);
  assert.deepEqual([found.required, found.choices], [required, []], what);
}

async function assertChoice(files: Record<string, string>, branches: string[][], what: string): Promise<void> {
  const found = await readDemands(files);
  const sorted = (group: string[][]) => group.map((branch) => [...branch].sort().join("+")).sort();
  assert.deepEqual(found.required, [], what);
  assert.deepEqual(
    found.choices.map(([group, isRequired]) => [sorted(group), isRequired]),
    [[sorted(branches), true]],
    what,
  );
}

test("a demand is heard wherever it stands in an expression (JavaScript)", async () => {
  for (const code of [
    `${REQUIRE}new Client({ nested: { key: requireEnv("A_KEY") } });`,
    `${REQUIRE}class C { key = requireEnv("A_KEY"); }\nnew C();`,
    `${REQUIRE}class C { static key = requireEnv("A_KEY"); }`,
    "const env = (name, other) => { const v = process.env[name] ?? other; if (v === undefined) throw new Error(name); return v; };\nexport const config = { key: env('A_KEY') };",
    'if (!("A_KEY" in process.env)) throw new Error("no");',
    "function must(value, name) { if (!value) throw new Error(name); return value; }\nconst key = must(process.env.A_KEY, 'A_KEY');",
    "class Client { constructor(key) { if (!key) throw new Error('no key'); } }\nnew Client(process.env.A_KEY);",
  ])
    await assertRequires(npmServer(code, ""), ["A_KEY"], code);
});

test("a check that collects and reports is heard where the report is judged", async () => {
  const validate = 'const errors = [];\nif (!process.env.A_KEY) errors.push("A_KEY is required");\n';
  for (const code of [
    `function validate() { ${validate} return errors; }\nconst errors = validate();\nif (errors.length > 0) process.exit(1);`,
    `function validate() { ${validate} return { ok: errors.length === 0, errors }; }\nconst report = validate();\nif (!report.ok) process.exit(1);`,
    `function validate() { ${validate} return { valid: errors.length === 0, errors }; }\nconst { valid } = validate();\nif (!valid) process.exit(1);`,
    "const config = { key: process.env.A_KEY };\nfor (const [name, value] of Object.entries(config)) { if (!value) throw new Error(name); }",
    'function check(config) { const missing = []; if (!config.apiKey) missing.push("A_KEY"); return missing; }\nconst config = { apiKey: process.env.A_KEY };\nif (check(config).length) process.exit(1);',
  ])
    await assertRequires(npmServer(code, ""), ["A_KEY"], code);
  const missing = "missing = []\nif not os.getenv('A_KEY'):\n    missing.append('A_KEY')\n".replaceAll("\n", "\n    ");
  for (const files of [
    pythonMain("if validate():\n    raise SystemExit(1)", `def validate():\n    ${missing}return missing\n`),
    pythonMain(
      "ok, missing = validate()\nif not ok:\n    raise SystemExit(1)",
      `def validate():\n    ${missing}return len(missing) == 0, missing\n`,
    ),
    pythonMain("missing = [n for n in ['A_KEY'] if not os.getenv(n)]\nif len(missing) > 0:\n    raise SystemExit(1)"),
    pythonMain(
      "for name, value in {'A_KEY': os.getenv('A_KEY')}.items():\n    if not value:\n        raise SystemExit(name)",
    ),
  ])
    await assertRequires(files, ["A_KEY"], files["src/thing/server.py"] ?? "");
});

test("a demand is heard wherever it stands in an expression (Python)", async () => {
  const required =
    "def require(name):\n    v = os.getenv(name)\n    if not v:\n        raise ValueError(name)\n    return v\n";
  for (const files of [
    pythonMain("Client(key=require('A_KEY'), more={'a': [1]})", required),
    pythonMain(
      "Client(os.getenv('A_KEY'))",
      "class Client:\n    def __init__(self, key):\n        if not key:\n            raise ValueError('no')\n",
    ),
    python("from decouple import config\nKEY = config('A_KEY')"),
    python("from environs import Env\nenv = Env()\nKEY = env.str('A_KEY')"),
    python("from starlette.config import Config\nconfig = Config()\nKEY = config('A_KEY')"),
    pythonMain(
      "if not settings.a_key:\n    raise SystemExit('no key')",
      "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    a_key: str | None = None\nsettings = Settings()\n",
    ),
  ])
    await assertRequires(files, ["A_KEY"], files["src/thing/server.py"] ?? "");
});

test("arms of which one runs are a choice, also as an expression", async () => {
  const key = 'function key() { if (!process.env.A_KEY) throw new Error("no key"); return 1; }\n';
  for (const code of [
    `${REQUIRE}const token = process.env.A_TOKEN || requireEnv("A_KEY");`,
    `${REQUIRE}const client = process.env.A_TOKEN ? new T(process.env.A_TOKEN) : new K(requireEnv("A_KEY"));`,
    `${key}if (!process.env.A_TOKEN) key();`,
    `${key}const client = process.env.A_TOKEN ? new T(process.env.A_TOKEN) : key();`,
    `${key}function make() { if (process.env.A_TOKEN) { return token(); } return key(); }\nmake();`,
    'import { z } from "zod";\nz.object({ A_TOKEN: z.string().optional(), A_KEY: z.string().optional() }).refine((it) => it.A_TOKEN || it.A_KEY).parse(process.env);',
    'import { z } from "zod";\nz.object({ token: z.string().optional(), key: z.string().optional() }).superRefine((it, ctx) => { if (!it.token && !it.key) ctx.addIssue({ code: "custom" }); }).parse({ token: process.env.A_TOKEN, key: process.env.A_KEY });',
  ])
    await assertChoice(npmServer(code, ""), [["A_KEY"], ["A_TOKEN"]], code);
  const pythonKey = "def key():\n    if not os.getenv('A_KEY'):\n        raise ValueError('no key')\n";
  for (const files of [
    pythonMain("token = os.getenv('A_TOKEN') or os.environ['A_KEY']"),
    pythonMain("client = A(os.environ['A_TOKEN']) if use_token() else B(os.environ['A_KEY'])"),
    pythonMain("if not os.getenv('A_TOKEN'):\n    key()", pythonKey),
    pythonMain(
      "make()",
      `${pythonKey}def make():\n    if os.getenv('A_TOKEN'):\n        return token()\n    return key()\n`,
    ),
    python(
      "from pydantic_settings import BaseSettings\nfrom pydantic import model_validator\nclass Settings(BaseSettings):\n    a_token: str | None = None\n    a_key: str | None = None\n    @model_validator(mode='after')\n    def check(self):\n        if not self.a_token and not self.a_key:\n            raise ValueError('one of them')\n        return self\nSettings()",
    ),
  ])
    await assertChoice(files, [["A_KEY"], ["A_TOKEN"]], files["src/thing/server.py"] ?? "");
});

test("a setting with a value of its own chooses what is needed", async () => {
  const arms = (first: string, second: string) =>
    `const mode = process.env.A_MODE || "token";\n${first} { if (!process.env.A_TOKEN) throw new Error("t"); ${second} { if (!process.env.A_USER || !process.env.A_PASS) throw new Error("b"); }`;
  const ways = [["A_TOKEN"], ["A_MODE", "A_PASS", "A_USER"]];
  for (const code of [
    arms('if (mode === "token")', '} else if (mode === "basic")'),
    arms('if (mode === "token")', "} else"),
    `switch (process.env.A_MODE ?? "token") { case "token": if (!process.env.A_TOKEN) throw new Error("t"); break; case "basic": if (!process.env.A_USER || !process.env.A_PASS) throw new Error("b"); }`,
  ])
    await assertChoice(npmServer(code, ""), ways, code);
  const named = (declared: string) =>
    `${declared}\nconst mode = process.env.A_MODE || Mode.Token;\nif (mode === Mode.Basic) { if (!process.env.A_USER || !process.env.A_PASS) throw new Error("b"); } else if (mode === Mode.CommandLine) { run(); } else { if (!process.env.A_TOKEN) throw new Error("t"); }`;
  for (const declared of [
    'enum Mode { Token = "token", Basic = "basic", CommandLine = "cli" }',
    'const Mode = { Token: "token", Basic: "basic", CommandLine: "cli" } as const;',
  ])
    await assertChoice(npmServer(named(declared), ""), ways, declared);
  const check = (key: string) => `if not os.getenv('${key}'):\n            raise ValueError('no')`;
  for (const files of [
    pythonMain(
      `mode = os.getenv('A_MODE', 'token').lower()\nif mode == 'token':\n    ${check("A_TOKEN").replaceAll("\n        ", "\n    ")}\nelif mode == 'basic':\n    ${check("A_KEY").replaceAll("\n        ", "\n    ")}`,
    ),
    pythonMain(
      "match os.getenv('A_MODE', 'token'):\n    case 'token':\n        a = os.environ['A_TOKEN']\n    case 'basic':\n        a = os.environ['A_KEY']",
    ),
  ])
    await assertChoice(files, [["A_TOKEN"], ["A_MODE", "A_KEY"]], files["src/thing/server.py"] ?? "");
  const cloud = (own: string) =>
    `const mode = process.env.A_MODE || "${own}";\nif (mode === "cloud") { if (!process.env.A_KEY) throw new Error("k"); }`;
  await assertRequires(npmServer(cloud("cloud"), ""), ["A_KEY"], "the mode that needs it is the server's own");
  await assertRequires(npmServer(cloud("local"), ""), [], "another mode is the server's own");
});

test("what stands behind another variable is needed by nobody who leaves that out", async () => {
  const feature = 'function feature() { if (!process.env.A_KEY) throw new Error("no key"); }\n';
  for (const code of [
    `${feature}if (process.env.A_REDIS_URL) feature();`,
    `${feature}function all() { feature(); }\nif (process.env.A_REDIS_URL) all();`,
    `${feature}function start() { if (!process.env.A_REDIS_URL) return; feature(); }\nstart();`,
    `${feature}process.env.A_REDIS_URL && feature();`,
  ])
    await assertRequires(npmServer(code, ""), [], code);
  const complains = `${feature}function start() { if (!process.env.A_KEY) { console.error("no key"); return false; } feature(); }\nstart();`;
  await assertRequires(npmServer(complains, ""), ["A_KEY"], complains);
  const other = `${feature}if (!process.env.A_URL) throw new Error("no address");\nfeature();`;
  await assertRequires(npmServer(other, ""), ["A_KEY", "A_URL"], other);
});

test("a placeholder that the code refuses is no value of its own", async () => {
  for (const code of [
    'const token = process.env.A_TOKEN || "your-token-here";\nif (token === "your-token-here") throw new Error("no token");',
    'const NONE = "unset-token";\nconst token = process.env.A_TOKEN ?? NONE;\nif (token === NONE) process.exit(1);',
  ])
    await assertRequires(npmServer(code, ""), ["A_TOKEN"], code);
  for (const files of [
    pythonMain("token = os.getenv('A_TOKEN', 'changeme')\nif token == 'changeme':\n    raise SystemExit('no token')"),
    pythonMain(
      "missing = []\nif settings.a_token == NONE:\n    missing.append('A_TOKEN')\nif missing:\n    raise SystemExit(1)",
      "from pydantic import Field\nfrom pydantic_settings import BaseSettings\nNONE = 'unset-token'\nclass Settings(BaseSettings):\n    a_token: str = Field(default=NONE, alias='A_TOKEN')\nsettings = Settings()\n",
    ),
  ])
    await assertRequires(files, ["A_TOKEN"], files["src/thing/server.py"] ?? "");
});

test("a library that is told the name of a variable reads it, and fails without it", async () => {
  const javaScript = (call: string) =>
    npmServer(`const provider = ${call};\n`, configBlock({ A_KEY: "your-key", B_KEY: "your-key" }));
  await assertRequires(javaScript('Credentials.fromEnvironmentVariable("A_KEY")'), ["A_KEY"], "JavaScript");
  await assertRequires(javaScript('Credentials.fromEnvironmentVariable("A_KEY", "none")'), [], "a value in its place");
  await assertRequires(javaScript('Settings.fromEnvironmentVariable("development")'), [], "no name of a variable");
  await assertRequires(javaScript('headersFromEnv("ACME")'), [], "a function of the program");
  await assertRequires(python('headers = get_headers_from_env("ACME")'), [], "a function of the program");
  await assertRequires(python('provider = Credentials.from_environment_variable("A_KEY")'), ["A_KEY"], "Python");
  await assertRequires(python('key = secret_from_env("A_KEY", default=None)'), [], "a default");
  const go = {
    "go.mod": "module github.com/acme/thing\n\nrequire github.com/mark3labs/mcp-go v0.1.0\n",
    "main.go":
      'package main\nfunc main() {\n\tprovider, err := auth.FromEnvironmentVariable("A_KEY")\n\tserver.NewMCPServer("t", "1")\n}\n',
    "README.md": "# Thing\n",
  };
  await assertRequires(go, ["A_KEY"], "Go");
});
