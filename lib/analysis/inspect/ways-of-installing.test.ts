import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

// Each of these starts thing-mcp with A_TOKEN and without arguments.

const SERVER = { command: "npx", args: ["-y", "thing-mcp"], env: { A_TOKEN: "x" } };
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const json = (value: unknown) => fenced("json", JSON.stringify(value, null, 1));

async function inspectReadme(readme: string) {
  const known = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
  const { server, inputs, remoteUrl } = await inspectFiles(npmServer("", readme), known);
  return { args: server.args, keys: inputs.map(({ key }) => key), remoteUrl };
}

async function assertHeard(...readmes: string[]): Promise<void> {
  for (const readme of readmes)
    assert.deepEqual(await inspectReadme(readme), { args: [], keys: ["A_TOKEN"], remoteUrl: null }, readme);
}

test("links of many clients bring their configuration", async () => {
  const base64 = Buffer.from(JSON.stringify(SERVER)).toString("base64");
  const all = Buffer.from(JSON.stringify({ mcpServers: { thing: SERVER } })).toString("base64");
  const encoded = encodeURIComponent(JSON.stringify(SERVER));
  for (const link of [
    `cursor://anysphere.cursor-deeplink/mcp/install?name=thing&config=${base64}`,
    `https://cursor.com/en/install-mcp?name=thing&config=${encodeURIComponent(base64)}`,
    `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name: "thing", ...SERVER }))}`,
    `https://vscode.dev/redirect/mcp/install?name=thing&config=${encoded}`,
    `https://kiro.dev/launch/mcp/add?name=thing&config=${encoded}`,
    `cherrystudio://mcp/install?servers=${all}`,
    `warp://mcp/install?config=${base64}`,
  ])
    await assertHeard(`[Install](${link})\n`);
});

test("commands of many clients bring the command and its variables", async () => {
  const text = JSON.stringify(SERVER);
  await assertHeard(
    "Run `claude mcp add thing -e A_TOKEN=x -- npx -y thing-mcp`.\n",
    ...[
      "claude mcp add --env A_TOKEN=x --scope user thing -- npx -y thing-mcp",
      "claude mcp add thing npx thing-mcp --env A_TOKEN=x",
      `claude mcp add-json thing --scope user '${text}'`,
      "codex mcp add thing --env A_TOKEN=x -- npx -y thing-mcp",
      "gemini mcp add --env A_TOKEN=x thing npx -- -y thing-mcp",
      `openclaw mcp set thing '${text}'`,
      "npx add-mcp thing-mcp --env A_TOKEN=x",
      'npx add-mcp "npx -y thing-mcp" --env "A_TOKEN=x"',
      "npx install-mcp@latest thing-mcp --client claude --env A_TOKEN=x",
      "npx @modelcontextprotocol/inspector -e A_TOKEN=x npx -y thing-mcp",
      '$Env:A_TOKEN="x"; npx -y thing-mcp',
      "set -x A_TOKEN x\nnpx -y thing-mcp",
      'setx A_TOKEN "x"\nnpx -y thing-mcp',
    ].map((command) => fenced("bash", command)),
  );
});

test("configurations in all their forms bring the command and its variables", async () => {
  const { env, ...start } = SERVER;
  await assertHeard(
    ...[
      { mcpServers: [{ name: "thing", ...SERVER }] },
      { "mcp.servers": { thing: SERVER } },
      { experimental: { modelContextProtocolServers: [{ transport: { type: "stdio", ...SERVER } }] } },
      { projects: { "/srv": { mcpServers: { thing: SERVER } } } },
      { mcpServers: { thing: { ...start, env: [{ name: "A_TOKEN", value: "x" }] } } },
      { mcpServers: { thing: { ...start, env: ["A_TOKEN=x"] } } },
    ].map(json),
    fenced("", "mcpServers:\n  - name: thing\n    command: npx\n    args: [-y, thing-mcp]\n    env:\n      A_TOKEN: x"),
    ...[
      '[mcp_servers.thing]\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv_vars = ["A_TOKEN"]',
      '...\n[mcp_servers.thing]\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv = { A_TOKEN = "x" }',
      '[[mcp.servers]]\nname = "thing"\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv = { A_TOKEN = "x" }',
    ].map((text) => fenced("toml", text)),
  );
  assert.equal(env.A_TOKEN, "x");
});

test("the addresses of an API's description are no servers", async () => {
  const api = {
    openapi: "3.1.0",
    servers: [{ url: "https://api.acme.dev/mcp" }],
    info: { servers: { a: { url: "https://b.acme.dev/mcp" } } },
  };
  assert.equal((await inspectReadme(json(api))).remoteUrl, null);
});
