import assert from "node:assert/strict";
import { test } from "node:test";
import { findRepositoryPackages, sourcesOf } from "../inspect/repository-packages.ts";
import { fileSet } from "../testing/files.ts";
import { scanSources } from "./scan.ts";

const packageJson = JSON.stringify({
  name: "thing",
  bin: "dist/index.js",
  dependencies: { "@modelcontextprotocol/sdk": "1" },
});
const pyproject = '[project]\nname = "thing"\ndependencies = ["mcp"]\n[project.scripts]\nthing = "thing.server:main"\n';

async function scan(files: Record<string, string>) {
  const set = fileSet(files);
  const units = findRepositoryPackages(set);
  const [unit] = units;
  assert.ok(unit);
  const scanned = await scanSources(set, sourcesOf(set, unit, units), unit, AbortSignal.timeout(120_000));
  const inputs = new Map(scanned.inputs.map((one) => [one.key, one]));
  return { inputs, alternatives: scanned.alternatives.map((one) => one.branches), links: scanned.links };
}

const javaScript = (text: string, more: Record<string, string> = {}) =>
  scan({ "package.json": packageJson, "src/index.ts": text, ...more });
const python = (text: string, more: Record<string, string> = {}) =>
  scan({ "pyproject.toml": pyproject, "src/thing/server.py": text, "src/thing/__init__.py": "", ...more });

function missing(found: Awaited<ReturnType<typeof scan>>): Record<string, string | undefined> {
  return Object.fromEntries([...found.inputs].map(([key, one]) => [key, one.whenMissing]));
}

test("JavaScript: every writing of a read, with its default and its line", async () => {
  const { inputs } = await javaScript(`
import { env } from "node:process";
const a = process.env.A_MODE;
const b = process.env["B_MODE"] ?? "bright";
const { C_MODE, D_MODE = "d", E_MODE: renamed } = process.env;
const f = env.F_MODE || "f";
const g = Number(process.env.G_LIMIT ?? 5);
const h = process.env.H_FLAG === "true";
function load(values = process.env) { return values.I_MODE; }
process.env.WRITTEN = "x";
`);
  assert.deepEqual(
    [...inputs].map(([key, one]) => [key, one.whenMissing, one.default ?? null]),
    [
      ["A_MODE", "unknown", null],
      ["B_MODE", "default", "bright"],
      ["C_MODE", "unknown", null],
      ["D_MODE", "default", "d"],
      ["E_MODE", "unknown", null],
      ["F_MODE", "default", "f"],
      ["G_LIMIT", "default", "5"],
      ["H_FLAG", "default", "false"],
      ["I_MODE", "unknown", null],
    ],
  );
  assert.equal(inputs.get("B_MODE")?.provenance.where, "src/index.ts:4");
});

test("JavaScript: what makes the server end without a variable", async () => {
  const failing: [string, string][] = [
    ["if (!process.env.KEY_A) throw new Error('no key');", "a throw"],
    ["const key = process.env.KEY_A;\nif (!key) { console.error('no'); process.exit(1); }", "an exit"],
    ["const key = process.env.KEY_A ?? (() => { throw new Error('no'); })();", "a throwing function in place"],
    [
      "function fail(m: string): never { throw new Error(m); }\nconst key = process.env.KEY_A || fail('no');",
      "a function that always fails",
    ],
    [
      "function need(name: string) { const v = process.env[name]; if (!v) throw new Error(name); return v; }\nconst key = need('KEY_A');",
      "a helper",
    ],
    [
      "class C { key: string; constructor(key = process.env.KEY_A || '') { this.key = key.trim(); if (!this.key) throw new Error('no'); } }\nnew C();",
      "a constructor",
    ],
    [
      "async function main() { if (process.env.KEY_A === undefined) throw new Error('no'); }\nmain().catch((e) => { console.error(e); process.exit(1); });",
      "a main function",
    ],
    ["(async () => { if (!process.env.KEY_A) process.exit(1); })();", "an immediate function"],
    ["import assert from 'node:assert';\nassert(process.env.KEY_A, 'no');", "an assertion"],
    ["const schema = z.object({ KEY_A: z.string().min(1) });\nconst env = schema.parse(process.env);", "a schema"],
    [
      "const key = process.env.KEY_A;\nif (process.argv[2] === 'help') { console.log('help'); process.exit(0); }\nif (!key) process.exit(1);",
      "an early leave before",
    ],
  ];
  for (const [text, what] of failing) assert.equal(missing(await javaScript(text)).KEY_A, "fails", what);
});

test("JavaScript: reads that keep the server running", async () => {
  const fine: [string, string][] = [
    ["if (!process.env.KEY_A) console.warn('no key');", "a warning"],
    ["try { if (!process.env.KEY_A) throw new Error('no'); } catch { console.warn('no'); }", "a throw that is caught"],
    ["if (mode === 'special' && !process.env.KEY_A) throw new Error('no');", "a throw in one mode"],
    ["server.tool('t', async () => { if (!process.env.KEY_A) throw new Error('no'); });", "a tool's own failure"],
    ["function unused() { if (!process.env.KEY_A) throw new Error('no'); }", "a function that nothing calls"],
  ];
  for (const [text, what] of fine) assert.notEqual(missing(await javaScript(text)).KEY_A, "fails", what);
});

test("JavaScript: alternatives, as the conditions of the code have them", async () => {
  const either = await javaScript(
    "const t = process.env.A_TOKEN;\nconst u = process.env.A_USER, p = process.env.A_PASSWORD;\nif (!t && !(u && p)) throw new Error('no');",
  );
  assert.deepEqual(either.alternatives, [[["A_TOKEN"], ["A_USER", "A_PASSWORD"]]]);
  const chain = await javaScript(
    "let auth;\nif (process.env.A_TOKEN) auth = 1;\nelse if (process.env.A_USER && process.env.A_PASSWORD) auth = 2;\nelse throw new Error('no');",
  );
  assert.deepEqual(chain.alternatives, [[["A_TOKEN"], ["A_USER", "A_PASSWORD"]]]);
  const returns = await javaScript(
    "function pick() { if (process.env.A_TOKEN) return 1; if (process.env.B_TOKEN) return 2; throw new Error('no'); }\npick();",
  );
  assert.deepEqual(returns.alternatives, [[["A_TOKEN"], ["B_TOKEN"]]]);
  const both = await javaScript("if (!process.env.A_ID || !process.env.A_SECRET) throw new Error('no');");
  assert.deepEqual([missing(both), both.alternatives], [{ A_ID: "fails", A_SECRET: "fails" }, []]);
});

test("JavaScript: a flag and a variable that do the same are linked", async () => {
  const { links, alternatives } = await javaScript(
    "program.option('--api-key <key>', 'The key');\nconst options = program.opts();\nconst key = options.apiKey || process.env.THING_KEY;\nif (!key) throw new Error('no');",
  );
  assert.deepEqual(links, [{ key: "THING_KEY", flag: "--api-key" }]);
  assert.deepEqual(alternatives, [[["--api-key"], ["THING_KEY"]]]);
});

test("JavaScript: helpers that collect what is missing demand each of it", async () => {
  const writings = [
    'const REQUIRED = ["A_KEY", "B_KEY"] as const;\nconst missing = REQUIRED.filter((k) => !process.env[k]);\nif (missing.length > 0) { console.error("x"); process.exit(1); }',
    'for (const name of ["A_KEY", "B_KEY"]) { if (!process.env[name]) throw new Error(name); }',
    '["A_KEY", "B_KEY"].forEach((name) => { if (!process.env[name]) { process.exit(1); } });',
    'function check() { const missing: string[] = []; const a = process.env.A_KEY; if (!a) missing.push("A"); if (!process.env.B_KEY) { missing.push("B"); } if (missing.length) throw new Error(); }\ncheck();',
    "const c = { a: process.env.A_KEY, b: process.env.B_KEY };\nconst missing = Object.entries(c).filter(([, v]) => !v).map(([k]) => k);\nif (missing.length !== 0) throw new Error();",
    'if (!["A_KEY", "B_KEY"].every((name) => process.env[name])) throw new Error();',
  ];
  for (const text of writings)
    assert.deepEqual(missing(await javaScript(text)), { A_KEY: "fails", B_KEY: "fails" }, text);
  const optional = await javaScript(
    'const found = ["A_KEY", "B_KEY"].filter((k) => process.env[k]);\nif (found.length > 2) throw new Error();',
  );
  assert.deepEqual(missing(optional), { A_KEY: "unknown", B_KEY: "unknown" });
});

test("Python: helpers that collect what is missing demand each of it", async () => {
  const writings = [
    'NAMES = ["A_KEY", "B_KEY"]\ndef main():\n    missing = [v for v in NAMES if not os.getenv(v)]\n    if missing:\n        raise ValueError(missing)\n',
    'def main():\n    missing = []\n    for v in ["A_KEY", "B_KEY"]:\n        if v not in os.environ:\n            missing.append(v)\n    if missing:\n        raise ValueError(missing)\n',
    'def main():\n    if not all(os.environ.get(v) for v in ("A_KEY", "B_KEY")):\n        sys.exit(1)\n',
    'def main():\n    a = os.getenv("A_KEY")\n    b = os.getenv("B_KEY")\n    missing = [n for n, v in {"A_KEY": a, "B_KEY": b}.items() if not v]\n    if missing:\n        raise ValueError(missing)\n',
  ];
  for (const text of writings)
    assert.deepEqual(missing(await python(`import os\n${text}`)), { A_KEY: "fails", B_KEY: "fails" }, text);
});

test("JavaScript: names made from parts, in loops and in lists", async () => {
  const { inputs } = await javaScript(
    `function read(prefix: string) { return process.env[\`\${prefix}_URL\`]; }\nread('JIRA'); read('WIKI');\nfor (const name of ['A_KEY', 'B_KEY']) { if (!process.env[name]) throw new Error(name); }\n['C_KEY'].forEach((name) => process.env[name]);`,
  );
  assert.deepEqual([...inputs.keys()].sort(), ["A_KEY", "B_KEY", "C_KEY", "JIRA_URL", "WIKI_URL"]);
});

test("JavaScript: only what the command reaches, and nothing of a network transport", async () => {
  const { inputs } = await javaScript(
    "import './used.js';\nconst transport = process.argv[2];\nif (transport === 'http') { const t = process.env.GATE_TOKEN; } else { const k = process.env.STDIO_KEY; }\nasync function startHttpServer() { return process.env.SESSION_STORE; }",
    {
      "src/used.ts": "export const a = process.env.USED_KEY;",
      "src/build-script.ts": "process.env.BUILD_KEY;",
      "test/x.test.ts": "process.env.TEST_KEY;",
    },
  );
  assert.deepEqual([...inputs.keys()].sort(), ["STDIO_KEY", "USED_KEY"]);
});

test("Python: every writing of a read, with its default", async () => {
  const { inputs } = await python(`
import os
from os import environ, getenv
a = os.getenv("A_KEY")
b = os.environ.get("B_KEY", "b")
c = getenv("C_KEY") or "c"
d = environ.get("D_KEY")
e = os.environ["E_KEY"]
f = int(os.getenv("F_LIMIT", "5"))
g = os.getenv("G_FLAG", "").lower() == "true"
def helper(name, default="x"):
    return os.getenv(name, default)
h = helper("H_KEY")
def of(prefix):
    return os.getenv(f"{prefix}_URL")
of("JIRA"); of(prefix="WIKI")
os.environ["WRITTEN"] = "1"
`);
  assert.deepEqual(missing({ inputs, alternatives: [], links: [] }), {
    A_KEY: "unknown",
    B_KEY: "default",
    C_KEY: "default",
    D_KEY: "unknown",
    E_KEY: "fails",
    F_LIMIT: "default",
    G_FLAG: "default",
    H_KEY: "default",
    JIRA_URL: "unknown",
    WIKI_URL: "unknown",
  });
  assert.equal(inputs.get("B_KEY")?.provenance.where, "src/thing/server.py:5");
});

test("Python: what makes the server end without a variable, and what does not", async () => {
  const cases: [string, string, boolean][] = [
    ["k = os.getenv('KEY_A')\nif not k:\n    raise ValueError('no')", "a raise", true],
    [
      "def main():\n    if not os.getenv('KEY_A'):\n        print('no')\n        sys.exit(1)",
      "an exit in what the script starts",
      true,
    ],
    ["assert os.environ.get('KEY_A'), 'no'", "an assertion", true],
    [
      "def need(name):\n    v = os.getenv(name)\n    if v is None:\n        raise RuntimeError(name)\n    return v\nk = need('KEY_A')",
      "a helper",
      true,
    ],
    [
      "class C:\n    def __init__(self):\n        self.k = os.getenv('KEY_A')\n        if not self.k:\n            raise ValueError('no')\nc = C()",
      "a class",
      true,
    ],
    [
      "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='KEY_')\n    a: str\ns = S()",
      "a settings class",
      true,
    ],
    ["@click.command()\n@click.option('--a', envvar='KEY_A', required=True)\ndef main(a): pass", "an option", true],
    ["try:\n    k = os.environ['KEY_A']\nexcept KeyError:\n    k = None", "a caught error", false],
    ["k = os.environ['KEY_A'] if 'KEY_A' in os.environ else None", "a test before", false],
    [
      "@mcp.tool()\ndef t():\n    if not os.getenv('KEY_A'):\n        raise ValueError('no')",
      "a tool's own failure",
      false,
    ],
    [
      "class S(BaseSettings):\n    a: str | None = Field(default=None, validation_alias='KEY_A')\ns = S()",
      "a field with a default",
      false,
    ],
  ];
  for (const [text, what, fails] of cases) {
    const found = missing(await python(`import os, sys\n${text}\n`));
    assert.ok("KEY_A" in found, what);
    assert.equal(found.KEY_A === "fails", fails, what);
  }
});

test("Python: parts of a server that fail on their own are alternatives of each other", async () => {
  const { alternatives } = await python(`
import os
class A:
    @classmethod
    def from_env(cls):
        url = os.getenv("A_URL")
        if not url:
            raise ValueError("no")
        if is_cloud(url):
            if os.getenv("A_USER") and os.getenv("A_TOKEN"):
                kind = "basic"
            else:
                raise ValueError("no")
        elif os.getenv("A_PAT"):
            kind = "pat"
        else:
            raise ValueError("no")
class B:
    @classmethod
    def from_env(cls):
        if not os.getenv("B_URL"):
            raise ValueError("no")
def main():
    try:
        a = A.from_env()
    except Exception as e:
        print(e)
    try:
        b = B.from_env()
    except Exception as e:
        print(e)
`);
  assert.deepEqual(
    alternatives.map((branches) => branches.map((branch) => [...branch].sort()).sort()),
    [[["A_PAT", "A_URL"], ["A_TOKEN", "A_URL", "A_USER"], ["B_URL"]]],
  );
});

test("Python: `not` binds before `and` and `or`", async () => {
  const found = await python(
    "import os\na = os.getenv('A_KEY')\nb = os.getenv('B_KEY')\nif not a and not b:\n    raise ValueError('no')\n",
  );
  assert.deepEqual(found.alternatives, [[["A_KEY"], ["B_KEY"]]]);
});

test("programs that are broken, deep or endless are read as far as they go", { timeout: 180_000 }, async () => {
  const deep = `${"(".repeat(20_000)}process.env.X_KEY${")".repeat(20_000)}`;
  await javaScript(deep);
  await javaScript(`const x = ${"[".repeat(50_000)}`);
  await javaScript("if (a) ".repeat(20_000));
  const found = await javaScript("const = ;\nprocess.env.A_KEY;");
  assert.deepEqual([...found.inputs.keys()], ["A_KEY"]);
  await python(`${"(".repeat(20_000)}1`);
  await python(`x = ${"not ".repeat(20_000)}y`);
  await python(Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}if x:`).join("\n"));
  await javaScript(`${"process.env[a];".repeat(30_000)}`);
  await javaScript(
    "if (!process.env.A || !process.env.B) throw 1; if (c && !process.env.D && !process.env.E) throw 2;\n".repeat(
      3_000,
    ),
  );
  await javaScript(
    Array.from(
      { length: 4_000 },
      (_, index) => `function f${index}() { if (!process.env.K${index}) throw 1; f${index + 1}(); }`,
    ).join("\n"),
  );
  await python("Server[".repeat(70_000));
  await python(`from x import ${"a ".repeat(200_000)}`);
  await python(Array.from({ length: 3_000 }, (_, index) => `x${index} = os.getenv(y${index})`).join("\n"));
});

test("options of another subcommand are not the server's", async () => {
  const argparse = await python(
    'import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument("--region")\n    sub = parser.add_subparsers()\n    login = sub.add_parser("login")\n    login.add_argument("--browser", required=True)\n    serve = sub.add_parser("serve")\n    serve.add_argument("--mode-name")\n',
  );
  assert.deepEqual([...argparse.inputs.keys()], ["--region", "--mode-name"]);
  const click = await python(
    'import click\n@click.group()\ndef cli():\n    pass\n@cli.command("start-server")\n@click.option("--project-name", envvar=["thing_project", "THING_PROJECT"])\n@click.argument("folder")\ndef start(project_name, folder):\n    pass\n@cli.command()\n@click.option("--needle", required=True)\ndef index(needle):\n    pass\n',
  );
  assert.deepEqual([...click.inputs].map(([key, one]) => [key, one.whenMissing]).sort(), [
    ["--project-name", "unknown"],
    ["THING_PROJECT", "unknown"],
    ["position 0", "fails"],
    ["thing_project", "unknown"],
  ]);
  const yargs = await javaScript(
    'yargs(hideBin(process.argv)).command("$0 <organization> [options]", "Serve", (y) => y.option("domains", { type: "string" })).command("login", "Sign in", (y) => y.option("browser", { demandOption: true }));',
  );
  assert.deepEqual([...yargs.inputs].map(([key, one]) => [key, one.required ?? null]).sort(), [
    ["--domains", false],
    ["position 0", true],
  ]);
  const commander = await javaScript(
    'program.argument("<dir>", "Where").option("--read-only", "No writes");\nprogram.command("login").option("--browser <name>", "Which");',
  );
  assert.deepEqual([...commander.inputs.keys()].sort(), ["--read-only", "position 0"]);
});

test("JavaScript: a schema in another file demands the variables of an object with its fields", async () => {
  const files = {
    "src/types.ts":
      "export const ConfigSchema = z.object({ apiKey: z.string().min(1), secret: z.string(), region: z.string().optional() });",
  };
  const text =
    'import { ConfigSchema } from "./types.js";\nconst config = { apiKey: process.env.A_KEY!, secret: process.env.A_SECRET || "", region: process.env.A_REGION };\nnew Server(config);';
  assert.deepEqual(missing(await javaScript(text, files)), {
    A_KEY: "fails",
    A_SECRET: "fails",
    A_REGION: "unknown",
  });
  const other = { "src/types.ts": "export const Tool = z.object({ apiKey: z.string(), query: z.string() });" };
  assert.equal(missing(await javaScript(text.replace("A_KEY!", "A_KEY"), other)).A_KEY, "unknown");
  // A type assertion says that it is there.
  assert.equal(missing(await javaScript(text, other)).A_KEY, "fails-later");
});

test("JavaScript: of a bundle in many large parts, what is not parsed is read as text", async () => {
  const part = (name: string) =>
    `if (!process.env.${name}) throw new Error("none");\nconst text = "${"a".repeat(450_000)}";\n`;
  const names = ["A_PART", "B_PART", "C_PART", "D_PART", "E_PART", "F_PART"];
  const imports = names.map((name) => `import "./${name}.js";\n`).join("");
  const more = Object.fromEntries(names.map((name) => [`src/${name}.js`, part(name)]));
  const { inputs } = await javaScript(`${imports}new McpServer({ name: "a" });\n`, more);
  assert.deepEqual([...inputs.keys()].sort(), names);
  // Text tells the name, and not that the program ends without the value.
  const told = new Set([...inputs.values()].map(({ whenMissing }) => whenMissing));
  assert.deepEqual(told, new Set(["fails", "unknown"]));
});

test("JavaScript: the files that the program imports first are parsed before others", async () => {
  const filler = `const text = "${"a".repeat(450_000)}";\n`;
  const late = ["a", "b", "c", "d"];
  const more = Object.fromEntries(
    late.map((name) => [`src/${name}.js`, `process.env.${name.toUpperCase()}_PART;\n${filler}`]),
  );
  const first = 'if (!process.env.Z_KEY) throw new Error("none");\n';
  const { inputs } = await javaScript('import "./z.js";\nimport "./later.js";\nnew McpServer({ name: "a" });\n', {
    ...more,
    "src/later.js": late.map((name) => `import "./${name}.js";\n`).join(""),
    "src/z.js": `${first}${filler}`,
  });
  assert.equal(inputs.get("Z_KEY")?.whenMissing, "fails");
});
