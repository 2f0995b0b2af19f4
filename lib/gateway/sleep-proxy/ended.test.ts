import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../testing/gateway.ts";
import { createClientHeaders, send } from "../testing/http.ts";
import { deploySleeper, fallAsleep } from "../testing/sleeper.ts";

// Sessions that their clients have ended, over several instances that share a database, and one that is started later.

const options: TestGatewayOptions = {
  gateway: { recheckAfterMs: 20, keepAliveAfterMs: 30, refreshEveryMs: 60_000 },
  machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 200 },
  limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
};
let gateway: TestGateway;
let other: TestGateway;
let deployed: Awaited<ReturnType<typeof deploySleeper>>;

before(async () => {
  gateway = await startGateway(options);
  other = await startGateway({ ...options, source: gateway.source });
  deployed = await deploySleeper(gateway);
});

afterEach(() => {
  gateway.source.onKeep = () => Promise.resolve();
});

after(async () => {
  await gateway.close();
  await other.close();
  await deployed.sleeper.close();
});

const rpc = (method: string, params: object = {}) => JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });

async function begin(): Promise<Record<string, string>> {
  const headers = createClientHeaders(deployed.key);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } };
  const answer = await send(deployed.url, { headers, body: rpc("initialize", params) });
  await answer.text();
  return { ...headers, "mcp-session-id": String(answer.headers["mcp-session-id"]) };
}

async function end(headers: Record<string, string>): Promise<void> {
  const answer = await send(deployed.url, { method: "DELETE", headers });
  await answer.text();
  assert.equal(answer.status, 200);
}

/** The statuses of all that a client could do in a session, through one instance. */
async function statuses(at: TestGateway, headers: Record<string, string>): Promise<number[]> {
  const url = at.endpoint(deployed.id);
  const asked = ["tools/list", "tools/call", "ping"].map((method) => ({
    headers,
    body: rpc(method, { name: "echo", arguments: { message: "x" } }),
  }));
  const found: number[] = [];
  for (const each of [...asked, { method: "GET", headers }, { method: "DELETE", headers }]) {
    const answer = await send(url, each);
    found.push(answer.status);
    answer.leave();
  }
  return found;
}

const over = [404, 404, 404, 404, 404];

test("a session ended asleep stays ended on every instance, including new ones, and wakes no machine", async () => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  const listed = await send(other.endpoint(deployed.id), { headers, body: rpc("tools/list") });
  assert.equal(listed.status, 200);
  await listed.text();
  const stream = await send(other.endpoint(deployed.id), { method: "GET", headers });
  assert.equal(stream.status, 200);
  await end(headers);
  await stream.text();
  const later = await startGateway({ ...options, source: gateway.source });
  for (const each of [gateway, other, later]) assert.deepEqual(await statuses(each, headers), over);
  await later.close();
  assert.deepEqual([deployed.sleeper.wakes, deployed.sleeper.requests], [0, []]);
});

test("a session ended while the machine was awake stays ended while it sleeps", async () => {
  const headers = await begin();
  const called = await send(deployed.url, {
    headers,
    body: rpc("tools/call", { name: "echo", arguments: { message: "x" } }),
  });
  assert.match(await called.text(), /Echo: x/);
  await end(headers);
  await fallAsleep(gateway, deployed);
  const later = await startGateway({ ...options, source: gateway.source });
  for (const each of [gateway, other, later]) assert.deepEqual(await statuses(each, headers), over);
  await later.close();
  assert.deepEqual([deployed.sleeper.wakes, deployed.sleeper.requests], [0, []]);
});

test("a session ends without the database, and other instances learn of it when the database returns", async () => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  gateway.source.onKeep = () => Promise.reject(new Error("the database is away"));
  await end(headers);
  assert.deepEqual(await statuses(gateway, headers), over);
  gateway.source.onKeep = () => Promise.resolve();
  await gateway.gateway.settled();
  assert.deepEqual(await statuses(other, headers), over);
  assert.deepEqual(deployed.sleeper.requests, []);
});

test("a silent database does not prevent a client from ending its session", async () => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  const { promise: back, resolve } = Promise.withResolvers<void>();
  gateway.source.onKeep = () => back;
  await end(headers);
  assert.deepEqual(await statuses(gateway, headers), over);
  const second = await begin();
  await end(second);
  resolve();
  await gateway.gateway.settled();
  for (const ended of [headers, second]) assert.deepEqual(await statuses(other, ended), over);
});

test("a client without the deployment's key or the session's id cannot end a session", async () => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  const id = headers["mcp-session-id"] ?? "";
  const { authorization: _, ...keyless } = headers;
  assert.equal((await send(deployed.url, { method: "DELETE", headers: keyless })).status, 401);
  const foreign = gateway.source.add(null, { runtime: "fly", hostToken: "another token" });
  gateway.source.endpoints.set(foreign.id, deployed.sleeper.url);
  const crossed = await send(gateway.endpoint(foreign.id), {
    method: "DELETE",
    headers: { ...headers, authorization: `Bearer ${foreign.key}` },
  });
  assert.notEqual(crossed.status, 200);
  // Same prefix, but forged.
  const forged = await send(deployed.url, {
    method: "DELETE",
    headers: { ...headers, "mcp-session-id": `${id.slice(0, -8)}AAAAAAAA` },
  });
  assert.notEqual(forged.status, 200);
  const listed = await send(deployed.url, { headers, body: rpc("tools/list") });
  assert.equal(listed.status, 200);
});
