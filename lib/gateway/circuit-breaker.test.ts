import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { CIRCUIT_BREAKER_LIMITS, CircuitBreaker } from "./circuit-breaker.ts";
import { FAILURES } from "./errors.ts";
import { startGateway, TestSource } from "./testing/gateway.ts";
import { type Answer, createClientHeaders, eventually, send } from "./testing/http.ts";
import { deploySleeper, fallAsleep } from "./testing/sleeper.ts";

const rpc = (method: string, params: object = {}) => JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });
const initialize = rpc("initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "wire", version: "1" },
});

interface Refusal {
  id: unknown;
  error: { message: string; data: { code: string; cause?: string; retryAfterS?: number } };
}

async function refusalOf(answer: Answer): Promise<Refusal> {
  return (await answer.json()) as unknown as Refusal;
}

/** Creates two clients of one deployment: one keeps its session, one reconnects for each call. */
function clientsOf(url: string, key: string) {
  const headers = createClientHeaders(key);
  return [
    () => send(url, { headers, body: rpc("tools/call", { name: "one", arguments: {} }) }),
    () => send(url, { headers, body: initialize }),
  ];
}

test("pauses double up to fifteen minutes, or one minute where an attempt starts no machine", () => {
  let now = 0;
  const breaker = new CircuitBreaker(CIRCUIT_BREAKER_LIMITS, () => now);
  const { deployment } = new TestSource().add(null);
  const pausesS = (cause: string | undefined, times: number) =>
    Array.from({ length: times }, () => {
      const failure = cause === undefined ? FAILURES.unavailable : { ...FAILURES.unavailable, cause };
      const refusal = breaker.recordStartFailure(deployment, failure);
      const pauseS = refusal.retryAfterS ?? 0;
      assert.equal(refusal.headers?.["retry-after"], String(pauseS));
      assert.match(refusal.message, new RegExp(`due in ${pauseS} s`));
      now += pauseS * 1_000 - 1;
      assert.equal(breaker.findRefusal(deployment)?.retryAfterS, 1);
      now += 1;
      assert.equal(breaker.findRefusal(deployment), null);
      return pauseS;
    });
  const all = pausesS("crashed_at_start", 10);
  assert.deepEqual(all, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  breaker.recordSuccess(deployment.deploymentId);
  assert.deepEqual(pausesS("no_capacity", 6), [5, 10, 20, 40, 60, 60]);
  breaker.recordSuccess(deployment.deploymentId);
  assert.deepEqual(pausesS(undefined, 2), [5, 10]);
  deployment.generation++;
  assert.deepEqual(pausesS("crashed", 2), [5, 10], "what its owner does is a fresh start");
});

test("faults of others cause no pause, and calls that fail together count once", () => {
  let now = 0;
  const breaker = new CircuitBreaker(CIRCUIT_BREAKER_LIMITS, () => now);
  const { deployment } = new TestSource().add(null);
  for (const failure of [FAILURES.starting, FAILURES.database, FAILURES.credentials, FAILURES.unknown]) {
    assert.equal(breaker.recordStartFailure(deployment, failure), failure);
    assert.equal(breaker.findRefusal(deployment), null);
  }
  assert.equal(breaker.recordServerFailure(deployment, "a word of the server's own"), null);
  const fail = () => breaker.recordServerFailure(deployment, "crashed");
  // mcp-host restarts it within seconds.
  for (let calls = 0; calls < 50; calls++) assert.equal(fail(), null);
  now += 1_000;
  assert.equal(fail(), null);
  assert.equal(breaker.findRefusal(deployment), null);
  now += 1_000;
  for (let calls = 0; calls < 50; calls++) assert.equal(fail(), 5);
  assert.equal(breaker.findRefusal(deployment)?.cause, "crashed");
  now += 5_000;
  assert.equal(fail(), 10);
});

test("two insistent clients start a failing machine once per pause, and each gets a Retry-After", async () => {
  const gateway = await startGateway({
    machineClient: { circuitBreaker: { ...CIRCUIT_BREAKER_LIMITS, baseBackoffMs: 60_000 } },
  });
  const { source } = gateway;
  const { id, key, deployment } = source.add(null);
  const healthy = source.add(null);
  source.onWake = () =>
    Promise.reject(new AppError("out_of_memory", "The server used too much.", { detail: "secret" }));
  const clients = clientsOf(gateway.endpoint(id), key);
  for (let round = 0; round < 10; round++) {
    for (const answer of await Promise.all(clients.map((ask) => ask()))) {
      assert.equal(answer.status, 503);
      const { id: of, error } = await refusalOf(answer);
      assert.equal(of, 7);
      const seconds = Number(answer.headers["retry-after"]);
      assert(seconds > 30 && seconds <= 60, `Retry-After: ${seconds}`);
      assert.deepEqual(error.data, { code: "machine_unavailable", cause: "out_of_memory", retryAfterS: seconds });
      assert.match(error.message, new RegExp(`out_of_memory.* due in ${seconds} s`));
    }
  }
  assert.equal(source.wakes, 1);
  for (const ask of clientsOf(gateway.endpoint(healthy.id), healthy.key)) assert.equal((await ask()).status, 503);
  assert.equal(source.wakes, 2, "another deployment has its own pauses");
  deployment.generation++;
  source.announce(id);
  await Promise.all(clients.map((ask) => ask()));
  assert.equal(source.wakes, 3, "its owner has changed something");
  await gateway.close();
});

test("clients recover by themselves once the machine starts again", async () => {
  const gateway = await startGateway({
    machineClient: { circuitBreaker: { ...CIRCUIT_BREAKER_LIMITS, baseBackoffMs: 20 } },
  });
  const deployed = await deploySleeper(gateway);
  await fallAsleep(gateway, deployed);
  let refuses = true;
  deployed.sleeper.instead = () => (refuses ? 503 : undefined);
  let failed = 0;
  gateway.source.onWake = async () => {
    if (failed++ < 3) throw new AppError("no_capacity", "There is no room.");
    refuses = false;
    return deployed.sleeper.url;
  };
  const [, connect] = clientsOf(deployed.url, deployed.key);
  assert(connect);
  Object.assign(deployed.deployment, { status: "failing" });
  gateway.source.announce(deployed.id);
  await eventually(async () => (await connect()).status === 200, "the recovery");
  assert.equal(failed, 4);
  await gateway.close();
  await deployed.sleeper.close();
});

test("a crashing server's machine sleeps although its clients keep calling", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gateway-breaker-"));
  const script = join(folder, "server.mjs");
  const broken = join(folder, "broken");
  await writeFile(
    script,
    `import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
if (existsSync(${JSON.stringify(broken)})) process.exit(1);
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line);
  const results = {
    initialize: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "weak", version: "1" } },
    "tools/list": { tools: [{ name: "one", inputSchema: { type: "object" } }] },
  };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? { content: [] } }));
}`,
  );
  const gateway = await startGateway({
    machineClient: { circuitBreaker: { ...CIRCUIT_BREAKER_LIMITS, baseBackoffMs: 60_000, coalesceMs: 0 } },
    machineActivity: { awakeAfterAnswerMs: 20, probeTtlMs: 0, activeMs: 100 },
    limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
  });
  const deployed = await deploySleeper(gateway, [script]);
  gateway.source.onWake = async () => deployed.sleeper.url;
  Object.assign(deployed.deployment, { status: "failing" });
  await fallAsleep(gateway, deployed, "stop");
  await writeFile(broken, "");
  const clients = clientsOf(deployed.url, deployed.key);
  const [, connect] = clients;
  assert(connect);
  await eventually(async () => {
    const answer = await connect();
    assert.equal(answer.status, 503);
    return (await refusalOf(answer)).error.data.code === "machine_unavailable";
  }, "the pause");
  await fallAsleep(gateway, deployed, "stop");
  for (let round = 0; round < 5; round++) {
    for (const ask of clients) {
      const answer = await ask();
      assert.equal(answer.status, 503);
      const { error } = await refusalOf(answer);
      assert.equal(error.data.cause, "crashed");
      assert.equal(Number(answer.headers["retry-after"]), error.data.retryAfterS);
    }
  }
  assert.deepEqual([deployed.sleeper.wakes, deployed.sleeper.requests], [0, []]);
  await rm(broken);
  deployed.deployment.generation++;
  gateway.source.announce(deployed.id);
  await eventually(async () => (await connect()).status === 200, "the server that its owner has mended");
  await gateway.close();
  await deployed.sleeper.close();
  await rm(folder, { recursive: true });
});
