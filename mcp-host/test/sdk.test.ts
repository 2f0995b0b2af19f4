import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  type ClientCapabilities,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";

const everything = createRequire(import.meta.url).resolve("@modelcontextprotocol/server-everything/dist/index.js");
const command = [process.execPath, everything, "stdio"];

function newClient(capabilities: ClientCapabilities): Client {
  const client = new Client({ name: "sdk-test", version: "1.0.0" }, { capabilities });
  if (capabilities.sampling) {
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: "assistant",
      model: "test-model",
      content: { type: "text", text: "sampled" },
    }));
  }
  if (capabilities.elicitation) {
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { name: "Elicited" } }));
  }
  if (capabilities.roots) {
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: [{ uri: "file:///tmp", name: "root of the client" }],
    }));
  }
  return client;
}

async function connect(host: TestHost, capabilities: ClientCapabilities = {}) {
  const client = newClient(capabilities);
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", host.url));
  await client.connect(transport);
  return { client, transport };
}

/** Returns the tools that the server lists to a client connected directly. */
async function directTools(capabilities: ClientCapabilities) {
  const client = newClient(capabilities);
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [everything, "stdio"], stderr: "ignore" }),
  );
  try {
    return (await client.listTools()).tools;
  } finally {
    await client.close();
  }
}

const textOf = (result: unknown) => JSON.stringify((result as { content: unknown }).content);

describe("the official SDK's client and the everything server", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost({ command });
  });
  after(() => host.close());

  const sets: [string, ClientCapabilities][] = [
    ["nothing", {}],
    ["sampling", { sampling: {} }],
    ["elicitation", { elicitation: {} }],
    ["roots", { roots: { listChanged: true } }],
    ["all", { sampling: {}, elicitation: {}, roots: {} }],
  ];
  for (const [name, capabilities] of sets) {
    test(`a client that declares ${name} gets exactly the server's own tools`, async () => {
      const { client, transport } = await connect(host, capabilities);
      const [through, direct] = [(await client.listTools()).tools, await directTools(capabilities)];
      assert.deepEqual(through, direct);
      assert(through.length > 5);
      await transport.terminateSession();
      await client.close();
    });
  }

  test("the client calls echo and a tool that reports progress", async () => {
    const { client } = await connect(host);
    const echoed = await client.callTool({ name: "echo", arguments: { message: "through the host" } });
    assert.match(textOf(echoed), /through the host/);
    const progress: number[] = [];
    const done = await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 4 } },
      undefined,
      { onprogress: (report) => progress.push(report.progress) },
    );
    assert.match(textOf(done), /completed/);
    assert.deepEqual(progress, [1, 2, 3, 4]);
    await client.close();
  });

  test("sampling, elicitation and roots reach the client and come back", async () => {
    const { client } = await connect(host, { sampling: {}, elicitation: {}, roots: {} });
    const sampled = await client.callTool({
      name: "trigger-sampling-request",
      arguments: { prompt: "p", maxTokens: 10 },
    });
    assert.match(textOf(sampled), /sampled/);
    const elicited = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });
    assert.match(textOf(elicited), /Elicited/);
    const roots = await client.callTool({ name: "get-roots-list", arguments: {} });
    assert.match(textOf(roots), /root of the client/);
    await client.close();
  });

  test("resources, prompts and completion reach the client", async () => {
    const { client } = await connect(host);
    assert((await client.listResources()).resources.length > 0);
    assert((await client.listPrompts()).prompts.length > 0);
    assert((await client.listResourceTemplates()).resourceTemplates.length > 0);
    await client.close();
  });

  test("a connected client's next call works without a new session after the server is killed", async () => {
    const { client, transport } = await connect(host);
    await client.callTool({ name: "echo", arguments: { message: "before" } });
    const id = transport.sessionId;
    const { servers } = await status(host);
    for (const { pid } of servers as { pid: number | null }[]) if (pid !== null) process.kill(pid, "SIGKILL");
    let after: unknown;
    // The kill and the call may cross; a call that was already with the server is told so.
    for (let attempt = 0; attempt < 2 && after === undefined; attempt++) {
      after = await client.callTool({ name: "echo", arguments: { message: "after" } }).catch(() => undefined);
    }
    assert.match(textOf(after), /after/);
    assert.equal(transport.sessionId, id);
    await client.close();
  });

  test("sixteen concurrent clients each get their own answers", async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => connect(host)));
    await Promise.all(
      clients.map(async ({ client }, index) => {
        for (let call = 0; call < 25; call++) {
          const message = `canary-${index}-${call}-end`;
          const result = await client.callTool({ name: "echo", arguments: { message } });
          assert.deepEqual(result.content, [{ type: "text", text: `Echo: ${message}` }]);
        }
      }),
    );
    await Promise.all(clients.map(({ client }) => client.close()));
  });
});
