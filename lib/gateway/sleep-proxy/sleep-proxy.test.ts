import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startGateway, type TestGateway } from "../testing/gateway.ts";
import { createClientHeaders, send } from "../testing/http.ts";
import { deploySleeper, fallAsleep } from "../testing/sleeper.ts";

// Real clients, the gateway, a proxy that lets the machine sleep, and a real mcp-host with a real server.

let gateway: TestGateway;
let deployed: Awaited<ReturnType<typeof deploySleeper>>;

before(async () => {
  gateway = await startGateway({
    gateway: { earlyStreamAfterMs: 300, recheckAfterMs: 20, refreshEveryMs: 0 },
    machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 200 },
    // A cold start may take long on a busy host.
    machineClient: { selfWakeTimeoutMs: 120_000 },
    limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
  });
  deployed = await deploySleeper(gateway);
});

after(async () => {
  await gateway.close();
  await deployed.sleeper.close();
});

const headers = () => createClientHeaders(deployed.key);

function legacyClient(capabilities = {}) {
  const requestInit = { headers: { authorization: `Bearer ${deployed.key}` } };
  const transport = new StreamableHTTPClientTransport(new URL(deployed.url), { requestInit });
  return { transport, client: new Client({ name: "legacy", version: "1" }, { capabilities }) };
}

function modernClient() {
  const requestInit = { headers: { authorization: `Bearer ${deployed.key}` } };
  const transport = new ModernTransport(new URL(deployed.url), { requestInit });
  const client = new ModernClient({ name: "modern", version: "1" }, { versionNegotiation: { mode: "auto" } });
  return { transport, client };
}

for (const how of ["suspend", "stop"] as const) {
  test(`a legacy client connects and lists while the machine sleeps; its first call wakes it (${how})`, async () => {
    const awake = legacyClient();
    await awake.client.connect(awake.transport);
    const expected = {
      tools: await awake.client.listTools(),
      prompts: await awake.client.listPrompts(),
      resources: await awake.client.listResources(),
      templates: await awake.client.listResourceTemplates(),
    };
    const instructions = awake.client.getInstructions();
    await awake.client.close();
    await fallAsleep(gateway, deployed, how);

    const { client, transport } = legacyClient();
    await client.connect(transport);
    assert.deepEqual(client.getInstructions(), instructions);
    await client.ping();
    const listed = {
      tools: await client.listTools(),
      prompts: await client.listPrompts(),
      resources: await client.listResources(),
      templates: await client.listResourceTemplates(),
    };
    assert.deepEqual(listed, expected);
    assert.deepEqual(deployed.sleeper.requests, []);
    assert.equal(deployed.sleeper.awake, false);

    const session = transport.sessionId;
    const { content } = await client.callTool({ name: "echo", arguments: { message: "good morning" } });
    assert.match(JSON.stringify(content), /good morning/);
    assert.equal(transport.sessionId, session);
    assert.equal(deployed.sleeper.wakes, 1);
    await client.close();
  });

  test(`a modern client discovers and lists while the machine sleeps; its first call wakes it (${how})`, async () => {
    const awake = modernClient();
    await awake.client.connect(awake.transport);
    const expected = await awake.client.listTools();
    await awake.client.close();
    await fallAsleep(gateway, deployed, how);

    const { client, transport } = modernClient();
    await client.connect(transport);
    const listed = await client.listTools();
    assert.deepEqual(listed.tools, expected.tools);
    assert.deepEqual(deployed.sleeper.requests, []);

    const { content } = await client.callTool({ name: "echo", arguments: { message: "good morning" } });
    assert.match(JSON.stringify(content), /good morning/);
    assert.equal(deployed.sleeper.wakes, 1);
    await client.close();
  });
}

test("answers for a sleeping machine equal its own, byte for byte", async () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "wire", version: "1" },
  };
  const modern = (method: string, params = {}) => ({
    headers: { ...headers(), "mcp-protocol-version": "2026-07-28", "mcp-method": method },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta: meta } }),
  });
  const begin = async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: "a", method: "initialize", params });
    const answer = await send(deployed.url, { headers: headers(), body });
    return { text: await answer.text(), session: String(answer.headers["mcp-session-id"]), status: answer.status };
  };
  const legacy = (session: string, method: string, params = {}) => ({
    headers: { ...headers(), "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }),
  });
  const methods = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
  const answersOf = async () => {
    const { text, session, status } = await begin();
    const requests = [
      ...methods.map((method) => legacy(session, method)),
      legacy(session, "ping"),
      modern("server/discover"),
      ...methods.map((method) => modern(method)),
    ];
    const answers = [{ status, body: JSON.parse(text), type: "application/json" }];
    for (const request of requests) {
      const answer = await send(deployed.url, request);
      answers.push({
        status: answer.status,
        body: await answer.json(),
        type: String(answer.headers["content-type"]),
      });
    }
    return answers;
  };
  await send(deployed.url, legacy((await begin()).session, "tools/list")).then((answer) => answer.text());
  const awake = await answersOf();
  await fallAsleep(gateway, deployed);
  assert.deepEqual(await answersOf(), awake);
  assert.deepEqual(deployed.sleeper.requests, []);
});
