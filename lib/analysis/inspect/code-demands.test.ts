import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const MAIN = "def main():\n    mcp.run()\n";

test("a helper that checks several values at once demands each of them", async () => {
  const code =
    "def main():\n    if not all([os.getenv('A_URL'), os.getenv('A_NAME')]):\n        raise ValueError('no')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(code, ""))).required, ["A_NAME", "A_URL"]);
});

test("a check in another file demands the variables that the configuration holds", async () => {
  const python = pypiServer(
    "from .config import load\nfrom .check import check\ndef main():\n    check(load())\n    mcp.run()\n",
    "",
    {
      "src/thing/config.py":
        "import os\nclass Settings:\n    def __init__(self):\n        self.api_key = os.getenv('A_KEY')\n        self.url = os.getenv('A_URL', '')\ndef load():\n    return Settings()\n",
      "src/thing/check.py":
        "def check(settings):\n    if not settings.api_key or not settings.url:\n        raise ValueError('no')\n",
    },
  );
  assert.deepEqual((await readDemands(python)).required, ["A_KEY", "A_URL"]);
  const fields = npmServer('import { Config } from "./config.js";\nnew Config().validate();\n', "", {
    "src/config.ts":
      'export class Config { apiKey = process.env.A_KEY; url: string; constructor() { this.url = process.env.A_URL ?? ""; } validate() { if (!this.apiKey || !this.url) throw new Error("no"); } }\n',
  });
  assert.deepEqual((await readDemands(fields)).required, ["A_KEY", "A_URL"]);
});

test("a field of the same name that is about no variable leaves what the configuration holds", async () => {
  const files = npmServer(
    'import { check } from "./check.js";\nimport { tool } from "./tool.js";\nserver.tool(tool);\ncheck({ url: process.env.A_URL || "" });\n',
    "",
    {
      "src/check.ts": 'export function check(config) { if (!config.url) throw new Error("no"); }\n',
      "src/tool.ts": 'export const tool = (connection) => list({ url: connection.serverUrl || "" });\n',
    },
  );
  assert.deepEqual((await readDemands(files)).required, ["A_URL"]);
});

test("a field that several objects have, and what a tool's caller passes, demand nothing", async () => {
  const two = npmServer('import { a, b } from "./config.js";\nif (!a.options.key) throw new Error("no");\n', "", {
    "src/config.ts": "export const a = { key: process.env.A_KEY };\nexport const b = { key: process.env.B_KEY };\n",
  });
  assert.deepEqual((await readDemands(two)).required, []);
  const tool = npmServer(
    'const config = { url: process.env.A_URL };\nserver.tool("get", async (args) => { if (!args.url) throw new Error("no"); });\n',
    configBlock({ A_URL: "x" }),
  );
  assert.deepEqual((await readDemands(tool)).required, []);
});

test("a dataclass demands what its factories read when it is called", async () => {
  const code =
    "from dataclasses import dataclass, field\n@dataclass\nclass Settings:\n    key: str = field(default_factory=lambda: os.environ['A_KEY'])\n    url: str = field(default_factory=lambda: os.getenv('A_URL', 'https://a.example'))\ndef main():\n    Settings()\n    mcp.run()\n";
  const found = await readDemands(pypiServer(code, ""));
  assert.deepEqual([found.required, found.optional], [["A_KEY"], ["A_URL"]]);
});

test("a dictionary that stays empty without one of several values is a choice between them", async () => {
  const code =
    "def accounts():\n    found: dict = {}\n    if os.getenv('A_TOKEN'):\n        found['a'] = os.getenv('A_TOKEN')\n    elif os.getenv('A_COOKIE'):\n        found['b'] = 1\n    if not found:\n        raise SystemExit('no account')\n    return found\ndef main():\n    accounts()\n    mcp.run()\n";
  const found = await readDemands(pypiServer(code, ""));
  assert.deepEqual([found.required, found.choices], [[], [[[["A_COOKIE"], ["A_TOKEN"]], true]]]);
});

test("functions of which an if/else chain or a switch calls one exclude each other", async () => {
  const functions =
    'function key() { if (!process.env.A_KEY) throw new Error("no"); }\nfunction token() { if (!process.env.A_TOKEN) throw new Error("no"); }\nfunction login() { if (!process.env.A_PASSWORD) throw new Error("no"); }\nconst mode = process.env.A_MODE;\n';
  // A way that a word chooses takes that setting as well.
  const ways = [[["A_MODE", "A_KEY"], ["A_MODE", "A_TOKEN"], ["A_PASSWORD"]], true];
  const chains = [
    'if (mode === "key") { key(); } else if (mode === "token") { token(); } else { login(); }\n',
    'function start() { if (mode === "key") { return key(); } if (mode === "token") return token(); return login(); }\nstart();\n',
    'switch (mode) { case "key": key(); break; case "token": token(); break; default: login(); }\n',
  ];
  for (const chain of chains) {
    const { required, choices } = await readDemands(npmServer(functions + chain, ""));
    assert.deepEqual([required, choices], [[], [ways]], chain);
  }
  const open = await readDemands(
    npmServer(`${functions}if (mode === "key") key(); else if (mode === "token") token();\n`, ""),
  );
  assert.deepEqual([open.required, open.choices], [[], [[[["A_KEY"], ["A_TOKEN"]], false]]]);
  const python =
    "def key():\n    return os.environ['A_KEY']\ndef token():\n    return os.environ['A_TOKEN']\ndef main():\n    if os.getenv('A_MODE') == 'key':\n        key()\n    else:\n        token()\n    mcp.run()\n";
  const found = await readDemands(pypiServer(python, ""));
  assert.deepEqual([found.required, found.choices], [[], [[[["A_MODE", "A_KEY"], ["A_TOKEN"]], true]]]);
});

test("what a flag would spare is needed while nobody sets the flag", async () => {
  const local =
    "import os\ndef client():\n    key = os.getenv('A_KEY')\n    account = os.getenv('A_ACCOUNT')\n    local = os.getenv('A_LOCAL', '').lower() in ['true', '1']\n    if local:\n        account = account or '0'\n    elif not all([account, key]):\n        raise ValueError('no')\ndef main():\n    client()\n    mcp.run()\n";
  const found = await readDemands(pypiServer(local, ""));
  assert.deepEqual([found.required, found.optional], [["A_ACCOUNT", "A_KEY"], ["A_LOCAL"]]);
  const spared = await readDemands(
    npmServer('if (process.env.A_OFFLINE !== "true") {\n  if (!process.env.A_KEY) throw new Error("no");\n}\n', ""),
  );
  assert.deepEqual([spared.required, spared.optional], [["A_KEY"], ["A_OFFLINE"]]);
  const feature = await readDemands(
    npmServer('if (process.env.A_FEATURE === "true") {\n  if (!process.env.A_KEY) throw new Error("no");\n}\n', ""),
  );
  assert.deepEqual(feature.required, []);
});

test("typer's parameters are positions and options, with its own demands", async () => {
  const plain =
    "import typer\napp = typer.Typer()\n@app.command()\ndef serve(key: str = typer.Option(..., envvar='A_KEY'), folder: str = typer.Argument(...), depth: int = 3, fast: bool = False):\n    mcp.run()\ndef main():\n    app()\n";
  const annotated =
    "import typer\nfrom typing import Annotated\napp = typer.Typer()\n@app.command()\ndef serve(folder: Annotated[str, typer.Argument(help='Where')], key: Annotated[str, typer.Option('--key', envvar='A_KEY')], depth: int = 3, fast: bool = False):\n    mcp.run()\n@app.command()\ndef index(other: str):\n    pass\ndef main():\n    app()\n";
  for (const code of [plain, annotated]) {
    const found = await readDemands(pypiServer(code, ""));
    assert.deepEqual(
      [found.required, found.optional],
      [
        ["A_KEY", "position 0"],
        ["--depth", "--fast"],
      ],
      code,
    );
  }
});

test("argparse's own error demands the variable that stands in for a flag", async () => {
  const code =
    "import argparse\ndef main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--key', default=os.environ.get('A_KEY'))\n    args = p.parse_args()\n    if not args.key:\n        p.error('--key or A_KEY')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(code, ""))).required, ["A_KEY"]);
});

test("a parser of a tool's own text brings no flags", async () => {
  const tool =
    "import argparse\n@mcp.tool()\ndef run(text: str):\n    p = argparse.ArgumentParser()\n    p.add_argument('--inner', required=True)\n    p.parse_args(text.split())\n";
  const helper =
    "import argparse\ndef parse(text):\n    p = argparse.ArgumentParser()\n    p.add_argument('--inner', required=True)\n    return p.parse_args(text.split())\n";
  const own =
    "import argparse\nclass CommandParser(argparse.ArgumentParser):\n    def _build(self):\n        self.add_argument('command')\n";
  for (const code of [tool, helper, own]) {
    const { required, optional } = await readDemands(pypiServer(code + MAIN, ""));
    assert.deepEqual([required, optional], [[], []], code);
  }
});

test("a name made from a parameter is found where another function hands the value on by name", async () => {
  const code =
    "def connect(engine):\n    prefix = engine.upper()\n    return os.getenv(f'{prefix}_URL')\ndef run(engine):\n    connect(engine)\ndef main():\n    run(engine='thing')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(code, ""))).optional, ["THING_URL"]);
});

test("a key and its secret that every command shows are required together, with the account", async () => {
  const code = "process.env.A_API_KEY; process.env.A_API_SECRET; process.env.A_ACCOUNT_ID; process.env.A_REGION;\n";
  const env = { A_API_KEY: "x", A_API_SECRET: "x", A_ACCOUNT_ID: "x", A_REGION: "x" };
  assert.deepEqual((await readDemands(npmServer(code, configBlock(env)))).required, [
    "A_ACCOUNT_ID",
    "A_API_KEY",
    "A_API_SECRET",
  ]);
  const tokens = "process.env.A_TOKEN; process.env.A_OAUTH_TOKEN;\n";
  assert.deepEqual(
    (await readDemands(npmServer(tokens, configBlock({ A_TOKEN: "x", A_OAUTH_TOKEN: "x" })))).required,
    [],
  );
});

test("a package of the same repository that the server is made with is read where its code leads there", async () => {
  const files = npmServer('import { settings } from "@acme/core";\nsettings.get("A_KEY");\n', "", {
    "packages/core/package.json": JSON.stringify({ name: "@acme/core", version: "1.0.0", main: "dist/index.js" }),
    "packages/core/src/index.ts":
      'import { Settings } from "./settings.js";\nexport const settings = new Settings();\nprocess.env.A_REGION;\n',
    "packages/core/src/settings.ts": "export class Settings { get(name: string) { return process.env[name]; } }\n",
    "packages/core/src/other.ts": "process.env.A_OTHER;\n",
  });
  const manifest = JSON.parse(files["package.json"] ?? "{}");
  manifest.dependencies["@acme/core"] = "workspace:*";
  files["package.json"] = JSON.stringify(manifest);
  const { required, optional } = await readDemands(files);
  assert.deepEqual([...required, ...optional].sort(), ["A_KEY", "A_REGION"]);
});

test("what every block shows is needed with each of the ways that differ", async () => {
  const code = "process.env.A_TOKEN; process.env.B_API_KEY; process.env.C_API_KEY;\n";
  const readme = configBlock({ A_TOKEN: "x", B_API_KEY: "x" }) + configBlock({ A_TOKEN: "x", C_API_KEY: "x" });
  const found = await readDemands(npmServer(code, readme));
  assert.deepEqual([found.required, found.choices], [["A_TOKEN"], [[[["B_API_KEY"], ["C_API_KEY"]], true]]]);
});

test("a function that returns nothing without its variables makes its caller's check one of them", async () => {
  const javaScript =
    "function load() { const key = process.env.A_KEY; const url = process.env.A_URL; if (!key || !url) return null; return { key, url }; }\nconst loaded = load();\nif (!loaded) { console.error('no'); process.exit(1); }\n";
  assert.deepEqual((await readDemands(npmServer(javaScript, ""))).required, ["A_KEY", "A_URL"]);
  const python =
    "def load():\n    key = os.getenv('A_KEY')\n    if not key:\n        return None\n    return key\ndef main():\n    key = load()\n    if not key:\n        raise SystemExit('no')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(python, ""))).required, ["A_KEY"]);
  const unchecked = "function load() { if (!process.env.A_KEY) return null; return 1; }\nload();\n";
  assert.deepEqual((await readDemands(npmServer(unchecked, ""))).required, []);
});

test("names in the values of an object, static helpers, dictionaries and `:=` are followed", async () => {
  const object =
    "const NAMES = { key: 'A_KEY', secret: 'A_SECRET' };\nfor (const [field, name] of Object.entries(NAMES)) { if (!process.env[name]) throw new Error(field); }\n";
  assert.deepEqual((await readDemands(npmServer(object, ""))).required, ["A_KEY", "A_SECRET"]);
  const helpers =
    "class Env { static required(name) { const value = process.env[name]; if (!value) throw new Error(name); return value; } static optional(name, fallback) { return process.env[name] ?? fallback; } }\nEnv.required('A_KEY'); Env.optional('A_REGION', 'eu');\n";
  const found = await readDemands(npmServer(helpers, ""));
  assert.deepEqual([found.required, found.optional], [["A_KEY"], ["A_REGION"]]);
  const dictionary =
    "def main():\n    values = {'A_KEY': os.getenv('A_KEY'), 'A_URL': os.getenv('A_URL')}\n    missing = [name for name, value in values.items() if not value]\n    if missing:\n        raise ValueError(missing)\n    if not (token := os.getenv('A_TOKEN')):\n        raise SystemExit('no')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(dictionary, ""))).required, ["A_KEY", "A_TOKEN", "A_URL"]);
});

test("what only another transport needs is not required over stdio", async () => {
  const token = "os.environ.get('A_TOKEN')";
  const guard = `    if not is_local(args.host) and ${token} is None and not args.open:\n        sys.exit('set A_TOKEN')\n`;
  const check = `def check():\n    if not ${token}:\n        raise ValueError('no token')\n`;
  const python = [
    `def main():\n    if args.transport == "stdio":\n        mcp.run()\n        return\n${guard}    serve()\n`,
    `def main():\n    if args.transport != "stdio":\n${guard.replaceAll(/^ {4}/gm, "        ")}    mcp.run()\n`,
    `${check}def main():\n    if TRANSPORT in ("http", "sse"):\n        check()\n    mcp.run()\n`,
    `${check}def main():\n    if args.transport in ["stdio"]:\n        mcp.run()\n    else:\n        check()\n`,
  ];
  for (const code of python) assert.deepEqual((await readDemands(pypiServer(code, ""))).required, [], code);
  const guarded = 'if (!options.open && !process.env.A_TOKEN) throw new Error("set A_TOKEN");\n';
  const checked = 'function check() { if (!process.env.A_TOKEN) throw new Error("no"); }\n';
  const javascript = [
    `function main() { if (options.transport === "stdio") { run(); return; } ${guarded} serve(); }\nmain();\n`,
    `${checked}if (config.transport !== "stdio") check();\nrun();\n`,
    `${checked}if (transport === "stdio") run(); else check();\n`,
    `${checked}if (transportMode === "http") { check(); } else run();\n`,
  ];
  for (const code of javascript) assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], code);
  // The only secret that code reads is taken for the credential, unless it reads it for another transport alone.
  const readme = "The server listens with `A_TOKEN` as its bearer.\n";
  const spoken = [
    pypiServer(
      "def main():\n    if args.transport == 'stdio':\n        mcp.run()\n        return\n    serve(os.environ.get('A_TOKEN'))\n",
      readme,
    ),
    npmServer(
      'function main() { if (o.transport === "stdio") { run(); return; } serve(process.env.A_TOKEN); }\nmain();\n',
      readme,
    ),
  ];
  for (const files of spoken) assert.deepEqual((await readDemands(files)).required, []);
  const over = [
    `${checked}if (config.transport === "stdio") check();\nrun();\n`,
    `${checked}if (transport === "http") serve(); else check();\n`,
    `${checked}if (url.protocol === "http") check();\nrun();\n`,
  ];
  for (const code of over) assert.deepEqual((await readDemands(npmServer(code, ""))).required, ["A_TOKEN"], code);
});

test("checks that a minifier wrote as expressions demand what statements would", async () => {
  const end = '(console.error("no token"),process.exit(1))';
  const demanding = [
    `let p=process.env.A_TOKEN;p||${end},run(p)\n`,
    `let p=o.token??process.env.A_TOKEN;p||${end};run(p)\n`,
    `var p=process.env.A_TOKEN;!p&&${end};run(p)\n`,
    `var p=process.env.A_TOKEN;p?run(p):${end};\n`,
    `async function W(){let p=process.env.A_TOKEN;o.help&&(help(),process.exit(0)),p||process.exit(1);run(p)}W().catch(log);\n`,
  ];
  for (const code of demanding) assert.deepEqual((await readDemands(npmServer(code, ""))).required, ["A_TOKEN"], code);
  const free = [
    `let p=process.env.A_TOKEN;p||(console.error("none"),process.exit(0)),run(p)\n`,
    `let p=process.env.A_TOKEN;p&&${end};run(p)\n`,
    `let p=process.env.A_TOKEN;o.strict&&(p||log("none"));run(p)\n`,
  ];
  for (const code of free) assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], code);
});

test("an implementation that a setting chooses by its name demands nothing of those who choose another", async () => {
  const store =
    "class CloudStore:\n    def __init__(self, bucket=None):\n        bucket = bucket or os.getenv('A_BUCKET')\n        if not bucket:\n            raise ValueError('no bucket')\n";
  const chosen = `${store}def main():\n    backend = os.getenv('A_STORE', 'folder')\n    if backend == 'cloud':\n        store = CloudStore()\n    elif backend == 'folder':\n        store = FolderStore()\n    mcp.run()\n`;
  assert.deepEqual((await readDemands(pypiServer(chosen, ""))).required, []);
  const always = `${store}def main():\n    if args.verbose:\n        store = CloudStore()\n    mcp.run()\n`;
  assert.deepEqual((await readDemands(pypiServer(always, ""))).required, ["A_BUCKET"]);
  const made =
    'class CloudStore { constructor() { if (!process.env.A_BUCKET) throw new Error("no bucket"); } }\nconst backend = process.env.A_STORE ?? "folder";\n';
  for (const choice of [
    'if (backend === "cloud") new CloudStore(); else new FolderStore();\n',
    'switch (backend) { case "cloud": new CloudStore(); break; default: new FolderStore(); }\n',
  ])
    assert.deepEqual((await readDemands(npmServer(made + choice, ""))).required, [], choice);
  const only = "if (options.store) new CloudStore();\n";
  assert.deepEqual((await readDemands(npmServer(made + only, ""))).required, ["A_BUCKET"]);
});

test("the message of a minified program says what one of several values is needed", async () => {
  const filler = `var x=${JSON.stringify("y".repeat(700))};`;
  const code = `${filler}function N(e){if(!(e.a||e.b))throw new de("Either A_KEY or A_TOKEN is required (via argument or file)")}var A=e=>process.env[e];N({a:A("A_KEY"),b:A("A_TOKEN")});\n`;
  const { choices } = await readDemands(npmServer(code, configBlock({ A_KEY: "x" })));
  assert.deepEqual(choices, [[[["A_KEY"], ["A_TOKEN"]], true]]);
  const flags = `${code}program.option("--a-key <key>", "A_KEY");\n`;
  const byFlag = await readDemands(npmServer(flags, configBlock({}, "--a-key=YOUR-KEY")));
  assert.deepEqual(byFlag.choices, [[[["A_KEY"], ["A_TOKEN"]], true]]);
  const told = code.replace("throw new de(", "console.log(");
  assert.deepEqual((await readDemands(npmServer(told, configBlock({ A_KEY: "x" })))).choices, []);
});

test("a word that code prints for a missing value is not a default", async () => {
  const code =
    'console.log(process.env.A_FILE || "not set", process.env.A_URL ?? "(not configured)", process.env.A_MODE || "fast");\n';
  const { inputs } = await inspectFiles(npmServer(code, configBlock({ A_FILE: "x", A_URL: "x", A_MODE: "x" })), {
    npm: [{ name: "thing-mcp", repository: REPOSITORY }],
  });
  const defaults = Object.fromEntries(inputs.map(({ key, default: own }) => [key, own]));
  assert.deepEqual(defaults, { A_FILE: null, A_URL: null, A_MODE: "fast" });
});

test("a tunnel's host and user are no part of the connection that a string replaces", async () => {
  const names = ["SSH_HOST", "SSH_USER", "SSH_PASSWORD", "DSN", "DB_HOST", "DB_USER", "DB_PASSWORD", "DB_NAME"];
  const code = names.map((name) => `process.env.${name};\n`).join("");
  const { choices } = await readDemands(npmServer(code, ""));
  assert.deepEqual(choices, [[[["DSN"], ["DB_HOST", "DB_USER", "DB_PASSWORD", "DB_NAME"]], true]]);
});

test("a list of values from which the empty ones are dropped is a choice between them", async () => {
  const way = [[["A_KEY"], ["A_KEY2"]], true];
  const scripts = [
    'const keys = [process.env.A_KEY, process.env.A_KEY2].filter((value) => Boolean(value && value.trim()));\nif (keys.length === 0) throw new Error("no key");\n',
    "const keys = [process.env.A_KEY, process.env.A_KEY2].filter(Boolean);\nif (!keys.length) process.exit(1);\n",
    "function hasKey() { return Boolean(process.env.A_KEY || process.env.A_KEY2); }\nif (!hasKey()) process.exit(1);\n",
    'const first = process.env.A_KEY;\nconst hasKey = () => !!first || !!process.env.A_KEY2;\nif (!hasKey()) throw new Error("no key");\n',
  ];
  for (const code of scripts) assert.deepEqual((await readDemands(npmServer(code, ""))).choices, [way], code);
  const programs = [
    "def main():\n    keys = [key for key in (os.getenv('A_KEY'), os.getenv('A_KEY2')) if key]\n    if not keys:\n        raise ValueError('no key')\n    mcp.run()\n",
    "def main():\n    keys = list(filter(None, [os.getenv('A_KEY'), os.getenv('A_KEY2')]))\n    if not keys:\n        raise ValueError('no key')\n    mcp.run()\n",
    "def has_key():\n    '''Says whether a key is there.'''\n    return bool(os.getenv('A_KEY') or os.getenv('A_KEY2'))\ndef main():\n    if not has_key():\n        raise SystemExit('no key')\n    mcp.run()\n",
  ];
  for (const code of programs) assert.deepEqual((await readDemands(pypiServer(code, ""))).choices, [way], code);
});

test("functions of one name that tell different things demand nothing", async () => {
  const code =
    'class One { isReady() { return Boolean(process.env.A_KEY); } }\nclass Two { isReady() { return Boolean(process.env.A_TOKEN); } }\nfor (const one of [new One(), new Two()]) if (!one.isReady()) throw new Error("no");\n';
  const { required, choices } = await readDemands(npmServer(code, ""));
  assert.deepEqual([required, choices], [[], []]);
});

test("a helper that takes a flag or a variable links the two, and what checks all values demands each", async () => {
  const code =
    "import argparse\ndef setting(name, variable, args):\n    if getattr(args, name):\n        return getattr(args, name)\n    if variable in os.environ:\n        return os.environ[variable]\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--account', help='Which account')\n    parser.add_argument('--token-file')\n    args = parser.parse_args()\n    account = setting('account', 'A_ACCOUNT', args)\n    token = setting('token_file', 'A_TOKENS', args)\n    values = dict(account=account, token=token)\n    if not all(values.values()):\n        raise ValueError('missing')\n    mcp.run()\n";
  for (const written of [code, code.replace("dict(account=account, token=token)", "{'a': account, 't': token}")]) {
    const found = await readDemands(pypiServer(written, ""));
    assert.deepEqual([found.required, found.optional, found.choices], [["A_ACCOUNT", "A_TOKENS"], [], []], written);
  }
});

test("stricli's flags, and a schema that is named for the environment, are what the server takes", async () => {
  const code =
    'import { buildCommand } from "@stricli/core";\nexport const startCommand = buildCommand({ parameters: { flags: { "account-id": { kind: "parsed", brief: "Which account", parse: String }, region: { kind: "enum", brief: "Where", values: ["eu", "us"], default: "eu" }, tool: { kind: "parsed", brief: "Tools", optional: true, variadic: true, parse: String } } } });\nexport const loginCommand = buildCommand({ parameters: { flags: { browser: { kind: "parsed", brief: "Which browser", parse: String } } } });\nexport const envSchema = z.object({ A_TOKEN: z.string(), A_DEBUG: z.coerce.boolean().optional() });\nenvSchema.parse(dlv(globalThis, "process.env"));\n';
  const { required, optional } = await readDemands(npmServer(code, ""));
  assert.deepEqual(
    [required, optional],
    [
      ["--account-id", "A_TOKEN"],
      ["--region", "--tool", "A_DEBUG"],
    ],
  );
});

test("an error that names the missing variable demands what documentation shows", async () => {
  const code = (message: string) =>
    `def allowed():\n    names = os.environ.get('A_NAMES', '') + os.environ.get('A_MORE', '')\n    if not names.split(','):\n        raise ValueError("${message}")\ndef main():\n    mcp.run()\n`;
  const readme =
    '```json\n{"mcpServers": {"thing": {"command": "uvx", "args": ["thing-mcp"], "env": {"A_NAMES": "ls,cat"}}}}\n```\n';
  for (const message of [
    "No names. Please set A_NAMES environment variable.",
    "A_NAMES is required",
    "Missing A_NAMES",
  ])
    assert.deepEqual((await readDemands(pypiServer(code(message), readme))).required, ["A_NAMES"], message);
  for (const message of ["A_NAMES is wrong", "Set A_NAMES to enable names", "A_NAMES or A_MORE is required"])
    assert.deepEqual((await readDemands(pypiServer(code(message), readme))).required, [], message);
  assert.deepEqual((await readDemands(pypiServer(code("Please set A_NAMES."), ""))).required, []);
});

test("a second key, with a number behind its name, is a secret as the first is", async () => {
  const code = "[process.env.A_API_KEY, process.env.A_API_KEY2, process.env.A_TOKEN_3, process.env.A_TOKENS_V2];\n";
  const { inputs } = await inspectFiles(npmServer(code, ""), { npm: [{ name: "thing-mcp", repository: REPOSITORY }] });
  const secrets = inputs.filter((input) => input.secret).map((input) => input.key);
  assert.deepEqual(secrets.sort(), ["A_API_KEY", "A_API_KEY2", "A_TOKEN_3"]);
});

test("a message that lists what may be missing states no alternatives", async () => {
  const message = '"Missing settings: A_USER, A_URL, A_TOKEN or A_FILE"';
  const block = configBlock({ A_USER: "x", A_URL: "x", A_TOKEN: "x" });
  const python = (condition: string) => {
    const tool = `@mcp.tool()\ndef get():\n    if ${condition}:\n        raise ValueError(${message})\n    return user\n`;
    const read = "user, url, token = os.getenv('A_USER'), os.getenv('A_URL'), os.getenv('A_TOKEN')\n";
    return readDemands(pypiServer(`${read}${tool}${MAIN}`, block.replace('"npx"', '"uvx"')));
  };
  for (const condition of ["not all([user, url, token])", "not user or not url or not token"])
    assert.deepEqual(await python(condition), { required: ["A_TOKEN", "A_URL", "A_USER"], optional: [], choices: [] });
  const stated = await python("not (user or url or token)");
  assert.deepEqual([stated.required, stated.choices.length], [[], 1]);
});

test("a message about an empty value says nothing of alternatives", async () => {
  const code =
    'if (options.scopes !== undefined && !options.scopes) { console.error("--scopes / A_SCOPES was provided but is empty. Provide scopes, or omit it."); process.exit(1); }\nprocess.env.A_SCOPES;\nprogram.option("--scopes <scopes>", "Scopes");\n';
  const found = await readDemands(npmServer(code, configBlock({}, "--scopes", "x")));
  assert.deepEqual([found.required, found.choices], [[], []]);
});

test("a function that returns a value of its own in every other case demands nothing", async () => {
  const code =
    "import sys\ndef folder():\n    if found := os.environ.get('A_FOLDER'):\n        return found\n    if sys.platform == 'win32':\n        return 'C:/things'\n    elif sys.platform == 'darwin':\n        return '/Library/things'\n    else:\n        return '/var/things'\nFOLDER = str(folder())\ndef main():\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(code, ""))).required, []);
  const open = code.replace("    else:\n        return '/var/things'\n", "    raise ValueError('no folder')\n");
  assert.deepEqual((await readDemands(pypiServer(open, ""))).required, ["A_FOLDER"]);
});

test("a program ends through its context or its parser as well", async () => {
  const of = async (end: string) => {
    const code = `import os\ndef check(ctx, parser):\n    try:\n        if not os.getenv('A_KEY'):\n            raise MissingError('no')\n    except MissingError as e:\n        print(e)\n        ${end}\ndef main(ctx=None, parser=None):\n    check(ctx, parser)\n    mcp.run()\n`;
    return (await readDemands(pypiServer(code, ""))).required;
  };
  for (const end of ["ctx.exit(1)", "parser.exit(2, 'no')", "sys.exit(1)"])
    assert.deepEqual(await of(end), ["A_KEY"], end);
  for (const end of ["ctx.exit(0)", "ctx.leave(1)"]) assert.deepEqual(await of(end), [], end);
});
