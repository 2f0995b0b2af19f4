import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startGateway, type TestGateway } from "./testing/gateway.ts";
import { createClientHeaders, eventually, send } from "./testing/http.ts";
import { type HostProcess, startMcpHost } from "./testing/mcp-host.ts";

const token = "token-of-the-machine";
let host: HostProcess;
let gateway: TestGateway;
let url: string;
let headers: Record<string, string>;

before(async () => {
  host = await startMcpHost(token);
  gateway = await startGateway();
  const { id, key } = gateway.source.add(host.url, { hostToken: token });
  url = gateway.endpoint(id);
  headers = createClientHeaders(key);
});

after(async () => {
  await gateway.close();
  await host.stop();
});

async function connect(): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: headers.authorization ?? "" } },
  });
  const client = new Client({ name: "gateway-test", version: "1.0.0" });
  await client.connect(transport);
  return { client, transport };
}

test("the official client holds several sessions at once and receives progress as it is reported", async () => {
  const sessions = await Promise.all([connect(), connect(), connect()]);
  assert.equal(new Set(sessions.map(({ transport }) => transport.sessionId)).size, 3);
  await Promise.all(
    sessions.map(async ({ client }, n) => {
      const { tools } = await client.listTools();
      assert(tools.some((tool) => tool.name === "echo"));
      const progress: number[] = [];
      const [slow, echo] = await Promise.all([
        client.callTool({ name: "trigger-long-running-operation", arguments: { duration: 1, steps: 4 } }, undefined, {
          onprogress: (report) => progress.push(report.progress),
        }),
        client.callTool({ name: "echo", arguments: { message: `session ${n}` } }),
      ]);
      assert.match(JSON.stringify(echo.content), new RegExp(`session ${n}`));
      assert.match(JSON.stringify(slow.content), /completed/);
      assert.deepEqual(progress, [1, 2, 3, 4]);
    }),
  );
  for (const { client, transport } of sessions) {
    await transport.terminateSession();
    await client.close();
  }
  const ofMethod = async (method: string) => (await gateway.records()).filter((record) => record.method === method);
  // A client has its answer a moment before the stream has ended, which is when a call is recorded.
  await eventually(async () => (await ofMethod("tools/call")).length >= 6, "the records");
  const called = await ofMethod("tools/call");
  assert.equal(called.length, 6);
  assert(called.every((record) => record.client === "gateway-test 1.0.0" && record.errorCode === null));
  const ended = await ofMethod("DELETE");
  assert.equal(ended.filter((record) => record.httpStatus === 200).length, 3);
});

test("mcp-host's answers pass: 404 for an ended session, 400 for a missing one, 400 for malformed JSON", async () => {
  const { client, transport } = await connect();
  const session = transport.sessionId ?? "";
  const inSession = { ...headers, "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  const list = JSON.stringify({ jsonrpc: "2.0", id: 3, method: "tools/list" });
  assert.equal((await send(url, { headers: inSession, body: list })).status, 200);
  const ended = await send(url, { method: "DELETE", headers: inSession });
  assert([200, 202, 204].includes(ended.status));
  for (const method of ["POST", "GET", "DELETE"]) {
    const answer = await send(url, { method, headers: inSession, body: method === "POST" ? list : undefined });
    assert.equal(answer.status, 404, method);
    assert.equal(answer.headers["content-type"], "application/json");
  }
  assert.equal((await send(url, { headers, body: list })).status, 400);
  const malformed = await send(url, { headers, body: '{"jsonrpc": "2.0", "id": 1, "method": ' });
  assert.equal(malformed.status, 400);
  assert.match(await malformed.text(), /-32700/);
  const batch = await send(url, { headers, body: `[${list},${list}]` });
  assert.equal(batch.status, 400);
  assert.match(await batch.text(), /"jsonrpc":"2.0"/);
  const mediaType = await send(url, { headers: { ...headers, "content-type": "text/plain" }, body: list });
  assert.equal(mediaType.status, 415);
  await client.close();
});

test("a body near the limit passes, and a larger one gets mcp-host's own 413", async () => {
  const { client } = await connect();
  const message = "x".repeat(9 * 1024 * 1024);
  const { content } = await client.callTool({ name: "echo", arguments: { message } });
  assert(JSON.stringify(content).length > message.length);
  await assert.rejects(client.callTool({ name: "echo", arguments: { message: message.repeat(2) } }), (error: Error) =>
    /413/.test(`${error.message} ${(error as { code?: unknown }).code}`),
  );
  assert((await client.listTools()).tools.length > 0, "the session goes on");
  await client.close();
});

test("killing a machine in mid-call ends the call with an error, and later calls report it unavailable", async () => {
  const doomed = await startMcpHost(token);
  const { id, key } = gateway.source.add(doomed.url, { hostToken: token });
  const transport = new StreamableHTTPClientTransport(new URL(gateway.endpoint(id)), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  const client = new Client({ name: "gateway-test", version: "1.0.0" });
  await client.connect(transport);
  let reported = 0;
  const call = client.callTool(
    { name: "trigger-long-running-operation", arguments: { duration: 600, steps: 6000 } },
    undefined,
    {
      timeout: 600_000,
      onprogress: () => {
        reported++;
      },
    },
  );
  const failed = assert.rejects(call, /went away during the call/);
  await eventually(() => reported > 0, "progress");
  doomed.process.kill("SIGKILL");
  await failed;
  const answer = await send(gateway.endpoint(id), {
    headers: { ...headers, authorization: `Bearer ${key}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
  assert.equal(answer.status, 503);
  await client.close();
});
