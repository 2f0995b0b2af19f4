import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { AppError } from "../../errors/app-error.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../testing/gateway.ts";
import { createClientHeaders, eventually, send } from "../testing/http.ts";
import { deploySleeper, fallAsleep } from "../testing/sleeper.ts";

// Calls that find the machine asleep, behind a proxy that answers in its place.

let folder: string;
let gateway: TestGateway;
/** Like the other gateway, but waits for the machine before it answers, however slow this host wakes it. */
let patient: TestGateway;
let deployed: Awaited<ReturnType<typeof deploySleeper>>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-waking-"));
  await writeFile(join(folder, "tools"), "one\nwait\n");
  const options: TestGatewayOptions = {
    gateway: { earlyStreamAfterMs: 100, recheckAfterMs: 20, keepAliveAfterMs: 30, refreshEveryMs: 0 },
    machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 200 },
    machineClient: { selfWakeTimeoutMs: 2_000 },
    limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
  };
  gateway = await startGateway(options);
  patient = await startGateway({
    ...options,
    source: gateway.source,
    gateway: { ...options.gateway, earlyStreamAfterMs: 60_000 },
  });
  const server = join(import.meta.dirname, "../testing/changing-server.ts");
  deployed = await deploySleeper(gateway, [server, join(folder, "tools")]);
});

afterEach(() => {
  deployed.sleeper.instead = null;
  deployed.sleeper.onWake = () => Promise.resolve();
  gateway.source.onWake = async () => deployed.sleeper.url;
});

after(async () => {
  await gateway.close();
  await patient.close();
  await deployed.sleeper.close();
  await rm(folder, { recursive: true });
});

const json = () => createClientHeaders(deployed.key);

/** A session that was opened while the machine slept. */
async function beginAsleep(): Promise<Record<string, string>> {
  await patient.gateway.settled();
  await fallAsleep(gateway, deployed);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const answer = await send(deployed.url, { headers: json(), body });
  await answer.text();
  gateway.source.wakes = 0;
  return { ...json(), "mcp-session-id": String(answer.headers["mcp-session-id"]) };
}

function call(headers: Record<string, string>, name: string, id: string | number = 7, url = deployed.url) {
  const params = { name, arguments: {} };
  return send(url, { headers, body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params }) });
}

const callPatiently = (headers: Record<string, string>, name: string) =>
  call(headers, name, 7, patient.endpoint(deployed.id));

const callsAtMachine = () => deployed.sleeper.requests.filter((request) => request === "POST /mcp").length;
const dataOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));

test("a fast wake answers as usual; a slow one sends its client progress", async () => {
  const quick = await callPatiently(await beginAsleep(), "one");
  assert.equal(quick.status, 200);
  assert.equal(quick.headers["content-type"], "application/json");
  assert.match(await quick.text(), /called one/);

  const headers = await beginAsleep();
  const { promise: awake, resolve: wakeUp } = Promise.withResolvers<void>();
  deployed.sleeper.onWake = () => awake;
  const answer = await call(headers, "one", "slow");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/event-stream");
  await answer.until((text) => text.split(": ping").length > 3);
  wakeUp();
  const [message, ...others] = dataOf(await answer.text());
  assert.deepEqual(others, []);
  assert.equal(message.id, "slow");
  assert.match(JSON.stringify(message.result), /called one/);
  const record = (await gateway.records()).at(-1);
  assert.deepEqual(
    [record?.method, record?.target, record?.httpStatus, record?.errorCode, record?.usedMachine],
    ["tools/call", "one", 200, null, true],
  );
});

test("a client that accepts no event stream waits and gets its answer", async () => {
  const headers = await beginAsleep();
  const { promise: awake, resolve: wakeUp } = Promise.withResolvers<void>();
  deployed.sleeper.onWake = () => awake;
  const answer = call({ ...headers, accept: "application/json" }, "one");
  await eventually(() => deployed.sleeper.wakes === 1, "the waking");
  wakeUp();
  assert.equal((await answer).headers["content-type"], "application/json");
  assert.match(await (await answer).text(), /called one/);
});

for (const status of [502, 503, 504]) {
  test(`a proxy's ${status} for a machine that is down starts it, and the call is made once`, async () => {
    const headers = await beginAsleep();
    let started = false;
    deployed.sleeper.instead = () => (started ? undefined : status);
    gateway.source.onWake = async () => {
      started = true;
      return deployed.sleeper.url;
    };
    const answer = await call(headers, "one");
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /called one/);
    assert.equal(gateway.source.wakes, 1);
    assert.equal(callsAtMachine(), 1);
  });
}

test("a failed start is reported as a status, or in the stream once that has begun", async () => {
  const headers = await beginAsleep();
  deployed.sleeper.instead = () => 503;
  gateway.source.onWake = () => Promise.reject(new AppError("no_capacity", "There is no room in this place."));
  const early = await callPatiently(headers, "one");
  assert.equal(early.status, 503);
  assert.match(await early.text(), /"id":7.*machine_unavailable/);
  const { promise: tried, reject: giveUp } = Promise.withResolvers<string>();
  gateway.source.onWake = () => tried;
  const late = await call(headers, "one");
  assert.equal(late.status, 200);
  giveUp(new AppError("no_capacity", "There is no room in this place."));
  const [message] = dataOf(await late.text());
  assert.equal(message.id, 7);
  assert.equal(message.error.data.code, "machine_unavailable");
  assert.equal(callsAtMachine(), 0);
  const record = (await gateway.records()).at(-1);
  assert.deepEqual([record?.httpStatus, record?.errorCode], [200, -32000]);
});

test("a call that may have reached the machine is not repeated; an unknown session keeps its 404", async () => {
  const headers = await beginAsleep();
  deployed.sleeper.instead = (request) => (request.method === "POST" ? 502 : undefined);
  const lost = await callPatiently(headers, "one");
  assert.equal(lost.status, 502);
  assert.match(await lost.text(), /machine_lost/);
  assert.equal(callsAtMachine(), 1);

  const again = await beginAsleep();
  deployed.sleeper.instead = null;
  deployed.sleeper.onWake = () => new Promise((resolve) => setTimeout(resolve, 300));
  const unknown = await call({ ...again, "mcp-session-id": "made-up" }, "one");
  assert.equal(unknown.status, 404);
});

test("a long silent call keeps the machine awake until its client leaves", async () => {
  const headers = await beginAsleep();
  const answer = await call(headers, "wait");
  await answer.until((text) => text.split(": ping").length > 12);
  assert.equal(await deployed.sleeper.sleep("suspend"), false);
  answer.leave();
  await eventually(() => deployed.sleeper.open === 0, "no call at the machine");
});

test("a machine counts as asleep when the platform is late; it is asked once for all who wait", async () => {
  const headers = await beginAsleep();
  const known = gateway.source.onProbe;
  const { promise: silence, resolve: answerAll } = Promise.withResolvers<null>();
  gateway.source.onProbe = () => silence;
  gateway.source.probes = 0;
  const list = JSON.stringify({ jsonrpc: "2.0", id: 3, method: "tools/list" });
  const lists = await Promise.all([1, 2, 3].map(() => send(deployed.url, { headers, body: list })));
  for (const answer of lists) assert.match(await answer.text(), /"one"/);
  assert.equal(gateway.source.probes, 1);
  assert.deepEqual(deployed.sleeper.requests, []);
  answerAll(null);
  gateway.source.onProbe = known;
});

test("each known version is agreed to, and the newest in place of an unknown one", async () => {
  const headers = await beginAsleep();
  const ask = async (method: string, params: object) => {
    const answer = await send(deployed.url, {
      headers,
      body: JSON.stringify({ jsonrpc: "2.0", id: 3, method, params }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  assert.match(JSON.stringify((await ask("tools/list", { cursor: "page 2" })).body), /-32602/);
  assert.match(JSON.stringify((await ask("prompts/list", {})).body), /-32601/);
  assert.deepEqual(deployed.sleeper.requests, []);
  const agreed = async (protocolVersion: string) => {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: "wire", version: "1" } };
    return (await ask("initialize", params)).body.result as { protocolVersion: string };
  };
  const versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
  for (const version of versions) assert.equal((await agreed(version)).protocolVersion, version);
  for (const version of ["2024-10-07", "2099-01-01", "2026-07-28", ""]) {
    assert.equal((await agreed(version)).protocolVersion, "2025-11-25", version);
  }
  assert.deepEqual(deployed.sleeper.requests, []);
});

test("a session that ended while the machine slept is not revived", async () => {
  const headers = await beginAsleep();
  assert.equal((await send(deployed.url, { method: "DELETE", headers })).status, 200);
  assert.deepEqual(deployed.sleeper.requests, []);
  for (const method of ["tools/call", "tools/list", "ping"]) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 3, method, params: { name: "one" } });
    assert.equal((await send(deployed.url, { headers, body })).status, 404, method);
  }
  assert.deepEqual(deployed.sleeper.requests, []);
  assert.equal((await call(await beginAsleep(), "one")).status, 200);
  await eventually(() => deployed.sleeper.requests.includes("DELETE /mcp"), "the end of the session at the machine");
});
