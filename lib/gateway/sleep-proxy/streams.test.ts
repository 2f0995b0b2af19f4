import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../testing/gateway.ts";
import { type Answer, createClientHeaders, eventually, send } from "../testing/http.ts";
import { deploySleeper, fallAsleep } from "../testing/sleeper.ts";

// Streams on which a client only listens, over a machine that sleeps.

const modernVersion = "2026-07-28";
let folder: string;
let toolsFile: string;
let gateway: TestGateway;
let deployed: Awaited<ReturnType<typeof deploySleeper>>;

const options: TestGatewayOptions = {
  gateway: { earlyStreamAfterMs: 300, recheckAfterMs: 20, keepAliveAfterMs: 50, refreshEveryMs: 0 },
  machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 500 },
  // A cold start may take long on a busy host.
  machineClient: { selfWakeTimeoutMs: 120_000 },
  limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-streams-"));
  toolsFile = join(folder, "tools");
  gateway = await startGateway(options);
});

beforeEach(async () => {
  await deployed?.sleeper.close();
  await writeFile(toolsFile, "announce\nupdate\n");
  deployed = await deploySleeper(gateway, [join(import.meta.dirname, "../testing/changing-server.ts"), toolsFile]);
});

after(async () => {
  await gateway.close();
  await deployed.sleeper.close();
  await rm(folder, { recursive: true });
});

const json = () => createClientHeaders(deployed.key);

/** A session, and what is done in it. */
async function begin(capabilities = {}) {
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "wire", version: "1" } };
  const answer = await send(deployed.url, {
    headers: json(),
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }),
  });
  await answer.text();
  const headers = {
    ...json(),
    "mcp-session-id": String(answer.headers["mcp-session-id"]),
    "mcp-protocol-version": "2025-11-25",
  };
  const post = (method: string, requestParams = {}, change: Record<string, string> = {}, url = deployed.url) =>
    send(url, {
      headers: { ...headers, ...change },
      body: JSON.stringify({ jsonrpc: "2.0", id: 2, method, params: requestParams }),
    });
  return {
    post,
    call: async (name: string) => (await post("tools/call", { name, arguments: {} })).text(),
    listen: () => send(deployed.url, { method: "GET", headers: { ...headers, accept: "text/event-stream" } }),
  };
}

function listenModern(notifications: object, capabilities = {}): Promise<Answer> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": modernVersion,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/clientInfo": { name: "wire", version: "1" },
  };
  const method = "subscriptions/listen";
  return send(deployed.url, {
    headers: { ...json(), "mcp-protocol-version": modernVersion, "mcp-method": method },
    body: JSON.stringify({ jsonrpc: "2.0", id: "ear", method, params: { notifications, _meta } }),
  });
}

const count = (text: string, word: string) => text.split(word).length - 1;
const toolsChanged = '"notifications/tools/list_changed"';
/**
 * Repeats the server's notification until the stream receives it: when the stream is attached depends on this host's
 * speed.
 */
async function announceUntilHeard(call: (name: string) => Promise<string>, stream: Answer): Promise<void> {
  const before = count(await stream.until(() => true), toolsChanged);
  await eventually(async () => {
    await call("announce");
    return count(await stream.until(() => true), toolsChanged) > before;
  }, "the announcement");
}
const noneAtMachine = () => eventually(() => deployed.sleeper.open === 0, "no stream at the machine");

test("a session's GET stream lets the machine sleep, and resumes when the machine is used again", async () => {
  await fallAsleep(gateway, deployed);
  const session = await begin();
  const stream = await session.listen();
  assert.equal(stream.status, 200);
  await stream.until((text) => count(text, ": ping") >= 2);
  assert.deepEqual(deployed.sleeper.requests, []);

  await announceUntilHeard(session.call, stream);
  await noneAtMachine();
  await fallAsleep(gateway, deployed);
  const pings = count(await stream.until(() => true), ": ping");
  await stream.until((text) => count(text, ": ping") >= pings + 2);
  assert.deepEqual(deployed.sleeper.requests, []);

  // Events sent while the stream is reconnecting are kept for it.
  const told = count(await stream.until(() => true), toolsChanged);
  await session.call("announce");
  await stream.until((text) => count(text, toolsChanged) > told);
  assert.equal(deployed.sleeper.wakes, 1);
  stream.leave();
  await noneAtMachine();
});

test("a modern subscription is acknowledged once, lets the machine sleep, and resumes when it is used", async () => {
  await fallAsleep(gateway, deployed);
  const stream = await listenModern({ toolsListChanged: true, promptsListChanged: true });
  assert.equal(stream.status, 200);
  const opening = await stream.until((text) => count(text, ": ping") >= 2);
  assert.match(opening, /acknowledged.*"notifications":\{"toolsListChanged":true\}.*"ear"/);
  assert.deepEqual(deployed.sleeper.requests, []);
  const session = await begin();
  for (let round = 1; round <= 2; round++) {
    await announceUntilHeard(session.call, stream);
    assert.match(await stream.until(() => true), /list_changed.*"io.modelcontextprotocol\/subscriptionId":"ear"/);
    await noneAtMachine();
    await fallAsleep(gateway, deployed);
  }
  assert.equal(count(await stream.until(() => true), "acknowledged"), 1);
  stream.leave();
});

test("a resource subscription reaches the server, and its client is told that it may have missed updates", async () => {
  await fallAsleep(gateway, deployed);
  const stream = await listenModern({ resourceSubscriptions: ["test://one"] });
  await stream.until((text) => text.includes('"resourceSubscriptions":["test://one"]'));
  assert.equal(deployed.sleeper.wakes, 1);
  await fallAsleep(gateway, deployed);
  const session = await begin();
  const updated = '"notifications/resources/updated"';
  assert.equal(count(await stream.until(() => true), updated), 0);
  await session.call("announce");
  const text = await stream.until((seen) => seen.includes(updated));
  assert.equal(count(text, "acknowledged"), 1);
  stream.leave();

  // Its connection was cut: what the server agreed to is known.
  await noneAtMachine();
  await fallAsleep(gateway, deployed);
  const again = await listenModern({ resourceSubscriptions: ["test://one"] });
  await again.until((seen) => seen.includes('"resourceSubscriptions":["test://one"]'));
  assert.deepEqual(deployed.sleeper.requests, []);
  await session.call("announce");
  await again.until((seen) => seen.includes(updated));
  again.leave();
});

test("clients are told once that a cached list has changed, each in its own protocol version", async () => {
  await fallAsleep(gateway, deployed, "stop");
  await writeFile(toolsFile, "announce\nupdate\nnew\n");
  const streaming = await begin();
  const silent = await begin();
  const legacy = await streaming.listen();
  const modern = await listenModern({ toolsListChanged: true });
  const uninterested = await listenModern({ resourcesListChanged: true });
  assert.doesNotMatch(await (await silent.post("tools/list")).text(), /"new"/);
  assert.deepEqual(deployed.sleeper.requests, []);

  await streaming.call("update");
  assert.match(
    await legacy.until((text) => text.includes(toolsChanged)),
    /"method":"notifications\/tools\/list_changed"/,
  );
  await modern.until((text) => text.includes(toolsChanged));
  assert.match(await (await silent.post("tools/list")).text(), /"new"/);
  const onlyEvents = { accept: "text/event-stream" };
  const params = { name: "update", arguments: {} };
  const first = await (await silent.post("tools/call", params, onlyEvents)).text();
  assert(first.indexOf(toolsChanged) !== -1 && first.indexOf(toolsChanged) < first.indexOf("called update"), first);
  const second = await (await silent.post("tools/call", params, onlyEvents)).text();
  assert.equal(count(second, toolsChanged), 0);

  await fallAsleep(gateway, deployed);
  // mcp-host also asks a session that it resumed to read the lists again.
  const told = [legacy, modern].map(async (stream) => count(await stream.until(() => true), toolsChanged));
  const before = await Promise.all(told);
  await streaming.call("update");
  // The last request of those that ask for the lists again.
  await eventually(() => deployed.sleeper.requests.includes("DELETE /mcp"), "another look at the lists");
  assert.equal(count(await legacy.until(() => true), toolsChanged), before[0]);
  assert.equal(count(await modern.until(() => true), toolsChanged), before[1]);
  assert.equal(count(await uninterested.until(() => true), "list_changed"), 0);
  assert.match(await (await (await begin()).post("tools/list")).text(), /"new"/);
  for (const stream of [legacy, modern, uninterested]) stream.leave();
});

test("a client with capabilities lists again once the machine is awake, since it may be shown more", async () => {
  await fallAsleep(gateway, deployed);
  const session = await begin({ sampling: {} });
  const stream = await session.listen();
  assert.match(await (await session.post("tools/list")).text(), /"announce"/);
  assert.deepEqual(deployed.sleeper.requests, []);
  await session.call("update");
  const text = await stream.until((seen) => seen.includes(toolsChanged));
  assert.match(text, /resources\/list_changed/);
  assert.doesNotMatch(text, /prompts\/list_changed/);
  stream.leave();
});

test("another instance of Catwalk continues a session", async () => {
  await fallAsleep(gateway, deployed);
  const other = await startGateway({ ...options, source: gateway.source });
  const url = other.endpoint(deployed.id);
  const session = await begin();
  const stream = await session.listen();
  const listed = await session.post("tools/list", {}, {}, url);
  assert.match(await listed.text(), /"announce"/);
  assert.deepEqual(deployed.sleeper.requests, []);
  const call = async () => {
    const answer = await session.post("tools/call", { name: "announce", arguments: {} }, {}, url);
    assert.match(await answer.text(), /called announce/);
    // As the other instance writes it to the database.
    deployed.deployment.lastCallAt = new Date();
  };
  await eventually(async () => {
    await call();
    return (await stream.until(() => true)).includes(toolsChanged);
  }, "what the server said through the other instance");
  assert.equal(deployed.sleeper.wakes, 1);
  stream.leave();
  await other.close();
});

test("an open stream ends when its deployment is stopped or its key deleted", async () => {
  await fallAsleep(gateway, deployed);
  const session = await begin();
  const ends = [{ desired: "stopped" }, { desired: "running", keys: [] }];
  for (const change of ends) {
    const stream = await session.listen();
    assert.equal(stream.status, 200);
    Object.assign(deployed.deployment, change);
    gateway.source.announce(deployed.id);
    await stream.text();
    deployed.deployment.desired = "running";
    gateway.source.announce(deployed.id);
  }
  assert.deepEqual(deployed.sleeper.requests, []);
});
