import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// Servers that start without what their requests need. Documentation shows it with every command.

const BLOCK = configBlock({ A_NAME: "x", A_TEAM: "y" });
const server = (code: string, readme = BLOCK) => npmServer(code, readme);
const tool = (name: string, body: string) => `server.tool("${name}", {}, async (args) => { ${body} });\n`;

test("a tool that answers that a variable is missing needs it", async () => {
  const answer = '{ content: [{ type: "text", text: "Set A_NAME" }], isError: true }';
  const helper =
    'function failed(message: string) { return { content: [{ type: "text", text: message }], isError: true }; }\n';
  const telling = `export function failed(message: string, tool: string) { log(\`\${tool}: \${message}\`); return { content: [{ type: "text" as const, text: \`Tool Error: \${message}\` }] }; }\n`;
  const check = `function check() { if (!process.env.A_NAME) { return ${answer}; } return null; }\n`;
  const wrapped = (body: string) =>
    `try { ${body} return run(); } catch (error) { return { content: [{ type: "text", text: \`Error: \${error}\` }] }; }`;
  for (const code of [
    tool("a", `if (!process.env.A_NAME) return ${answer}; return run();`),
    `const name = process.env.A_NAME;\n${tool("a", `if (!name) { log("no name"); return ${answer}; } return run();`)}`,
    tool(
      "a",
      'if (!process.env.A_NAME) return { content: [{ type: "text", text: "Error: A_NAME is not set" }] }; return run();',
    ),
    tool("a", 'if (!process.env.A_NAME) return "Error: A_NAME is not set"; return run();'),
    helper + tool("a", 'if (!process.env.A_NAME) return failed("Set A_NAME"); return run();'),
    telling + tool("a", 'if (!process.env.A_NAME) return failed("Set A_NAME", "a"); return run();'),
    check + tool("a", "const problem = check(); if (problem) return problem; return run();"),
    tool("a", wrapped('if (!process.env.A_NAME) throw new Error("no name");')),
    `const getClient = () => new Client(need("A_NAME"));\nfunction need(name: string) { const value = process.env[name]; if (!value) throw new Error(name); return value; }\n${tool("a", "return getClient().run();")}`,
  ])
    await assertDemands([[server(code), ["A_NAME"]]]);
  for (const code of [
    tool(
      "a",
      'if (!process.env.A_NAME) return { content: [{ type: "text", text: "Public things only" }] }; return run();',
    ),
    tool("a", 'if (!process.env.A_NAME) return ""; return run();'),
    tool("a", `if (process.env.A_NAME && !args.all) return ${answer}; return run();`),
    tool("a", `if (!args.name && !process.env.A_NAME) return fromFile(); return run();`),
    tool("a", `try { return run(process.env.A_NAME); } catch (error) { return ${answer}; }`),
    'function state() { if (!process.env.A_NAME) return "not configured"; return "ready"; }\nrun(state());',
    telling.replace("Tool Error:", "Tool errors") +
      tool("a", 'if (!process.env.A_NAME) return failed("a"); return run();'),
    helper + tool("a", 'if (!args.name) return failed("Give a name"); return run(process.env.A_NAME);'),
  ])
    await assertDemands([[server(code), []]]);
  const required = tool("a", `if (!process.env.A_NAME) return ${answer}; return run();`);
  await assertDemands([
    [server(required, ""), []],
    [server(required, `${BLOCK}\n- \`A_NAME\` (optional): the name\n`), []],
  ]);
});

test("what a request is sent to or with is needed where nothing looks whether it is there", async () => {
  const request = (headers: string) =>
    tool("a", `return fetch("https://api.example.com/things", { headers: ${headers} });`);
  const name = "const name = process.env.A_NAME;\n";
  for (const code of [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code
    name + request("{ Authorization: `Bearer ${name}` }"),
    name + request('{ "X-Api-Key": name }'),
    `const name = process.env.A_NAME || "";\n${request('{ "api-key": name }')}`,
    `class Api { name = process.env.A_NAME; run() { return fetch("https://a.io", { headers: { Authorization: "Bearer " + this.name } }); } }\nnew Api();`,
    "const api = axios.create({ baseURL: process.env.A_NAME });",
    `${name}const url = new URL("/things", name);`,
    `${name}${tool("a", 'return fetch(name + "/things");')}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code
    `const name = \`\${process.env.A_NAME}\`;\n${tool("a", "return fetch(`${name}/things`);")}`,
    "const name = process.env.A_NAME!;",
    "const client = new Client({ name: process.env.A_NAME as string });",
  ])
    await assertDemands([[server(code), ["A_NAME"]]]);
  for (const code of [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code
    name + request("{ ...(name && { Authorization: `Bearer ${name}` }) }"),
    `${name}${tool("a", 'const headers = {}; if (name) headers.Authorization = "Bearer " + name; return fetch("https://a.io", { headers });')}`,
    `${name}if (!name) console.error("Public things only");\n${request("{ Authorization: name }")}`,
    `const name = process.env.A_NAME || "demo";\n${request("{ Authorization: name }")}`,
    'const api = axios.create({ baseURL: process.env.A_NAME ?? "https://a.io" });',
    "const client = new Client({ name: process.env.A_NAME });",
    "const name = process.env.A_NAME!;\nif (name) use(name);",
    "const level = process.env.A_NAME as Level;",
    'if (transport === "http") { app.use(guard({ Authorization: process.env.A_NAME })); }',
  ])
    await assertDemands([[server(code), []]]);
});

test("a complaint about an absent value that each request has all the same is no question", async () => {
  const name = "const name = process.env.A_NAME;\n";
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code
  const sends = tool("a", "return fetch('https://api.example.com', { headers: { Authorization: `Bearer ${name}` } });");
  for (const complaint of [
    'if (!name) console.error("Error: set A_NAME");',
    'if (!name) {\n  console.error("A_NAME is not set");\n  logger.warn("See the README");\n}',
  ])
    await assertDemands([[server(`${name}${complaint}\n${sends}`), ["A_NAME"]]]);
  for (const told of [
    'if (!name) console.error("A_NAME is not set, falling back to the free tier");',
    'if (!name) console.log("A_NAME is not set");',
    'if (!name) { console.error("A_NAME is not set"); setUp(); }',
    'if (!name) console.error("A_NAME is not set"); else check();',
  ])
    await assertDemands([[server(`${name}${told}\n${sends}`), []]]);
});

test("a program that logs that nothing will work without a variable needs it", async () => {
  const said = (text: string, log = "console.error") =>
    server(`const name = process.env.A_NAME;\nif (!name) {\n  ${log}("${text}");\n}\nrun(name);`);
  for (const text of [
    "Warning: A_NAME is not set. API calls will fail.",
    "A_NAME environment variable is required",
    "WARNING: A_NAME not set, all tools will not work",
  ])
    await assertDemands([[said(text), ["A_NAME"]]]);
  for (const text of [
    "Warning: A_NAME is not set. Some tools will fail.",
    "A_NAME is not set, authenticated calls will fail",
    "A_NAME is not set",
    "A_NAME is required for private things",
    "A_NAME or A_TEAM is required",
  ])
    await assertDemands([[said(text), []]]);
  await assertDemands([[said("A_NAME is required", "print"), []]]);
});

test("a tool that refuses, or a value for one use, is no demand of a server that checks others at start", async () => {
  const answer = '{ content: [{ type: "text", text: "Exports need A_NAME" }], isError: true }';
  const start = 'if (!process.env.A_TEAM) throw new Error("no team");\n';
  const exporting = tool("export", `if (!process.env.A_NAME) return ${answer}; return run();`);
  const throwing = tool("export", 'if (!process.env.A_NAME) throw new Error("no name"); return run();');
  await assertDemands([
    [server(start + exporting), ["A_TEAM"]],
    [server(throwing, `${BLOCK}\n| Variable | What |\n|---|---|\n| \`A_NAME\` | The name (if using exports) |\n`), []],
    [server(throwing), ["A_NAME"]],
    [server(`${start}if (!process.env.A_NAME) console.warn("A_NAME not set, taking another");`), ["A_TEAM"]],
  ]);
});

test("a password is needed for one use where its user name is", async () => {
  const code = tool(
    "call",
    'if (!process.env.A_USERNAME || !process.env.A_PASSWORD) throw new Error("no"); return run();',
  );
  const readme = (note: string) =>
    `${configBlock({ A_USERNAME: "x", A_PASSWORD: "y" })}\n| Variable | What |\n|---|---|\n| \`A_USERNAME\` | The user${note} |\n| \`A_PASSWORD\` | The password |\n`;
  const start = 'if (!process.env.B_KEY) throw new Error("no key");\n';
  await assertDemands([
    [server(start + code, readme(" (if using hooks)")), ["B_KEY"]],
    [server(start + code, readme("")), ["A_PASSWORD", "A_USERNAME", "B_KEY"]],
  ]);
});

const UVX = `\`\`\`json
${JSON.stringify({ mcpServers: { t: { command: "uvx", args: ["thing-mcp"], env: { A_TEAM: "x", A_NOTE: "y" } } } })}
\`\`\`
`;

test("Python: a helper that is awaited, and returns nothing without a variable or a request", async () => {
  const code = `from mcp.server.auth.middleware.auth_context import get_access_token
async def find_token():
    if os.getenv("A_TEAM"):
        return Token(os.getenv("A_TEAM"))
    access = get_access_token()
    return (
        Token(access.token)
        if access
        else None
    )
def main():
    mcp.run()
@mcp.tool()
async def look():
    token = await find_token()
    if not token:
        raise ValueError("not signed in")
    return os.getenv("A_NOTE")
`;
  assert.deepEqual((await readDemands(pypiServer(code, UVX))).required, ["A_TEAM"]);
});

test("Python: the fields of settings count, whatever the object that has them is called", async () => {
  const code = `from pydantic_settings import BaseSettings
class Values(BaseSettings):
    a_team: str | None = None
    a_note: str | None = None
known = Values()
def main():
    mcp.run()
@mcp.tool()
def look():
    if not known.a_team:
        raise ValueError("not signed in")
    return known.a_note
`;
  assert.deepEqual((await readDemands(pypiServer(code, UVX))).required, ["A_TEAM"]);
  const other = code.replace("known = Values()", "known = Other()");
  assert.deepEqual((await readDemands(pypiServer(other, UVX))).required, []);
});

test("a tool needs the variables with which alone an object is made that it asks for", async () => {
  const answer = '{ content: [{ type: "text", text: "Error: not configured" }], isError: true }';
  const vars = "const name = process.env.A_NAME;\nconst team = process.env.A_TEAM;\n";
  const asks = tool("a", `if (!client) return ${answer}; return client.run();`);
  const ofClass = `class Server { constructor(config) { this.client = config ? new Client(config.name) : null; this.setUp(); }\nsetUp() { ${asks.replaceAll("client", "this.client")} } }\n`;
  for (const code of [
    `${vars}const client = name && team ? new Client(name, team) : null;\n${asks}`,
    `${vars}const has = name && team;\nconst client = !has ? undefined : new Client(name, team);\n${asks}`,
    `${vars}const config = name && team ? { name, team } : undefined;\nconst client = config ? new Client(config) : null;\n${asks}`,
    `${vars}${ofClass}const config = name && team ? { name: name!, team } : undefined;\nnew Server(config);\n`,
  ])
    await assertDemands([[server(code), ["A_NAME", "A_TEAM"]]]);
  for (const code of [
    `${vars}const client = name ? new Client(name) : new Client(team);\n${asks}`,
    `${vars}const client = name || args.all ? new Client(name, team) : null;\n${asks}`,
    `${vars}const client = name && team ? new Client(name, team) : null;\n${tool("a", "return client ? client.run() : readFile();")}`,
  ])
    await assertDemands([[server(code), []]]);
});

test("what documentation demands and tools refuse to work without is required, though another host's form does not ask for it", async () => {
  const form =
    "startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    required: []\n    properties:\n      name: {type: string, default: x}\n  commandFunction: |-\n    (config) => ({ command: 'node', args: [], env: { A_NAME: config.name } })\n";
  const refuses = tool(
    "a",
    'if (!process.env.A_NAME) return { content: [{ type: "text", text: "Error: A_NAME is not set" }] }; return run();',
  );
  const requiredOf = async (code: string, list: string) =>
    (
      await readDemands(
        npmServer(code, `${configBlock({ A_NAME: "x" })}\n## Environment variables\n\n${list}`, {
          "smithery.yaml": form,
        }),
      )
    ).required;
  assert.deepEqual(await requiredOf(refuses, "- `A_NAME`: the name (required)\n"), ["A_NAME"]);
  assert.deepEqual(await requiredOf(refuses, "- `A_NAME`: the name\n"), []);
  assert.deepEqual(await requiredOf("run(process.env.A_NAME);\n", "- `A_NAME`: the name (required)\n"), []);
});
