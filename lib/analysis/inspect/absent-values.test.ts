import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

test("a value that a program writes into the environment itself is its default", async () => {
  const python = async (lines: string) => {
    const code = `${lines}\nKINDS = os.environ["A_KINDS"].split(",")\ndef main():\n    mcp.run()\n`;
    const { inputs } = await inspectFiles(pypiServer(code, ""), {
      pypi: [{ name: "thing-mcp", repository: REPOSITORY }],
    });
    return inputs.map(({ key, required, default: value }) => [key, required, value]);
  };
  for (const lines of [
    'os.environ.setdefault("A_KINDS", "all")',
    'if "A_KINDS" not in os.environ:\n    os.environ["A_KINDS"] = "all"',
    'if not os.environ.get("A_KINDS"):\n    os.environ["A_KINDS"] = "all"',
    'if os.getenv("A_KINDS") is None:\n    os.environ["A_KINDS"] = "all"',
  ])
    assert.deepEqual(await python(lines), [["A_KINDS", false, "all"]], lines);
  for (const lines of [
    "",
    'if not os.environ.get("B_KINDS"):\n    os.environ["B_KINDS"] = "all"',
    'def set_up():\n    os.environ.setdefault("A_KINDS", "all")',
  ])
    assert.ok(
      (await python(lines)).some(([key, required]) => key === "A_KINDS" && required === true),
      lines,
    );
  for (const operator of ["??=", "||="]) {
    const code = `process.env.A_KINDS ${operator} "all";\nconst kinds = process.env.A_KINDS.split(",");\n`;
    assert.deepEqual((await readDemands(npmServer(code, ""))).required, [], operator);
  }
});

test("what fails without a value demands it, unless the code asks for it first", async () => {
  const required = async (files: Record<string, string>) => (await readDemands(files)).required;
  const program = (line: string) => pypiServer(`import os, json\n${line}\ndef main():\n    mcp.run()\n`, "");
  for (const line of [
    "const a = process.env.A_VALUE.split(',');",
    "const a = process.env.A_VALUE!.trim();",
    "const a = new URL(process.env.A_VALUE);",
    "const a = JSON.parse(process.env.A_VALUE);",
  ])
    assert.deepEqual(await required(npmServer(line, "")), ["A_VALUE"], line);
  for (const line of [
    "const a = process.env.A_VALUE?.split(',');",
    "const a = process.env.A_VALUE ? process.env.A_VALUE.split(',') : [];",
    "const a = process.env.A_VALUE && process.env.A_VALUE.split(',');",
    "let a = [];\nif (process.env.A_VALUE) { a = process.env.A_VALUE.split(','); }",
    "let a; try { a = JSON.parse(process.env.A_VALUE); } catch { a = {}; }",
    "if (!process.env.A_VALUE) process.env.A_VALUE = 'x';\nconst a = process.env.A_VALUE.split(',');",
    "server.tool('x', async () => process.env.A_VALUE.split(','));",
  ])
    assert.deepEqual(await required(npmServer(line, "")), [], line);
  for (const line of [
    "A = int(os.getenv('A_VALUE'))",
    "A = os.environ.get('A_VALUE').strip()",
    "A = json.loads(os.getenv('A_VALUE'))",
  ])
    assert.deepEqual(await required(program(line)), ["A_VALUE"], line);
  for (const line of [
    "A = int(os.getenv('A_VALUE', '3'))",
    "A = bool(os.getenv('A_VALUE'))",
    "A = os.getenv('A_VALUE') and os.getenv('A_VALUE').split(',')",
    "A = os.getenv('A_VALUE').split(',') if os.getenv('A_VALUE') else []",
    "try:\n    A = int(os.getenv('A_VALUE'))\nexcept Exception:\n    A = 1",
    "def f():\n    if not os.getenv('A_VALUE'):\n        return []\n    return os.getenv('A_VALUE').split(',')\nf()",
  ])
    assert.deepEqual(await required(program(line)), [], line);
});

test("a constant that holds a variable demands it where nothing cannot be used", async () => {
  const required = async (files: Record<string, string>) => (await readDemands(files)).required;
  const program = (line: string) => pypiServer(`import os\n${line}\ndef main():\n    mcp.run()\n`, "");
  for (const line of [
    "const a = process.env.A_VALUE;\nconst b = a.split(',');",
    "const { A_VALUE } = process.env;\nconst b = A_VALUE.split(',');",
    "const a = process.env.A_VALUE as string;\nconst c = a;\nconst b = new URL(c);",
    "const a = { b: process.env.A_VALUE };\nconst c = a.b.trim();",
    "const a = process.env.A_VALUE;\nconst b = new Connection(a, { commitment: 'confirmed' });",
    "const a = process.env.A_VALUE;\nconst b = Keypair.fromSecretKey(bs58.decode(a));",
    "const a = process.env.A_VALUE!;\nconst b = createClient(a, 'key');",
  ])
    assert.deepEqual(await required(npmServer(line, "")), ["A_VALUE"], line);
  for (const line of [
    "const a = process.env.A_VALUE;\nconst b = a?.split(',');",
    "const a = process.env.A_VALUE;\nconst b = a ? a.split(',') : [];",
    "let a = process.env.A_VALUE;\nif (!a) a = 'x';\nconst b = a.split(',');",
    "const a = Boolean(process.env.A_VALUE);\nconst b = a.toString();",
    "let a = process.env.A_VALUE;\na ??= 'x';\nconst b = a.split(',');",
    "let a = process.env.A_VALUE;\na ||= 'x';\nconst b = a.split(',');",
    "const a = process.env.A_VALUE;\nif (!a || !a.trim()) console.error('none');",
    "const a = process.env.A_VALUE;\nif (typeof a === 'string' && a.length > 0) console.error(a);",
    "const a = Number(process.env.A_VALUE);\nconst b = a.toFixed();",
    "const a = process.env.A_VALUE !== undefined;\nconst b = a.toString();",
    "const a = [process.env.A_VALUE].filter(Boolean);\nconst b = a.length;",
    "const a = process.env.A_VALUE;\nconst b = createClient({ a });",
  ])
    assert.deepEqual(await required(npmServer(line, "")), [], line);
  for (const line of [
    "A = os.getenv('A_VALUE')\nB = A.rstrip('/')",
    "A = os.getenv('A_VALUE')\nB = A + '/api'",
    "A = os.getenv('A_VALUE')\nC = A\nB = C.split(',')",
    "A = os.getenv('A_VALUE')\nif A.strip() or not A:\n    A = 'x'",
  ])
    assert.deepEqual(await required(program(line)), ["A_VALUE"], line);
  for (const line of [
    "A = os.getenv('A_VALUE')\nB = A.rstrip('/') if A else ''",
    "A = os.getenv('A_VALUE', '')\nB = A.rstrip('/')",
    "A = os.getenv('A_VALUE') or ''\nB = A + '/api'",
    "A = os.getenv('A_VALUE') is not None\nB = A.real",
    "A = os.getenv('A_VALUE')\nB = f'{A}/api'",
    "A = os.getenv('A_VALUE')\nif A is None:\n    A = 'x'\nB = A.strip()",
    "A = os.getenv('A_VALUE')\nif not A or not A.strip():\n    A = 'x'",
    "A = os.getenv('A_VALUE')\nif not A or len(A) < 3 or not A.strip():\n    A = 'x'",
    "A = os.getenv('A_VALUE')\nif A is None or not A.strip():\n    A = 'x'",
    "A = os.getenv('A_VALUE')\nif not (A and A.strip()):\n    A = 'x'",
    "A = os.getenv('A_VALUE')\nB = not A or A.strip() == 'x'",
  ])
    assert.deepEqual(await required(program(line)), [], line);
});

test("what code prints in the place of a missing value is none, also for a secret", async () => {
  const readme = "| 变量名 | 必需 | 描述 |\n| --- | --- | --- |\n| `A_ID` | ✅ | 应用 |\n| `A_SECRET` | ✅ | 密钥 |\n";
  const printed = (nothing: string) =>
    `console.error(process.env.A_ID || "${nothing}", process.env.A_SECRET || "${nothing}");\n`;
  for (const nothing of ["(not set)", "（未设置）", "未配置"]) {
    const found = await readDemands(npmServer(printed(nothing), readme));
    assert.deepEqual(found.required, ["A_ID", "A_SECRET"], nothing);
  }
  assert.deepEqual((await readDemands(npmServer(printed("demo"), readme))).required, []);
});

test("a passphrase alone is not the credential that a server needs", async () => {
  const code = "const agent = new Agent({ passphrase: process.env.A_KEY_PASSPHRASE });\n";
  const shown = configBlock({ A_KEY_PASSPHRASE: "your-passphrase" });
  for (const name of ["PASSPHRASE", "PASS_PHRASE", "PHRASE"]) {
    const files = npmServer(code.replaceAll("PASSPHRASE", name), shown.replaceAll("KEY_PASSPHRASE", `KEY_${name}`));
    assert.deepEqual((await readDemands(files)).required, [], name);
  }
  assert.deepEqual(
    (await readDemands(npmServer(code.replaceAll("_PASSPHRASE", ""), shown.replaceAll("_PASSPHRASE", "")))).required,
    ["A_KEY"],
  );
});

test("a zero in the place of a value is one", async () => {
  const form =
    "startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    required: [aDb]\n    properties:\n      aDb:\n        type: number\n  commandFunction: |-\n    (config) => ({ command: 'python', args: ['main.py'], env: { A_DB: config.aDb } })\n";
  const files = (own: string) =>
    pypiServer(`DB = int(os.getenv("A_DB", ${own}))\ndef main():\n    mcp.run()\n`, "", { "smithery.yaml": form });
  for (const own of ["0", '"0"', "3"]) assert.deepEqual((await readDemands(files(own))).required, [], own);
  assert.deepEqual((await readDemands(files('"000000"'))).required, ["A_DB"]);
});

test("the address of an account goes with its password", async () => {
  const readme = "# Thing\n```env\nMAIL_ADDRESS=your.email@acme.com\nMAIL_PASSWORD=your-password\n```\n";
  const files = (own: string) =>
    pypiServer(
      `CONFIG = {"email": os.getenv("MAIL_ADDRESS", "${own}"), "word": os.getenv("MAIL_PASSWORD", "your-password")}\ndef main():\n    mcp.run()\n`,
      readme,
    );
  assert.deepEqual((await readDemands(files("your.email@gmail.com"))).required, ["MAIL_ADDRESS", "MAIL_PASSWORD"]);
  assert.deepEqual((await readDemands(files("root@localhost"))).required, ["MAIL_PASSWORD"]);
});

test("settings and addresses that are shown with a credential in them are secret", async () => {
  const secrets = async (value: string) => {
    const files = npmServer("read(process.env.A_SERVICES);", configBlock({ A_SERVICES: value }));
    const { inputs } = await inspectFiles(files, { npm: [{ name: "thing-mcp", repository: REPOSITORY }] });
    return inputs.flatMap(({ key, secret }) => (secret ? [key] : []));
  };
  for (const value of [
    '[{"name":"a","password":"your_password"}]',
    '{"X-API-Key": "..."}',
    "acme://key:secret@cloud",
    "postgres://user:password@localhost/a",
    "your-acme-session-key-here",
    "<your api token>",
  ])
    assert.deepEqual(await secrets(value), ["A_SERVICES"], value);
  for (const value of [
    '[{"name":"a"}]',
    "https://acme.com:8080/a@b",
    "http://user@localhost",
    "your-project-key",
    "your_token_name",
  ])
    assert.deepEqual(await secrets(value), [], value);
});

test("what only marks the place of a value is none", async () => {
  const block = (keys: string[]) => configBlock(Object.fromEntries(keys.map((key) => [key, "x"])));
  const inTypeScript = (line: string, keys: string[]) => readDemands(npmServer(line, block(keys)));
  for (const own of ["test-token", "your_token_here", "dummy-token", "<your token>", "placeholder", "a-token"])
    assert.deepEqual(
      (await inTypeScript(`const token = process.env.A_TOKEN || "${own}";\nuse(token);`, ["A_TOKEN"])).required,
      ["A_TOKEN"],
      own,
    );
  // What a service takes from everybody is a value.
  for (const own of ["demo", "DEMO_KEY", "anonymous", "postgres"])
    assert.deepEqual(
      (await inTypeScript(`const token = process.env.A_TOKEN || "${own}";\nuse(token);`, ["A_TOKEN"])).required,
      [],
      own,
    );
  const connect = (host: string) =>
    pypiServer(
      `def get():\n    return connect(host=os.getenv("A_HOST", "${host}"), password=os.getenv("A_PASSWORD", "password"))\n\n@mcp.tool()\ndef tool():\n    return get()\n\ndef main():\n    mcp.run()\n`,
      block(["A_HOST", "A_PASSWORD"])
        .replace('"npx"', '"uvx"')
        .replace(/"-y",\s*/, ""),
    );
  assert.deepEqual((await readDemands(connect("db.example.com"))).required, ["A_HOST"]);
  assert.deepEqual((await readDemands(connect("localhost"))).required, []);
  assert.deepEqual((await readDemands(connect("api.acme.com"))).required, []);
});

test("a constant of the file in the place of a value is one", async () => {
  const code = (own: string) =>
    pypiServer(
      `DEFAULT_KEY = ${own}\n\n@mcp.tool()\ndef get():\n    return call(os.environ.get("A_KEY") or DEFAULT_KEY)\n\ndef main():\n    mcp.run()\n`,
      configBlock({ A_KEY: "demo_mcp_key" })
        .replace('"npx"', '"uvx"')
        .replace(/"-y",\s*/, ""),
    );
  assert.deepEqual((await readDemands(code('"demo_mcp_key"'))).required, []);
  assert.deepEqual((await readDemands(code("None"))).required, ["A_KEY"]);
});

test("a value that a name is given where its variable is not set is its default", async () => {
  const shown = configBlock({ A_PATH: "/path/to/thing" });
  const python = (lines: string) =>
    pypiServer(`${lines}\n\ndef main():\n    mcp.run()\n`, shown.replace('"npx"', '"uvx"').replace(/"-y",\s*/, ""));
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const readFiles = async (files: Record<string, string>) =>
    (await inspectFiles(files, { npm: published, pypi: published })).inputs.map((one) => [
      one.key,
      one.required,
      one.default,
    ]);
  const read = (lines: string) => readFiles(python(lines));
  for (const lines of [
    'path = os.environ.get("A_PATH")\nif not path:\n    log("not set")\n    path = "thing"',
    'path = os.getenv("A_PATH", "")\nif path == "":\n    path = "thing"',
    'path = os.getenv("A_PATH")\nname = "x"\nif path is None:\n    path = "thing"\nelse:\n    log(path)',
    'class Settings:\n    def __init__(self):\n        self.path = os.getenv("A_PATH")\n        if not self.path:\n            self.path = "thing"',
    'path = os.getenv("A_PATH", "") or "thing"',
  ])
    assert.deepEqual(await read(lines), [["A_PATH", false, "thing"]], lines);
  for (const lines of [
    'path = os.getenv("A_PATH")\nif path:\n    path = "thing"',
    'path = os.getenv("A_PATH")\nif not other:\n    path = "thing"',
    'path = os.getenv("A_PATH")\nif not path and IS_LINUX:\n    path = "thing"',
    'path = os.getenv("A_PATH")\nif not path:\n    other = "thing"',
  ])
    assert.deepEqual(await read(lines), [["A_PATH", true, null]], lines);
  for (const lines of [
    'let path = process.env.A_PATH;\nif (!path) path = "thing";',
    'let path = process.env.A_PATH?.trim();\nif (path === undefined) {\n  log("not set");\n  path = "thing";\n}',
    'export let path = process.env.A_PATH;\npath ??= "thing";',
    'function run() {\n  let path = process.env.A_PATH || "";\n  if (path === "") path = "thing";\n}',
  ])
    assert.deepEqual(await readFiles(npmServer(lines, shown)), [["A_PATH", false, "thing"]], lines);
  for (const lines of [
    'let path = process.env.A_PATH;\nif (path) path = "thing";',
    'let path = process.env.A_PATH;\nif (!other) path = "thing";',
    'let path = process.env.A_PATH;\nif (!path && isLinux) path = "thing";',
    'let path = process.env.A_PATH;\nif (!path) other = "thing";',
  ])
    assert.deepEqual(await readFiles(npmServer(lines, shown)), [["A_PATH", true, null]], lines);
});
