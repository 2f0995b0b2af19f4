import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, pypiServer, readDemands } from "../testing/repositories.ts";

// Tools that answer with a text or an object instead of raising where something is missing.

/** Other credentials are shown too, so that none is the only one. */
const README = configBlock({ A_KEY: "x", B_TOKEN: "x", C_TOKEN: "x" })
  .replace(/"npx"/, '"uvx"')
  .replace(/"-y",\s*/, "");

const tool = (name: string, body: string) =>
  `@mcp.tool()\nasync def ${name}(q: str) -> str:\n    ${body.replaceAll("\n", "\n    ")}\n`;

const required = async (code: string) =>
  (await readDemands(pypiServer(`A_KEY = os.getenv("A_KEY")\n${code}def main():\n    mcp.run()\n`, README))).required;

const ANSWERS = [
  'if not A_KEY:\n    return "Error: A_KEY is not set"\nreturn await call(q, A_KEY)',
  'if not A_KEY:\n    return {"error": "no key"}\nreturn await call(q, A_KEY)',
  'if A_KEY is None:\n    await log(q)\n    return "Set the A_KEY environment variable first"\nreturn await call(q, A_KEY)',
  'if not A_KEY:\n    return [TextContent(type="text", text="A_KEY not configured")]\nreturn await call(q, A_KEY)',
  'client = make()\nif client is None:\n    return "Missing key"\nreturn client.call(q)',
];

test("what most tools answer an error without is needed", async () => {
  const make = "def make():\n    if not A_KEY:\n        return None\n    return Client(A_KEY)\n";
  for (const answer of ANSWERS) {
    assert.deepEqual(await required(make + tool("one", answer) + tool("two", answer)), ["A_KEY"], answer);
    assert.deepEqual(await required(make + tool("one", answer) + tool("two", "return q")), [], answer);
  }
  const shared =
    'async def ask(path):\n    if not A_KEY:\n        return {"error": "A_KEY is missing"}\n    return await call(path, A_KEY)\n';
  const asks = 'return await ask("/x")';
  assert.deepEqual(await required(shared + tool("one", asks) + tool("two", asks)), ["A_KEY"]);
  assert.deepEqual(
    await required(shared + tool("one", asks) + tool("two", "return q") + tool("three", "return q")),
    [],
  );
  const dispatched = `@app.call_tool()\nasync def run(name, args):\n    if name == "a":\n        return await ask("/x")\n    return []\n`;
  assert.deepEqual(await required(shared + dispatched), []);
});

test("an answer that is no error asks for nothing", async () => {
  for (const answer of [
    "if not A_KEY:\n    return SAMPLE\nreturn await call(q, A_KEY)",
    'if not A_KEY:\n    return "a short text"\nreturn await call(q, A_KEY)',
    'result = await call(q)\nif not result:\n    return "Error: nothing found"\nif A_KEY:\n    result += more(A_KEY)\nreturn result',
  ])
    assert.deepEqual(await required(tool("one", answer) + tool("two", answer)), [], answer);
});

test("what an object is made of that most tools answer an error without is needed", async () => {
  const asks = 'if client is None:\n    return {"error": "Client not initialized"}\nreturn client.ask(q)';
  const tools = tool("one", asks) + tool("two", asks);
  const classed = 'class Client:\n    BASE_URL = "https://api.example.com"\n';
  const made =
    'B_TOKEN = os.getenv("B_TOKEN")\nclient = None\nif A_KEY and B_TOKEN:\n    client = Client(A_KEY, B_TOKEN)\n';
  assert.deepEqual(await required(made + tools), ["A_KEY", "B_TOKEN"]);
  assert.deepEqual(await required(classed + made + tools), ["A_KEY", "B_TOKEN"]);
  const again =
    'def begin():\n    global client\n    a = os.getenv("A_KEY")\n    b = os.getenv("B_TOKEN")\n    if a and b:\n        client = Client(a, b)\n';
  assert.deepEqual(await required(made + tools + again), ["A_KEY", "B_TOKEN"]);
  // Another way to the same object.
  for (const other of [
    "def sign_in(token):\n    global client\n    client = Client(token)\n",
    "def begin():\n    global client\n    client = Client.from_file(PATH)\n",
    tool("login", "global client\nclient = Client(q)\nreturn q"),
    "if os.path.exists(PATH):\n    client = Client.from_file(PATH)\n",
  ])
    assert.deepEqual(await required(made + other + tools), [], other);
});

test("what all tools answer an error without is needed, though no documentation names it", async () => {
  const ask =
    'def ask(command):\n    try:\n        env = os.environ.copy()\n        if "THING_SESSION" not in env:\n            return "Error: THING_SESSION is not set."\n        return run(command, env)\n    except Exception as e:\n        return f"Unexpected error: {e}"\n';
  const one = tool("one", "return ask(q)");
  assert.deepEqual(await required(ask + one + tool("two", 'return ask("two")')), ["THING_SESSION"]);
  assert.deepEqual(await required(ask + one + tool("two", "return ask(q)") + tool("three", "return q")), []);
  const optional = "`THING_SESSION` (optional): the session to use.\n";
  const code = `${ask}${one}def main():\n    mcp.run()\n`;
  const told = await readDemands(pypiServer(code, `${README}\n## Environment variables\n\n- ${optional}`));
  assert.deepEqual(told.required, []);
});
