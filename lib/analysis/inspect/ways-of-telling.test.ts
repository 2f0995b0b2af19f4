import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, goServer, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

test("a choice of one request is none where each request needs one of its ways", async () => {
  const code = `class Client {
  constructor(account, tenant, key) { this.account = account; this.tenant = tenant; this.key = key; }
  async tenantId() { if (this.tenant) return this.tenant; if (!this.account) throw new Error("Set A_ACCOUNT or A_TENANT."); return load(this.account); }
  async token() { if (!this.account) throw new Error("no account"); if (!this.key) throw new Error("no key"); return login(this.account, this.key); }
}
const client = new Client(process.env.A_ACCOUNT, process.env.A_TENANT, process.env.A_KEY);
server.tool("one", async () => client.token());
server.tool("two", async () => client.tenantId());
`;
  const found = await readDemands(npmServer(code, `# Thing\n\n${configBlock({ A_ACCOUNT: "<id>", A_KEY: "<key>" })}`));
  assert.deepEqual([found.required, found.optional, found.choices], [["A_ACCOUNT", "A_KEY"], ["A_TENANT"], []]);
});

test("the ways without which the program ends come before those that documentation names", async () => {
  const code = `if (process.env.A_TOKEN) use(process.env.A_TOKEN);
else if (process.env.A_FILE && process.env.A_USER) use(process.env.A_FILE, process.env.A_USER);
else if (process.env.A_JWT && process.env.A_USER) use(process.env.A_JWT, process.env.A_USER);
else throw new Error("no credentials");
`;
  const readme = "# Thing\n\nYou need `A_USER` and one of the following:\n\n- `A_FILE`\n- `A_JWT`\n";
  const found = await readDemands(npmServer(code, readme));
  assert.deepEqual(found.choices, [[[["A_TOKEN"], ["A_FILE", "A_USER"], ["A_JWT", "A_USER"]], true]]);
});

test("Python: a program that ends with a text in place of running has failed", async () => {
  const serve = (body: string) =>
    pypiServer(
      `KEY = os.environ.get("A_KEY")\nNODE = os.environ.get("A_NODE")\ndef run_server():\n${body}\nif __name__ == "__main__":\n    run_server()\n`,
      "# Thing\n",
    );
  const collected =
    '    errors = []\n    if KEY is None:\n        errors.append("- A_KEY not set")\n    if NODE is None:\n        errors.append("- A_NODE not set")\n';
  const cases: [string, string[]][] = [
    [
      `${collected}    if len(errors) > 0:\n        errors = ["Failed:"] + errors\n        return "\\n".join(errors)\n    else:\n        mcp.run()`,
      ["A_KEY", "A_NODE"],
    ],
    ['    if not KEY:\n        return "A_KEY is not set"\n    mcp.run()', ["A_KEY"]],
    [`${collected}    for error in errors:\n        print(error)\n    mcp.run()`, []],
  ];
  for (const [body, required] of cases) assert.deepEqual((await readDemands(serve(body))).required, required, body);
});

test("a sentence that tells to set an environment variable names it", async () => {
  const required = async (sentence: string) => {
    const files = npmServer(
      'const api = connect({ apiKey: process.env.API_KEY || "" });\n',
      `# Thing\n\n${sentence}\n`,
    );
    return (await readDemands(files)).required;
  };
  assert.deepEqual(await required("Then, set the `API_KEY` environment variable when running the server."), [
    "API_KEY",
  ]);
  assert.deepEqual(await required("Export your key as the environment variable `API_KEY`."), ["API_KEY"]);
  assert.deepEqual(await required("You can set the `API_KEY` environment variable for higher limits."), []);
  assert.deepEqual(await required("Set the `API_KEY` environment variable if you have a key."), []);
});

test("the beginning of names is no name", async () => {
  const found = await readDemands(
    goServer("use(os.Getenv(envPrefix + name))", 'const envPrefix = "A_THING_"', {
      "README.md": "# Thing\n\n- **Environment variables**: `A_THING_*`\n- `A_OTHER_`: a beginning\n",
    }),
  );
  assert.deepEqual([...found.required, ...found.optional], []);
});

test("a result that is chosen tells of a failure as one does that is returned early", async () => {
  const readme = `# Thing\n\n${configBlock({ A_KEY: "<key>", B_ACCOUNT: "<account>" })}`;
  const required = async (body: string) => {
    const get =
      "function get() { const r = account(); if (!r.ok) throw new Error(r.error); return call(process.env.A_KEY); }";
    const code = `function account() { const a = process.env.B_ACCOUNT; ${body} }\n${get}\nserver.tool("x", async () => get());\n`;
    return (await readDemands(npmServer(code, readme))).required;
  };
  const both = ["A_KEY", "B_ACCOUNT"];
  assert.deepEqual(await required('if (!a) return { ok: false, error: "none" }; return { ok: true, a };'), both);
  assert.deepEqual(await required('return a ? { ok: true, a } : { ok: false, error: "none" };'), both);
  assert.deepEqual(await required('return a ? { ok: true, a } : { ok: true, a: "me" };'), ["A_KEY"]);
});

/** What a Python server requires that documentation shows with an environment. */
async function pythonDemands(code: string, readme: string) {
  const { required, choices } = await readDemands(pypiServer(`${code}\ndef main():\n    mcp.run()\n`, readme));
  return [required, choices];
}

const uvx = (env: Record<string, string>) =>
  configBlock(env)
    .replace('"npx"', '"uvx"')
    .replace(/"-y",\s*/, "");

test("an account and its secrets whose names have no prefix are one service's", async () => {
  const login =
    'client = Client(username=os.getenv("USERNAME"), password=os.getenv("PASSWORD"), security_token=os.getenv("SECURITY_TOKEN"))\n';
  const env = { USERNAME: "<name>", PASSWORD: "<password>", SECURITY_TOKEN: "<token>" };
  assert.deepEqual(await pythonDemands(login, `# Thing\n\n${uvx(env)}`), [
    ["PASSWORD", "SECURITY_TOKEN", "USERNAME"],
    [],
  ]);
  // Without a configuration that gives it, the name is the machine's own.
  assert.deepEqual(await pythonDemands('print(os.getenv("USERNAME"))\n', "# Thing\n"), [[], []]);
  // Beside a password, it is an account's, though no documentation names either.
  const optional = async (between: string) => {
    const code = `if (password := os.environ.get("PASSWORD")) and (${between}name := os.environ.get("USERNAME")):\n    login(name, password)\n`;
    return (await readDemands(pypiServer(`${code}\ndef main():\n    mcp.run()\n`, "# Thing\n"))).optional;
  };
  assert.deepEqual(await optional(""), ["PASSWORD", "USERNAME"]);
  assert.deepEqual(await optional("\n".repeat(20)), ["PASSWORD"]);
});

test("the name of a token is needed beside its value", async () => {
  const code =
    'client = Client(host=os.getenv("A_URL"), token_name=os.getenv("A_TOKEN_NAME"), token_value=os.getenv("A_TOKEN_VALUE"))\n';
  const env = { A_URL: "<url>", A_TOKEN_NAME: "<name>", A_TOKEN_VALUE: "<value>" };
  assert.deepEqual(await pythonDemands(code, `# Thing\n\n${uvx(env)}`), [
    ["A_TOKEN_NAME", "A_TOKEN_VALUE", "A_URL"],
    [],
  ]);
});

test("two configurations that each give a file with credentials are a choice", async () => {
  const code =
    'one = os.getenv("A_CREDENTIALS_PATH")\ntwo = os.getenv("A_CLIENT_SECRETS_FILE")\nuse(one or "a.json", two or "b.json")\n';
  const readme = `# Thing\n\n${uvx({ A_CREDENTIALS_PATH: "/path/to/a.json" })}\n${uvx({ A_CLIENT_SECRETS_FILE: "/path/to/b.json" })}`;
  assert.deepEqual(await pythonDemands(code, readme), [
    [],
    [[[["A_CREDENTIALS_PATH"], ["A_CLIENT_SECRETS_FILE"]], true]],
  ]);
});

test("a value in an example may go on in words", async () => {
  const code =
    'key = os.getenv("A_PAT")\nurl = os.getenv("A_URL")\ndef connect():\n    return None if not key or not url else api(url, key)\n';
  const readme = "# Thing\n\n```\nA_PAT=your_token\nA_URL=https://one.example.com or https://two.example.com\n```\n";
  assert.deepEqual(await pythonDemands(code, readme), [["A_PAT", "A_URL"], []]);
});

test("what a table demands for one use alone is not required", async () => {
  const code = 'read = os.getenv("A_READ_KEY")\nwrite = os.getenv("A_WRITE_KEY")\nid = os.environ["A_ID"]\n';
  const rows = (uses: [string, string]) =>
    `# Thing\n\n| Variable | Required |\n| --- | --- |\n| \`A_ID\` | Yes |\n| \`A_READ_KEY\` | ${uses[0]} |\n| \`A_WRITE_KEY\` | ${uses[1]} |\n`;
  assert.deepEqual(await pythonDemands(code, rows(["For reads", "For writes"])), [["A_ID"], []]);
  assert.deepEqual(await pythonDemands(code, rows(["No", "Yes"])), [["A_ID", "A_WRITE_KEY"], []]);
});
