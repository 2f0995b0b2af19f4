import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configBlock,
  csharpServer,
  goServer,
  javaServer,
  kotlinServer,
  npmServer,
  pypiServer,
  readDemands,
  rustServer,
} from "../testing/repositories.ts";

const README = `# Thing\n\n${configBlock({ A_KEY: "<your key>", B_ACCOUNT: "<account>" })}`;
const BOTH = ["A_KEY", "B_ACCOUNT"];
const FAILS = 'throw new Error("no account")';

/** Asserts what servers require whose documentation shows A_KEY and B_ACCOUNT side by side. */
async function assertRequired(cases: readonly (readonly [files: Record<string, string>, required: string[]])[]) {
  for (const [files, required] of cases) {
    const found = await readDemands({ ...files, "README.md": README });
    assert.deepEqual(found.required, required, Object.values(files).join("\n"));
  }
}

const inTypeScript = (code: string) => npmServer(`${code}\nserver.connect(transport);`, "");

/** A Python server; uvx starts it. */
async function assertPython(cases: readonly (readonly [code: string, required: string[]])[]) {
  const readme = README.replace('"npx"', '"uvx"').replace(/"-y",\s*/, "");
  for (const [code, required] of cases) {
    const found = await readDemands(pypiServer(`${code}\ndef main():\n    mcp.run()\n`, readme));
    assert.deepEqual(found.required, required, code);
  }
}

test("TypeScript: what a constructor is handed is known in the object's methods", async () => {
  const client = (members: string, made: string) =>
    inTypeScript(`class Client { ${members} }\n${made}\nserver.tool("x", async () => c.get());`);
  const get = `async get() { if (!this.account) ${FAILS}; return 1; }`;
  const make = "const c = new Client(process.env.A_KEY, process.env.B_ACCOUNT);";
  await assertRequired([
    [client(`constructor(private key, account) { this.account = account; } ${get}`, make), BOTH],
    [client(`constructor(private key: string, private account: string) {} ${get}`, make), BOTH],
    [
      client(
        `constructor(key, account) { this.key = key; this.account = account; } ${get}`,
        'function make() { const key = process.env.A_KEY; const account = process.env.B_ACCOUNT ?? ""; return new Client(key, account); }\nconst c = make();',
      ),
      BOTH,
    ],
    [
      client(
        `constructor({ key, account }) { this.key = key; this.account = account; } ${get}`,
        "const c = new Client({ key: process.env.A_KEY, account: process.env.B_ACCOUNT });",
      ),
      BOTH,
    ],
    [
      client(
        `setAccount(a) { this.account = a; } ${get}`,
        "const c = new Client(); c.setAccount(process.env.B_ACCOUNT); use(process.env.A_KEY);",
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `class Base { constructor(key, account) { this.account = account; } ${get} }\nclass Client extends Base { constructor(key, account) { super(key, account); } }\n${make}\nserver.tool("x", async () => c.get());`,
      ),
      BOTH,
    ],
    [
      client(
        "constructor(key, account) { this.key = key; this.account = account; } async get() { const h = {}; if (this.account) h.account = this.account; return h; }",
        make,
      ),
      ["A_KEY"],
    ],
  ]);
});

test("TypeScript: a function within another knows what that one holds and is handed", async () => {
  const handed = "(server, process.env.A_KEY, process.env.B_ACCOUNT);";
  await assertRequired([
    [
      inTypeScript(
        `async function main() { const key = process.env.A_KEY; const account = process.env.B_ACCOUNT; server.tool("x", async () => { if (!account) ${FAILS}; return 1; }); }\nmain();`,
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `function register(server, key, account) { server.tool("x", async () => { if (!account) ${FAILS}; return 1; }); }\nregister${handed}`,
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `function register(server, key, account) { server.tool("x", async () => { if (!account) return { content: [{ type: "text", text: "Error: no account" }], isError: true }; return call(key, account); }); }\nregister${handed}`,
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `function createClient(key, account) { return { async get() { if (!account) ${FAILS}; return key; } }; }\nconst c = createClient(process.env.A_KEY, process.env.B_ACCOUNT);\nserver.tool("x", async () => c.get());`,
      ),
      BOTH,
    ],
    // The parameter of the inner function is another one.
    [
      inTypeScript(
        `function register(server, key, account) { server.tool("x", async (account) => { if (!account) ${FAILS}; return 1; }); }\nregister${handed}`,
      ),
      ["A_KEY"],
    ],
  ]);
});

test("Python: what an object is made of is known in its methods, and what a function is handed within it", async () => {
  const init = "    def __init__(self, key, account):\n        self.key = key\n        self.account = account\n";
  const get =
    '    def get(self):\n        if not self.account:\n            raise ValueError("no account")\n        return 1\n';
  const tool = "@mcp.tool()\ndef x():\n    return client.get()";
  const make = 'client = Client(os.getenv("A_KEY"), os.getenv("B_ACCOUNT"))\n';
  const check = '        if not account:\n            raise ValueError("no account")\n        return 1\n';
  await assertPython([
    [`class Client:\n${init}${get}${make}${tool}`, BOTH],
    [
      `class Client:\n${init}${get}def make():\n    key = os.getenv("A_KEY")\n    account = os.environ.get("B_ACCOUNT", "")\n    return Client(key, account)\n@mcp.tool()\ndef x():\n    return make().get()`,
      BOTH,
    ],
    [
      `from dataclasses import dataclass\n@dataclass\nclass Config:\n    key: str\n    account: str\nconfig = Config(os.getenv("A_KEY", ""), os.getenv("B_ACCOUNT", ""))\n@mcp.tool()\ndef x():\n    if not config.account:\n        raise ValueError("no account")\n    return 1`,
      BOTH,
    ],
    [
      `def build(key, account):\n    @mcp.tool()\n    def x():\n${check}build(os.getenv("A_KEY"), os.getenv("B_ACCOUNT"))`,
      BOTH,
    ],
    [
      `def create():\n    key = os.getenv("A_KEY")\n    account = os.getenv("B_ACCOUNT")\n    @mcp.tool()\n    def x():\n${check}create()`,
      BOTH,
    ],
    [
      `class Client:\n    def __init__(self, key, account=None):\n        self.key = key\n        self.account = account or "me"\n    def get(self):\n        return send(f"Bearer {self.key}", self.account)\n${make}${tool}`,
      ["A_KEY"],
    ],
    [
      `class Client:\n    def __init__(self, key, account):\n        if not account:\n            raise ValueError("x")\n    @classmethod\n    def from_env(cls):\n        return cls(os.getenv("A_KEY"), os.getenv("B_ACCOUNT"))\n@mcp.tool()\ndef x():\n    return Client.from_env().get()`,
      BOTH,
    ],
    [
      `class Client:\n${init}    def get(self):\n        headers = {"Authorization": f"Bearer {self.key}"}\n        if self.account:\n            headers["account"] = self.account\n        return headers\n${make}${tool}`,
      ["A_KEY"],
    ],
  ]);
});

test("Go, Rust, Java, Kotlin and C#: what an object is made of is known in its methods", async () => {
  const inGo = 'c := NewClient(os.Getenv("A_KEY"), os.Getenv("B_ACCOUNT"))\nuse(c)';
  const ofGo = (made: string) =>
    `type Client struct { key, account string }\nfunc NewClient(key, account string) *Client {\n\treturn &Client{${made}}\n}\nfunc (c *Client) Get() error {\n\tif c.account == "" {\n\t\treturn errors.New("no account")\n\t}\n\treturn nil\n}`;
  await assertRequired([
    [goServer(inGo, ofGo("key: key, account: account")), BOTH],
    [goServer(inGo, ofGo("key, account")), BOTH],
    [
      goServer(
        's.AddTool(t, func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\tif account := os.Getenv("B_ACCOUNT"); account == "" {\n\t\treturn mcp.NewToolResultError("no account"), nil\n\t}\n\treturn call(os.Getenv("A_KEY"))\n})',
      ),
      BOTH,
    ],
    [
      goServer(
        's.AddTool(t, func() error { return call(os.Getenv("A_KEY"), os.Getenv("B_ACCOUNT")) })',
        'func call(key, account string) error {\n\tif account == "" {\n\t\treturn errors.New("no account")\n\t}\n\treturn nil\n}',
      ),
      BOTH,
    ],
    [
      rustServer(
        'let c = Client::new(std::env::var("A_KEY").ok(), std::env::var("B_ACCOUNT").ok());',
        'struct Client { key: Option<String>, account: Option<String> }\nimpl Client { fn new(key: Option<String>, account: Option<String>) -> Self { Self { key, account } }\nfn get(&self) -> Result<()> { let a = self.account.as_ref().ok_or_else(|| anyhow!("no account"))?; Ok(()) } }',
      ),
      BOTH,
    ],
    [
      javaServer(
        'new Client(System.getenv("A_KEY"), System.getenv("B_ACCOUNT"));',
        '  static class Client { private final String key; private final String account; Client(String key, String account) { this.key = key; this.account = account; } void get() { if (account == null) { throw new IllegalStateException("no account"); } } }',
      ),
      BOTH,
    ],
    [
      kotlinServer(
        'val c = Client(System.getenv("A_KEY"), System.getenv("B_ACCOUNT"))',
        'class Client(private val key: String?, private val account: String?) {\n  fun get() { requireNotNull(account) { "no account" } }\n}',
      ),
      BOTH,
    ],
    [
      csharpServer(
        'var c = new Client(Environment.GetEnvironmentVariable("A_KEY"), Environment.GetEnvironmentVariable("B_ACCOUNT"));',
        {
          "Client.cs":
            'class Client { private readonly string? _key; private readonly string? _account; public Client(string? key, string? account) { _key = key; _account = account; } public void Get() { if (string.IsNullOrEmpty(_account)) throw new InvalidOperationException("no account"); } }\n',
        },
      ),
      BOTH,
    ],
  ]);
});

test("Rust: what `new` demands is heard", async () => {
  const found = await readDemands(
    rustServer(
      "let c = Client::new()?;",
      'struct Client { key: String }\nimpl Client { fn new() -> Result<Self> { let key = std::env::var("A_KEY").context("A_KEY")?; Ok(Self { key }) } }',
    ),
  );
  assert.deepEqual(found.required, ["A_KEY"]);
});

test("what a request may give needs no variable in its place", async () => {
  const get = `function get(a) { const account = a ?? process.env.B_ACCOUNT; if (!account) ${FAILS}; return call(process.env.A_KEY, account); }`;
  await assertRequired([
    [inTypeScript(`${get}\nserver.tool("x", async ({ account }) => get(account));`), ["A_KEY"]],
    [
      inTypeScript(
        `server.tool("x", async ({ account: a }) => { const account = a ?? process.env.B_ACCOUNT; if (!account) ${FAILS}; return call(process.env.A_KEY, account); });`,
      ),
      ["A_KEY"],
    ],
    [inTypeScript(`${get}\nserver.tool("x", async () => get(settings.account));`), BOTH],
  ]);
  const look = '    account = account or os.getenv("B_ACCOUNT")\n    if not account:\n        raise ValueError("x")\n';
  await assertPython([
    [`@mcp.tool()\ndef x(account: str | None = None):\n${look}    return call(os.getenv("A_KEY"), account)`, ["A_KEY"]],
    [
      `def get(account=None):\n${look}    return call(os.getenv("A_KEY"), account)\n@mcp.tool()\ndef x():\n    return get()`,
      BOTH,
    ],
  ]);
});

test("Python: what a function returns in a dictionary or a tuple is known by its parts", async () => {
  const values = 'os.getenv("A_KEY"), os.getenv("B_ACCOUNT")';
  const tool = "@mcp.tool()\ndef x():\n    return get()";
  await assertPython([
    [
      `def get_config():\n    return {"key": os.getenv("A_KEY"), "account": os.getenv("B_ACCOUNT")}\ndef get():\n    config = get_config()\n    if not config["account"]:\n        raise ValueError("x")\n${tool}`,
      BOTH,
    ],
    [
      `def credentials():\n    return ${values}\ndef get():\n    key, account = credentials()\n    if not key or not account:\n        raise ValueError("x")\n${tool}`,
      BOTH,
    ],
    [
      `def credentials():\n    return (${values})\ndef get():\n    key, account = credentials()\n    if not key:\n        raise ValueError("x")\n${tool}`,
      ["A_KEY"],
    ],
  ]);
});

test("TypeScript: an account that is sent beside its password is needed like that", async () => {
  const tool = 'server.tool("x", async () => get());';
  await assertRequired([
    [
      inTypeScript(
        `const auth = Buffer.from(\`\${process.env.B_ACCOUNT}:\${process.env.A_KEY}\`).toString("base64");\nconst get = () => fetch("https://x", { headers: { Authorization: \`Basic \${auth}\` } });\n${tool}`,
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `const api = axios.create({ auth: { username: process.env.B_ACCOUNT, password: process.env.A_KEY } });\nconst get = () => api.get("/x");\n${tool}`,
      ),
      BOTH,
    ],
    [
      inTypeScript(
        `const id = Buffer.from(\`\${process.env.B_ACCOUNT}/\${process.env.A_KEY}\`).toString("base64");\nconst get = () => use(id);\n${tool}`,
      ),
      ["A_KEY"],
    ],
  ]);
});
