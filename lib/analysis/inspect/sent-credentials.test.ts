import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, pypiServer, readDemands } from "../testing/repositories.ts";

// What a server sends to a service without a look at whether it is there.

const KEYS = ["A_URL", "A_USER", "A_TOKEN", "A_SECRET", "A_MODE"];

const block = (keys: readonly string[]) =>
  configBlock(Object.fromEntries(keys.map((key) => [key, `your-${key.toLowerCase()}`])))
    .replace(/"npx"/, '"uvx"')
    .replace(/"-y",\s*/, "");

const read = (code: string, keys: readonly string[] = KEYS, readme = "") =>
  readDemands(
    pypiServer(
      `import httpx\n${keys.map((key) => `${key} = os.getenv("${key}")\n`).join("")}${code}\ndef main():\n    mcp.run()\n`,
      `${readme}${block(keys)}`,
    ),
  );

const tool = (line: string) => `@mcp.tool()\ndef get(path: str):\n    ${line.replaceAll("\n", "\n    ")}\n`;

test("a credential that is sent without a look at it is needed, with what goes beside it", async () => {
  for (const [code, expected] of [
    [tool('return httpx.get(path, headers={"Authorization": f"Bearer {A_TOKEN}", "X": A_MODE})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, headers={"Authorization": "token " + A_TOKEN})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, headers={"Authorization": "Bearer {}".format(A_TOKEN)})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, headers={"Authorization": "Bearer %s" % A_TOKEN})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, headers={"X-API-Key": A_TOKEN, "X-Mode": A_MODE})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, params={"api_key": A_TOKEN, "mode": A_MODE})'), ["A_TOKEN"]],
    [tool('return httpx.get(path, params={"apiKey": A_TOKEN, "mode": A_MODE})'), ["A_TOKEN"]],
    [
      tool(
        'payload = {"clientId": A_USER, "clientSecret": A_SECRET, "mode": A_MODE}\nreturn httpx.post(path, json=payload)',
      ),
      ["A_SECRET", "A_USER"],
    ],
    [tool('return httpx.get(f"https://x/{path}?accessToken={A_TOKEN}&mode={A_MODE}")'), ["A_TOKEN"]],
    [tool("return httpx.get(path, auth=(A_USER, A_TOKEN))"), ["A_TOKEN", "A_USER"]],
    [tool('return httpx.get(f"https://x/{path}?token={A_TOKEN}&mode={A_MODE}")'), ["A_TOKEN"]],
    [tool('return httpx.get("https://x?mode=" + A_MODE + "&apikey=" + A_TOKEN)'), ["A_TOKEN"]],
    [tool('return httpx.get(f"https://x/{path}?api_key=" + A_TOKEN)'), ["A_TOKEN"]],
    [tool('return httpx.get("https://x/%s?mode=%s&api_key=%s" % (path, A_MODE, A_TOKEN))'), ["A_TOKEN"]],
    [tool('return httpx.get("https://x/{}?api_key={}&mode={}".format(path, A_TOKEN, A_MODE))'), ["A_TOKEN"]],
    [
      `async def serve():\n    token = A_TOKEN\n    mode = A_MODE\n    @server.call_tool()\n    async def call(name):\n        return await get(f"/x?mode={mode}&token={token}")\n`,
      ["A_TOKEN"],
    ],
    ["client = Thing(client_id=A_USER, client_secret=A_SECRET, mode=A_MODE)", ["A_SECRET", "A_USER"]],
    ["client = Thing(A_URL, A_TOKEN)", ["A_TOKEN", "A_URL"]],
    ["client = thing.connect(url=A_URL, token=A_TOKEN, mode=A_MODE)", ["A_TOKEN", "A_URL"]],
    ["thing.api_key = A_TOKEN", ["A_TOKEN"]],
    ['basic = base64.b64encode(f"{A_USER}:{A_TOKEN}".encode())', ["A_TOKEN", "A_USER"]],
  ] satisfies [string, string[]][]) {
    // Another credential is shown beside it, so that it is not the only one.
    const found = await read(code, [...expected, "A_MODE", "B_TOKEN"]);
    assert.deepEqual(found.required, expected, code);
  }
});

test("a credential that code asks about, or that text calls optional, is not needed", async () => {
  const keys = ["A_TOKEN", "B_TOKEN"];
  const header = 'httpx.get("x", headers={"Authorization": f"Bearer {A_TOKEN}"})';
  for (const code of [
    tool(`if A_TOKEN:\n    ${header}\nreturn ""`),
    tool(`return ${header} if A_TOKEN else ""`),
    tool(`headers = {}\nif A_TOKEN is not None:\n    headers["Authorization"] = f"Bearer {A_TOKEN}"\nreturn headers`),
    tool(`if B_TOKEN:\n    client = Thing(B_TOKEN)\nelse:\n    client = Thing(A_TOKEN)\nreturn client`),
    `provider = os.getenv("A_PROVIDER", "local")\nif provider == "a":\n    client = Thing(api_key=A_TOKEN)\n`,
    `match os.getenv("A_PROVIDER"):\n    case "a":\n        client = Thing(api_key=A_TOKEN)\n    case _:\n        client = None\n`,
    tool('raise ValueError(f"no {A_TOKEN}")'),
    tool("logger.info(token=A_TOKEN)"),
    tool(`key = A_TOKEN\nif not key:\n    return ""\nreturn httpx.get(f"https://x?key={key}")`),
    tool(`key = A_TOKEN\nkey = load()\nreturn httpx.get(f"https://x?key={key}")`),
    tool('return httpx.get(f"https://x?q={A_TOKEN}")'),
    tool('return httpx.post(path, json={"keyWords": A_TOKEN, "maxTokens": path})'),
    tool('return httpx.post(path, json={"clientSecret": A_TOKEN} if A_TOKEN else {})'),
    tool('return httpx.get("https://x?q=%s&token=%s" % (A_TOKEN, path))'),
    'client = Thing(url=os.getenv("A_URL", "http://localhost:6333"), api_key=A_TOKEN)',
    'HOST = os.getenv("A_HOST", "127.0.0.1")\nclient = Thing(HOST, password=os.getenv("A_TOKEN"))',
    'config = {"host": os.getenv("A_HOST", "localhost"), "password": A_TOKEN}',
    'client = Thing(user="root", password=os.getenv("A_PASSWORD", ""))',
    `def run_http():\n    return Auth(token=A_TOKEN)`,
  ])
    assert.deepEqual((await read(code, keys)).required, [], code);
  const optional = "- `A_TOKEN` (optional): opens more\n\n";
  assert.deepEqual((await read(tool(header), [...keys, "C_TOKEN"], optional)).required, []);
});

test("a dictionary's entry that begins the address of a request, or is sent as a credential, is needed", async () => {
  const settings = (host: string) =>
    `def settings():\n    return {"host": ${host}, "api_key": os.environ.get("A_TOKEN", ""), "mode": os.environ.get("A_MODE", "")}\nCONFIG = settings()\n`;
  const send = tool(
    `return httpx.get(f"{CONFIG['host']}/items/{CONFIG['mode']}", headers={"Authorization": f"Bearer {CONFIG['api_key']}"})`,
  );
  const required = async (host: string) => {
    const code = `import httpx\n${settings(host)}${send}def main():\n    mcp.run()\n`;
    return (await readDemands(pypiServer(code, block(["A_DOMAIN", "A_TOKEN"])))).required;
  };
  assert.deepEqual(await required('os.environ.get("A_DOMAIN", "")'), ["A_DOMAIN", "A_TOKEN"]);
  assert.deepEqual(await required('os.environ.get("A_DOMAIN", "https://a.io")'), ["A_TOKEN"]);
});

test("a complaint about an absent credential that is sent all the same shows that it is needed", async () => {
  const send = tool('params = {"q": path}\nparams["api_key"] = A_TOKEN\nreturn httpx.get("x", params=params)');
  const ask = (body: string) => read(`if not A_TOKEN:\n    ${body}\n${send}`, ["A_TOKEN", "B_TOKEN"]);
  for (const body of [
    'print("错误：请设置环境变量 A_TOKEN")',
    'print("Error: set A_TOKEN", file=sys.stderr)\n    print("See the README")',
    'logger.warning("A_TOKEN is not set. API calls may fail.")',
  ])
    assert.deepEqual((await ask(body)).required, ["A_TOKEN"], body);
  for (const body of [
    'print("No A_TOKEN: requests are limited to ten a day")',
    'logger.info("A_TOKEN is not set")',
    "setup()",
    'print("A_TOKEN is not set")\nelse:\n    check()',
  ])
    assert.deepEqual((await ask(body)).required, [], body);
});

test("of several services that a server speaks to, none is needed for its credential alone", async () => {
  const keys = ["A_TOKEN", "B_TOKEN"];
  const code = keys.map((key) => `def get_${key}(): return Thing(${key})\n`).join("");
  assert.deepEqual((await read(code, keys)).required, []);
});

test("a token of temporary keys is not needed beside them", async () => {
  const keys = ["A_ACCESS_KEY_SECRET", "A_SECURITY_TOKEN"];
  const client = "client = Thing(access_key_secret=A_ACCESS_KEY_SECRET, security_token=A_SECURITY_TOKEN)";
  assert.deepEqual((await read(client, keys)).required, ["A_ACCESS_KEY_SECRET"]);
  const demanded = `if not A_ACCESS_KEY_SECRET:\n    raise ValueError("A_ACCESS_KEY_SECRET is not set")\n${client}`;
  assert.deepEqual((await read(demanded, keys)).required, ["A_ACCESS_KEY_SECRET"]);
});

test("of the only service's credential, about which documentation is silent, the code decides", async () => {
  const readSilent = (code: string, keys: readonly string[]) =>
    readDemands(
      pypiServer(
        `import httpx\n${keys.map((key) => `${key} = os.getenv("${key}")\n`).join("")}${code}\ndef main():\n    mcp.run()\n`,
        "# Thing\n\nNeeds an API key.\n",
      ),
    );
  const bearer = 'return httpx.get(path, headers={"Authorization": f"Bearer {A_TOKEN}"})';
  for (const [code, keys, required] of [
    [tool(bearer), ["A_TOKEN", "A_MODE"], ["A_TOKEN"]],
    [
      tool("return httpx.get(A_URL, auth=(A_USER, A_TOKEN))"),
      ["A_URL", "A_USER", "A_TOKEN"],
      ["A_TOKEN", "A_URL", "A_USER"],
    ],
    [tool("return Thing(key=A_KEY, secret=A_SECRET)"), ["A_KEY", "A_SECRET"], ["A_KEY", "A_SECRET"]],
    [
      tool('params = {"mode": A_MODE}\nparams["api_key"] = A_TOKEN\nreturn get(path, params)'),
      ["A_TOKEN"],
      ["A_TOKEN"],
    ],
    ['def headers():\n    return {"X-API-Key": A_TOKEN}\n', ["A_TOKEN"], ["A_TOKEN"]],
    [tool('return httpx.post(path, json={"token": A_TOKEN})'), ["A_TOKEN"], ["A_TOKEN"]],
    // Who reads the settings may do without.
    ["config = ClientConfig(token=A_TOKEN)", ["A_TOKEN"], []],
    ['config = {"token": A_TOKEN}', ["A_TOKEN"], []],
    [tool(bearer), ["A_TOKEN", "B_TOKEN"], []],
    [tool(bearer), ["A_TOKEN", "A_SECRET"], []],
    [tool(`if not A_TOKEN:\n    return httpx.get(path)\n${bearer}`), ["A_TOKEN"], []],
  ] satisfies [string, string[], string[]][])
    assert.deepEqual((await readSilent(code, keys)).required, required, code);
});

test("a connection string with a password needs all that stands in it, also from a dictionary", async () => {
  const keys = ["A_SERVER", "A_DATABASE", "A_USER", "A_PASSWORD", "A_MODE"];
  const held =
    'config = {"s": A_SERVER, "d": os.getenv("A_DATABASE"), "u": os.getenv("A_USER"), "p": os.getenv("A_PASSWORD")}\n';
  const all = ["A_DATABASE", "A_PASSWORD", "A_SERVER", "A_USER"];
  for (const [code, expected] of [
    ['text = f"SERVER={A_SERVER};DATABASE={A_DATABASE};UID={A_USER};PWD={A_PASSWORD}"\nconnect(text)', all],
    ['text = (f"SERVER={A_SERVER};DATABASE={A_DATABASE};"\n    f"UID={A_USER};PWD={A_PASSWORD}")\nconnect(text)', all],
    [
      `${held}text = f"SERVER={A_SERVER};DATABASE={config['d']};UID={config['u']};PWD={config['p']}"\nconnect(text)`,
      all,
    ],
    // A look at a value, or another way without a password, tells that the server can do without.
    [
      'text = f"SERVER={A_SERVER};DATABASE={A_DATABASE};UID={A_USER};PWD={A_PASSWORD}" if A_PASSWORD else "Trusted_Connection=yes"\nconnect(text)',
      [],
    ],
    [`${held}if config["p"]:\n    text = f"SERVER={A_SERVER};UID={config['u']};PWD={config['p']}"`, []],
    ['print(f"mode={A_MODE}; server={A_SERVER}; database={A_DATABASE}")', []],
  ] satisfies [string, string[]][])
    assert.deepEqual((await read(code, [...keys, "B_TOKEN"])).required, expected, code);
});
