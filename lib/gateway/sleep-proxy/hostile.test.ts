import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { AppError } from "../../errors/app-error.ts";
import { newAccessKey, startGateway, type TestGateway, type TestGatewayOptions } from "../testing/gateway.ts";
import { createClientHeaders, eventually, send } from "../testing/http.ts";
import { deploySleeper, fallAsleep } from "../testing/sleeper.ts";

// Strangers, clients that mean no good, and bad luck, over a machine that sleeps.

/** Answers keep their own status here, however slow this host is: no early event stream begins. */
const options: TestGatewayOptions = {
  gateway: { earlyStreamAfterMs: 60_000, recheckAfterMs: 20, keepAliveAfterMs: 30, refreshEveryMs: 60_000 },
  machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 200 },
  limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
};
let folder: string;
let gateway: TestGateway;
let deployed: Awaited<ReturnType<typeof deploySleeper>>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-hostile-"));
  await writeFile(join(folder, "tools"), "one\n");
  gateway = await startGateway(options);
  deployed = await deploySleeper(gateway, [
    join(import.meta.dirname, "../testing/changing-server.ts"),
    join(folder, "tools"),
  ]);
});

afterEach(() => {
  deployed.sleeper.instead = null;
  gateway.source.onWake = async () => deployed.sleeper.url;
});

after(async () => {
  await gateway.close();
  await deployed.sleeper.close();
  await rm(folder, { recursive: true });
});

const json = (key = deployed.key) => createClientHeaders(key);
const rpc = (method: string, params: object = {}, id: string | number = 7) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
const initialize = (protocolVersion = "2025-11-25") =>
  rpc("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "wire", version: "1" } });
const callOne = rpc("tools/call", { name: "one", arguments: {} });

async function begin(key = deployed.key): Promise<Record<string, string>> {
  const answer = await send(deployed.url, { headers: json(key), body: initialize() });
  await answer.text();
  return { ...json(key), "mcp-session-id": String(answer.headers["mcp-session-id"]) };
}

/** The deployment is changed, as another request has it changed. */
function change(changes: Partial<typeof deployed.deployment>): void {
  Object.assign(deployed.deployment, changes);
  gateway.source.announce(deployed.id);
}

test("a stranger wakes no machine, causes no request to the platform, and cannot tell if a machine sleeps", async () => {
  const other = gateway.source.add(null, { runtime: "fly" });
  await fallAsleep(gateway, deployed);
  const session = (await begin())["mcp-session-id"] ?? "";
  gateway.source.probes = 0;
  gateway.source.wakes = 0;
  const ask = async () => {
    const seen: unknown[] = [];
    for (const authorization of [undefined, "Bearer", `Bearer ${newAccessKey()}`, `Bearer ${other.key}`]) {
      const { authorization: _, ...open } = json();
      const headers = { ...open, "mcp-session-id": session, ...(authorization !== undefined && { authorization }) };
      for (const [method, body] of [
        ["POST", initialize()],
        ["POST", callOne],
        ["GET", undefined],
        ["DELETE", undefined],
      ] as const) {
        const answer = await send(deployed.url, { method, headers, body });
        const { date: _date, ...rest } = answer.headers;
        assert.equal(answer.status, 401);
        seen.push([rest, await answer.text()]);
      }
    }
    return seen;
  };
  const asleep = await ask();
  assert.deepEqual([gateway.source.probes, gateway.source.wakes, deployed.sleeper.requests], [0, 0, []]);
  await (await send(deployed.url, { headers: await begin(), body: callOne })).text();
  assert.deepEqual(await ask(), asleep);
});

test("a session works with the key that opened it and with no other, asleep or awake", async () => {
  const second = newAccessKey();
  change({
    keys: [...deployed.deployment.keys, { id: randomUUID(), hash: createHash("sha256").update(second).digest("hex") }],
  });
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  const list = async (key: string) => {
    const answer = await send(deployed.url, {
      headers: { ...headers, authorization: `Bearer ${key}` },
      body: rpc("tools/list"),
    });
    return [answer.status, await answer.text()];
  };
  const asleep = await list(deployed.key);
  assert.equal(asleep[0], 200);
  assert.deepEqual(deployed.sleeper.requests, []);
  const ofOther = { ...headers, authorization: `Bearer ${second}` };
  const refused = async () => {
    assert.equal((await list(second))[0], 404);
    for (const [method, body] of [
      ["POST", callOne],
      ["GET", undefined],
      ["DELETE", undefined],
    ] as const) {
      const answer = await send(deployed.url, {
        method,
        headers: { ...ofOther, accept: "text/event-stream, application/json" },
        body,
      });
      assert.equal(answer.status, 404, method);
      await answer.text();
    }
  };
  await refused();
  const called = await send(deployed.url, { headers, body: callOne });
  assert.match(await called.text(), /called one/);
  await refused();
  assert.deepEqual(await list(deployed.key), asleep, "the other's DELETE has ended nothing");

  const other = await deploySleeper(gateway, [
    join(import.meta.dirname, "../testing/changing-server.ts"),
    join(folder, "tools"),
  ]);
  for (const isAsleep of [true, false]) {
    if (isAsleep) await fallAsleep(gateway, other);
    const foreign = { ...headers, authorization: `Bearer ${other.key}` };
    assert.equal((await send(other.url, { headers: foreign, body: rpc("tools/list") })).status, 404);
    assert.equal((await send(other.url, { method: "DELETE", headers: foreign })).status, 404);
  }
  await other.sleeper.close();
});

test("a flood of handshakes costs one request to the platform and none to the machine", async () => {
  await fallAsleep(gateway, deployed);
  const patient = await startGateway({ ...options, source: gateway.source, machineActivity: { probeTtlMs: 60_000 } });
  gateway.source.probes = 0;
  const url = patient.endpoint(deployed.id);
  const ids = new Set<unknown>();
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(url, { headers: json(), body: initialize() })),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      ids.add(answer.headers["mcp-session-id"]);
      await answer.text();
    }
  }
  assert.equal(ids.size, 200);
  assert.deepEqual([gateway.source.probes, deployed.sleeper.requests], [1, []]);
  await patient.close();
});

test("answers for a sleeping machine are recorded, uncached, and readable only by allowed origins", async () => {
  await fallAsleep(gateway, deployed);
  const ask = (origin: string) => send(deployed.url, { headers: { ...json(), origin }, body: initialize() });
  const foreign = await ask("https://elsewhere.example.com");
  assert.equal(foreign.status, 403);
  await foreign.text();
  const { status, headers, text } = await ask("https://catwalk.example.com");
  await text();
  assert.equal(status, 200);
  assert.equal(headers["access-control-allow-origin"], "https://catwalk.example.com");
  assert.match(String(headers["access-control-expose-headers"]), /Mcp-Session-Id/);
  assert.match(String(headers["cache-control"]), /no-cache, no-transform/);
  const record = (await gateway.records()).at(-1);
  assert.deepEqual(
    [record?.method, record?.client, record?.httpStatus, record?.usedMachine],
    ["initialize", "wire 1", 200, false],
  );
  assert.deepEqual(deployed.sleeper.requests, []);
});

test("a changed deployment is not answered for from its old handshake", async () => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  change({ desired: "stopped" });
  const stopped = await send(deployed.url, { headers: json(), body: initialize() });
  assert.equal(stopped.status, 503);
  assert.match(await stopped.text(), /"stopped"/);
  change({ desired: "deleted" });
  const deleted = await send(deployed.url, { headers, body: rpc("tools/list") });
  assert.equal(deleted.status, 404);
  assert.match(await deleted.text(), /not_found/);
  assert.deepEqual(deployed.sleeper.requests, []);

  change({ desired: "running", status: "failing" });
  deployed.sleeper.instead = () => 503;
  gateway.source.onWake = () => Promise.reject(new AppError("no_capacity", "There is no room in this place."));
  const failing = await send(deployed.url, { headers: json(), body: initialize() });
  assert.equal(failing.status, 503);
  assert.match(await failing.text(), /"code":"machine_unavailable","cause":"no_capacity"/);
  deployed.sleeper.instead = null;
  assert.equal((await send(deployed.url, { headers: json(), body: initialize() })).status, 200);
  assert.equal(deployed.sleeper.wakes, 1);
  change({ status: "live" });
});

test("mcp-host is told of many sessions that ended asleep, one after another", async () => {
  await fallAsleep(gateway, deployed);
  for (let n = 0; n < 30; n++) {
    const ended = await send(deployed.url, { method: "DELETE", headers: await begin() });
    assert.equal(ended.status, 200);
  }
  assert.deepEqual(deployed.sleeper.requests, []);
  let most = 0;
  let told = 0;
  deployed.sleeper.instead = ({ method }) => {
    most = Math.max(most, deployed.sleeper.open);
    if (method === "DELETE") told++;
    return undefined;
  };
  await (await send(deployed.url, { headers: await begin(), body: callOne })).text();
  await eventually(() => told >= 30, "all of them told");
  assert(most <= 4, `${most} requests at once`);
});

test("a client that left before its stream began holds no resources", async () => {
  const small = await startGateway({
    ...options,
    source: gateway.source,
    gateway: { ...options.gateway, maxInFlight: 1, recheckAfterMs: 60_000 },
  });
  await fallAsleep(gateway, deployed);
  const headers = { ...(await begin()), accept: "text/event-stream" };
  const url = small.endpoint(deployed.id);
  const left = new AbortController();
  left.abort();
  const request = { method: "GET", headers, body: null };
  await small.gateway.handle({ ...request, signal: left.signal }, deployed.id);
  const leaving = new AbortController();
  const unread = await small.gateway.handle({ ...request, signal: leaving.signal }, deployed.id);
  assert.equal(unread.status, 200);
  leaving.abort();
  const next = await send(url, { method: "GET", headers });
  assert.equal(next.status, 200);
  next.leave();
  await small.close();
});

test("a session has one GET stream, the one opened last", async (t) => {
  await fallAsleep(gateway, deployed);
  const headers = await begin();
  // Here the machine stays in use between the calls, at whatever pace they are made.
  const steady = await startGateway({
    ...options,
    source: gateway.source,
    machineActivity: { ...options.machineActivity, activeMs: 60_000 },
  });
  t.after(() => steady.close());
  const url = steady.endpoint(deployed.id);
  const listen = () => send(url, { method: "GET", headers: { ...headers, accept: "text/event-stream" } });
  const lost = await Promise.all(Array.from({ length: 10 }, listen));
  const last = await listen();
  for (const stream of lost) await stream.text();
  await last.until((text) => text.includes(": ping"));
  assert.deepEqual(deployed.sleeper.requests, []);
  const streams = () => deployed.sleeper.requests.filter((request) => request === "GET /mcp").length;
  await (await send(url, { headers, body: callOne })).text();
  await eventually(() => streams() > 0, "the stream at the machine");
  for (let n = 0; n < 2; n++) await (await send(url, { headers, body: callOne })).text();
  assert.equal(streams(), 1);
  last.leave();
});

test("a stream that begins after an early suspend does not wake the machine", async () => {
  const hasty = await startGateway({
    ...options,
    source: gateway.source,
    machineActivity: { ...options.machineActivity, activeMs: 60_000 },
  });
  const url = hasty.endpoint(deployed.id);
  const headers = await begin();
  await (await send(url, { headers, body: callOne })).text();
  await hasty.gateway.settled();
  await eventually(
    async () => !hasty.machineActivity.isSurelyAwake(deployed.id) && (await deployed.sleeper.sleep("suspend")),
    "the suspension",
  );
  deployed.sleeper.requests.length = 0;
  deployed.sleeper.wakes = 0;
  const stream = await send(url, { method: "GET", headers: { ...headers, accept: "text/event-stream" } });
  assert.equal(stream.status, 200);
  await stream.until((text) => text.split(": ping").length > 5);
  assert.deepEqual([deployed.sleeper.wakes, deployed.sleeper.requests], [0, []]);
  const answer = await send(url, { headers, body: callOne });
  assert.match(await answer.text(), /called one/);
  stream.leave();
  await hasty.close();
});

test("a waiting call is dropped when its key is deleted or its deployment stopped", async () => {
  const { keys } = deployed.deployment;
  for (const [changes, word] of [
    [{ keys: [] }, "unauthenticated"],
    [{ desired: "stopped" }, "stopped"],
  ] as const) {
    await fallAsleep(gateway, deployed);
    const headers = await begin();
    deployed.sleeper.instead = () => 503;
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    gateway.source.wakes = 0;
    gateway.source.onWake = async () => {
      await started;
      deployed.sleeper.instead = null;
      return deployed.sleeper.url;
    };
    const answer = send(deployed.url, { headers, body: callOne });
    await eventually(() => gateway.source.wakes === 1, "the waking");
    change({ ...changes, keys: "keys" in changes ? [] : keys });
    start();
    assert.match(await (await answer).text(), new RegExp(`"code":"${word}"`));
    assert.equal(deployed.sleeper.requests.filter((request) => request === "POST /mcp").length, 0);
    change({ keys, desired: "running" });
  }
});

test("a server's refusal of an older version is found at the first call and remembered", async (t) => {
  const script = join(folder, "one-version.mjs");
  await writeFile(
    script,
    `import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line);
  if (id === undefined) continue;
  const results = {
    initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "strict", version: "1" } },
    "tools/list": { tools: [{ name: "one", inputSchema: { type: "object" } }] },
    "tools/call": { content: [{ type: "text", text: "called one" }] },
  };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
}`,
  );
  // A slow refusal begins as an event stream; the next call is refused at once.
  const informing = await startGateway({ ...options, gateway: { ...options.gateway, earlyStreamAfterMs: 1 } });
  t.after(() => informing.close());
  const strict = await deploySleeper(informing, [script]);
  t.after(() => strict.sleeper.close());
  const open = async () => {
    const answer = await send(strict.url, { headers: json(strict.key), body: initialize("2025-06-18") });
    const { result } = (await answer.json()) as { result: { protocolVersion: string } };
    return { agreed: result.protocolVersion, session: String(answer.headers["mcp-session-id"]) };
  };
  await fallAsleep(informing, strict);
  const { agreed, session } = await open();
  assert.equal(agreed, "2025-06-18");
  assert.deepEqual(strict.sleeper.requests, []);
  const headers = { ...json(strict.key), "mcp-session-id": session, "mcp-protocol-version": agreed };
  const refused = await send(strict.url, { headers, body: callOne });
  assert.match(await refused.text(), /"code":-32001/);
  const over = await send(strict.url, { headers: { ...headers, accept: "application/json" }, body: callOne });
  assert.equal(over.status, 404);
  await over.text();
  assert.equal((await open()).agreed, "2025-11-25");
  await fallAsleep(informing, strict);
  assert.equal((await open()).agreed, "2025-11-25");
  assert.deepEqual(strict.sleeper.requests, []);
});

test("the streams of one key do not keep another key out", async (t) => {
  const second = newAccessKey();
  change({
    keys: [...deployed.deployment.keys, { id: randomUUID(), hash: createHash("sha256").update(second).digest("hex") }],
  });
  const small = await startGateway({
    ...options,
    source: gateway.source,
    gateway: { ...options.gateway, maxInFlight: 4, recheckAfterMs: 60_000 },
  });
  t.after(() => small.close());
  await fallAsleep(gateway, deployed);
  const url = small.endpoint(deployed.id);
  const listen = async (headers: Record<string, string>) =>
    send(url, { method: "GET", headers: { ...headers, accept: "text/event-stream" } });
  const streams = [];
  for (let n = 0; n < 4; n++) streams.push(await listen(await begin()));
  const own = await send(url, { headers: json(), body: initialize() });
  assert.equal(own.status, 503, "for the same key there is no more room");
  await own.text();
  const other = await send(url, { headers: json(second), body: initialize() });
  assert.equal(other.status, 200);
  await other.text();
  await streams[0]?.text();
  const session = { ...json(second), "mcp-session-id": String(other.headers["mcp-session-id"]) };
  const held = await listen(session);
  assert.equal(held.status, 200);
  const again = await send(url, { headers: json(), body: initialize() });
  assert.equal(again.status, 503, "and takes none of the other's places");
  await again.text();
  for (const stream of [...streams.slice(1), held]) stream.leave();
});
