import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { startGateway, type TestGatewayOptions } from "./testing/gateway.ts";
import { eventually, send } from "./testing/http.ts";
import { answerEmpty, startFakeMachine } from "./testing/machine.ts";

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };

function rpc(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });
}

/** A gateway with one deployment whose machine does not run. */
async function asleep(options: TestGatewayOptions = {}) {
  const gateway = await startGateway(options);
  const deployment = gateway.source.add(null);
  const headers = { ...json, authorization: `Bearer ${deployment.key}` };
  const call = (body: string, method = "POST") =>
    send(gateway.endpoint(deployment.id), { method, headers, body: method === "POST" ? body : undefined });
  return { gateway, call, ...deployment };
}

test("calls to a sleeping machine wake it once, wait, and get their answers", async () => {
  const machine = await startFakeMachine();
  const { gateway, call, id } = await asleep();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  gateway.source.onWake = async () => {
    await started;
    return machine.url;
  };
  const calls = Array.from({ length: 8 }, () => call(rpc("tools/list")));
  await eventually(() => gateway.source.wakes > 0, "the waking");
  start();
  for (const answer of await Promise.all(calls)) {
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { jsonrpc: "2.0", id: 7, result: {} });
  }
  assert.equal(gateway.source.wakes, 1);
  assert.equal(gateway.source.endpoints.get(id), machine.url);
  await gateway.close();
  await machine.close();
});

test("a failed start is reported without details meant for the owner", async () => {
  const { gateway, call } = await asleep();
  for (const method of ["POST", "GET", "DELETE"]) {
    const answer = await call(rpc("initialize"), method);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["retry-after"], "5");
    const error = await answer.json();
    assert.equal(error.id, method === "POST" ? 7 : null);
    assert.doesNotMatch(JSON.stringify(error), /secret-detail/);
  }
  gateway.source.onWake = () => Promise.reject(new AppError("encryption_key_missing", "The key of X is missing."));
  assert.match(await (await call(rpc("initialize"))).text(), /credentials_unreadable/);
  gateway.source.onWake = () => Promise.reject(new Error("secret stack"));
  const defect = await (await call(rpc("initialize"))).text();
  assert.doesNotMatch(defect, /secret/);
  assert.match(defect, /machine_unavailable/);
  await gateway.close();
});

test("a slow start answers with Retry-After and goes on", async () => {
  const machine = await startFakeMachine();
  const { gateway, call } = await asleep({ machineClient: { wakeTimeoutMs: 20 } });
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  gateway.source.onWake = async () => {
    await started;
    return machine.url;
  };
  const early = await call(rpc("tools/list"));
  assert.equal(early.status, 503);
  assert.equal(early.headers["retry-after"], "5");
  assert.match(await early.text(), /"id":7.*"starting"/);
  start();
  await eventually(async () => (await call(rpc("tools/list"))).status === 200, "the machine");
  assert.equal(gateway.source.wakes, 1);
  await gateway.close();
  await machine.close();
});

test("a client that gives up does not stop the wake", async () => {
  const machine = await startFakeMachine();
  const { gateway, call } = await asleep();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  gateway.source.onWake = async () => {
    await started;
    return machine.url;
  };
  const left = call(rpc("tools/call"));
  left.catch(() => {});
  await eventually(() => gateway.source.wakes === 1, "the waking");
  gateway.server.closeAllConnections();
  await eventually(async () => (await gateway.records()).length === 1, "the record");
  assert.equal((await gateway.records())[0]?.httpStatus, 499);
  start();
  assert.equal((await call(rpc("tools/list"))).status, 200);
  assert.equal(machine.received.length, 1, "the call that was given up was not sent");
  await gateway.close();
  await machine.close();
});

test("a call does not wake a deployment that its owner stopped", async () => {
  const { gateway, call, id } = await asleep();
  const deployment = gateway.source.deployments.get(id);
  assert(deployment);
  deployment.desired = "stopped";
  const answer = await call(rpc("server/discover"));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers["retry-after"], undefined);
  const error = await answer.json();
  assert.equal(error.id, 7);
  assert.match(JSON.stringify(error), /stopped by its owner/);
  assert.equal(gateway.source.wakes, 0);

  deployment.desired = "deleted";
  gateway.source.announce(id);
  assert.equal((await call(rpc("ping"))).status, 404);
  await gateway.close();
});

test("a moved machine is found again, and even a long call is forwarded", async () => {
  const gone = await startFakeMachine();
  const machine = await startFakeMachine();
  const { gateway, call, id } = await asleep();
  gateway.source.endpoints.set(id, gone.url);
  gateway.source.onWake = async () => machine.url;
  assert.equal((await call(rpc("ping"))).status, 200);
  await gone.close();
  const long = rpc("tools/call", { name: "store", arguments: { text: "x".repeat(500_000) } });
  const answer = await call(long);
  assert.equal(answer.status, 200);
  assert.equal((await machine.received[0]?.body())?.toString("utf8"), long);
  await gateway.close();
  await machine.close();
});

test("a call that may have reached the machine is not repeated, unless it only reads", async () => {
  const machine = await startFakeMachine();
  const { gateway, call, id } = await asleep();
  gateway.source.endpoints.set(id, machine.url);
  gateway.source.onWake = async () => machine.url;
  for (const [method, status, times] of [
    ["tools/call", 502, 1],
    ["tools/list", 200, 2],
    ["initialize", 200, 2],
  ] as const) {
    const before = machine.received.length;
    machine.onRequest = async (received) => {
      await received.body();
      if (machine.received.length === before + 1) received.response.destroy();
      else await answerEmpty(received);
    };
    const answer = await call(rpc(method));
    assert.equal(answer.status, status, method);
    assert.equal((await answer.json()).id, 7);
    assert.equal(machine.received.length - before, times, method);
  }
  await gateway.close();
  await machine.close();
});

test("calls beyond a machine's limit are refused until others end", async () => {
  const machine = await startFakeMachine(() => {});
  const { gateway, call, id } = await asleep({ gateway: { maxInFlight: 2 } });
  gateway.source.endpoints.set(id, machine.url);
  const open = [call(rpc("tools/call")), call(rpc("tools/call"))];
  await eventually(() => machine.received.length === 2, "two calls");
  const refused = await call(rpc("tools/call"));
  assert.equal(refused.status, 503);
  assert.equal(refused.headers["retry-after"], "5");
  assert.equal((await refused.json()).id, 7);
  for (const received of machine.received) await answerEmpty(received);
  for (const answer of await Promise.all(open)) assert.equal(answer.status, 200);
  machine.onRequest = answerEmpty;
  assert.equal((await call(rpc("tools/call"))).status, 200);
  await gateway.close();
  await machine.close();
});
