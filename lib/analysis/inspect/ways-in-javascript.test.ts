import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// The same as in ways-in-python.test.ts, in JavaScript.

const server = (code: string) => npmServer(code, "");
const need = "function need(n) { const v = process.env[n]; if (!v) throw new Error(n); return v; }\n";

test("what a network transport needs is not asked of a server over stdio", async () => {
  const arms = (test: string) => server(`${need}if (${test}) { need("H_KEY"); } else { need("A_KEY"); }`);
  for (const files of [
    arms('["http", "sse"].includes(config.transport)'),
    arms('resolveTransport().toLowerCase() === "http"'),
    arms('(process.env.MCP_TRANSPORT ?? "stdio") === "sse"'),
    arms("transport === TransportType.StreamableHttp || transport === TransportType.SSE"),
    arms("options.http"),
    arms("isHttp"),
    arms('process.argv.includes("--http")'),
    server(
      `${need}function main() { need("A_KEY"); if (transport === "stdio") { run(); return; } posture(); }\nfunction posture() { need("H_KEY"); }\nmain();`,
    ),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  await assertDemands([[server(`${need}const http = make();\nif (http) need("A_KEY");`), []]]);
});

test("a flag or a count that a check sets is heard where it is judged", async () => {
  const loop = (first: string, step: string, judged: string) =>
    server(
      `${first};\nfor (const n of ["A_KEY", "A_URL"]) { if (!process.env[n]) { console.error(n); ${step}; } }\nif (${judged}) process.exit(1);`,
    );
  for (const files of [
    loop("let ok = true", "ok = false", "!ok"),
    loop("let ok = true", "ok = false", "ok === false"),
    loop("let missing = 0", "missing++", "missing > 0"),
    loop("let missing = 0", "missing += 1", "missing"),
    loop("let code = 0", "code = 1", "code !== 0"),
    loop('let message = ""', "message += n", "message"),
    server(
      'let missing = false;\nconst NAMES = ["A_KEY", "A_URL"];\nNAMES.forEach((n) => { if (!process.env[n]) missing = true; });\nif (missing) throw new Error("x");',
    ),
    server(
      'function check() { let ok = true; for (const n of ["A_KEY", "A_URL"]) { if (!process.env[n]) ok = false; } return ok; }\nif (!check()) process.exit(1);',
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  const found = 'let found = false;\nfor (const n of ["A_KEY", "A_URL"]) { if (process.env[n]) found = true; }\n';
  await assertDemands([
    [server(`${found}if (!found) process.exit(1);`), [], [["A_KEY"], ["A_URL"]]],
    [server(`${found}if (found) console.error("found");`), []],
    [server("let ok = true;\nif (oauth) { if (!process.env.A_KEY) { ok = false; } }\nif (!ok) process.exit(1);"), []],
  ]);
});

test("a demand hangs on the switch that a call gives", async () => {
  const get = (head: string) =>
    `function get(name, ${head}) { const v = process.env[name]; if (required && !v) throw new Error(name); return v; }\n`;
  const must =
    "function must(value, required = true) { if (required && !value) throw new Error('x'); return value; }\n";
  await assertDemands([
    [server(`${get("required = true")}get("A_KEY");\nget("A_URL", false);`), ["A_KEY"]],
    [server(`${get("required = false")}get("A_KEY", true);\nget("A_URL");`), ["A_KEY"]],
    [server(`${get("{ required = false } = {}")}get("A_KEY", { required: true });\nget("A_URL");`), ["A_KEY"]],
    [server(`${must}must(process.env.A_KEY);\nmust(process.env.A_URL, false);`), ["A_KEY"]],
  ]);
});

test("names that are put together are found", async () => {
  const made = (read: string) =>
    `const PREFIX = "A_";\nfunction get(name) { const v = process.env[${read}]; if (!v) throw new Error(name); return v; }\nget("key");`;
  for (const read of [
    "PREFIX + name.toUpperCase()",
    `\`\${PREFIX}\${name.toUpperCase()}\``,
    '("A_" + name).toUpperCase()',
  ])
    await assertDemands([[server(made(read)), ["A_KEY"]]]);
  const table = 'const TABLE = [{ name: "key", flags: ["--key"] }, { name: "baseUrl", flags: [] }];\n';
  for (const code of [
    `${table}TABLE.forEach((one) => { const key = \`A_\${one.name.toUpperCase()}\`; if (process.env[key]) set(one.name, process.env[key]); });`,
    `${table}for (const { length } of []) {}\nfor (const one of TABLE) set(one.name, process.env["A_" + one.name.toUpperCase()]);`,
    "const FIELDS = { key: {}, baseUrl: {} };\nfor (const field of Object.keys(FIELDS)) set(field, process.env['A_' + field.toUpperCase()]);",
    'const FIELDS = { key: { env: "A_KEY" }, baseUrl: { env: "A_BASEURL" } };\nfor (const [field, one] of Object.entries(FIELDS)) set(field, process.env[one.env]);',
  ]) {
    const { optional } = await readDemands(server(code));
    assert.deepEqual(optional, ["A_BASEURL", "A_KEY"], code);
  }
});

test("blocks for two transports are no choice of a credential where the code demands one", async () => {
  const readme = configBlock({ A_KEY: "x" }) + configBlock({ H_TOKEN: "x" });
  const code = "def main():\n    key = os.environ['A_KEY']\n    token = os.getenv('H_TOKEN')\n    mcp.run()\n";
  const shown = readme.replaceAll("npx", "uvx").replaceAll('"-y",', "");
  await assertDemands([[pypiServer(code, shown), ["A_KEY"]]]);
});

test("a field that holds variables' names has those of its tables, wherever one member is looked at", async () => {
  const tables =
    'export const SERVERS = { ".ts": { command: "ts", envVar: "A_TS_PATH" }, ".go": { command: "go", envVar: "A_GO_PATH" } };\n';
  const read = "export function resolve(config) { return process.env[config.envVar] ?? config.command; }\n";
  const { optional } = await readDemands(npmServer(`${tables}${read}`, ""));
  assert.deepEqual(optional, ["A_GO_PATH", "A_TS_PATH"]);
  // Another field may hold anything.
  const titled = await readDemands(npmServer(`${tables}${read}`.replaceAll("envVar", "title"), ""));
  assert.deepEqual(titled.optional, []);
});
