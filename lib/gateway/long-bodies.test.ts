import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { startGateway, type TestGateway } from "./testing/gateway.ts";
import { createClientHeaders, send } from "./testing/http.ts";
import { type FakeMachine, type Received, sendJson, startEvents, startFakeMachine } from "./testing/machine.ts";

let machine: FakeMachine;
let gateway: TestGateway;
let id: string;
let url: string;
let headers: Record<string, string>;

before(async () => {
  machine = await startFakeMachine();
  gateway = await startGateway();
  const deployment = gateway.source.add(machine.url);
  id = deployment.id;
  url = gateway.endpoint(id);
  headers = createClientHeaders(deployment.key);
});

after(async () => {
  await gateway.close();
  await machine.close();
});

function rpc(id: number | string, method = "tools/call", params: object = { name: "echo" }): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** The next request that reaches the machine, unanswered. */
function nextRequest(): Promise<Received> {
  return new Promise((resolve) => {
    machine.onRequest = resolve;
  });
}

test("a body of 10 MB passes and is forwarded while it arrives", async () => {
  const filler = randomBytes(5 * 1024 * 1024).toString("hex");
  const body = rpc("big", "tools/call", { name: "store", arguments: { filler } });
  assert(body.length > 10 * 1024 * 1024);
  const arrived = nextRequest();
  const stream = new Readable({ read() {} });
  const answering = send(url, { headers, body: stream });
  stream.push(body.slice(0, 1_000_000));
  const received = await arrived;
  // The machine has the beginning while the client still holds the end.
  stream.push(body.slice(1_000_000));
  stream.push(null);
  const whole = await received.body();
  assert.equal(createHash("sha256").update(whole).digest("hex"), createHash("sha256").update(body).digest("hex"));
  sendJson(received.response, { jsonrpc: "2.0", id: "big", result: {} });
  const answer = await answering;
  assert.equal(answer.status, 200);
  await answer.text();
  const record = (await gateway.records()).at(-1);
  assert.equal(record?.requestBytes, body.length);
  assert.equal(record?.target, "store");
});

test("a long body keeps the framing that its client chose", async () => {
  const body = rpc("long", "tools/call", { name: "store", arguments: { filler: "x".repeat(200_000) } });
  for (const sent of [body, Readable.from([body])]) {
    machine.onRequest = async (received) => {
      await received.body();
      sendJson(received.response, { jsonrpc: "2.0", id: "long", result: {} });
    };
    assert.equal((await send(url, { headers, body: sent })).status, 200);
    const { request, body: read } = machine.received.at(-1) ?? assert.fail();
    assert.equal((await read()).toString(), body);
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    assert.deepEqual([length, encoding], sent === body ? [String(body.length), undefined] : [undefined, "chunked"]);
  }
});

test("a body of another length than announced never arrives whole", async () => {
  machine.onRequest = async ({ body, response }) => {
    // It rejects when the connection ends before the body does.
    const whole = await body().catch(() => null);
    if (whole !== null) sendJson(response, { bytes: whole.length });
  };
  const announced = 100_000;
  for (const length of [announced - 1, announced + 1]) {
    // Node's server holds clients to what they announce; a host's own web Request need not.
    const parts = [Buffer.alloc(70_000, "x"), Buffer.alloc(length - 70_000, "x")];
    const read = async () => {
      const value = parts.shift();
      return value === undefined ? { done: true as const } : { done: false as const, value };
    };
    const { status } = await gateway.gateway.handle(
      {
        method: "POST",
        headers: { ...headers, "content-length": String(announced) },
        body: { read, cancel: async () => {} },
        signal: new AbortController().signal,
      },
      id,
    );
    assert.equal(status, 502);
  }
});

test("an answer of 12 MB passes, as JSON and as an event", async () => {
  const result = { jsonrpc: "2.0", id: 1, result: { text: randomBytes(6 * 1024 * 1024).toString("hex") } };
  machine.onRequest = ({ response }) => sendJson(response, result);
  const asJson = await send(url, { headers, body: rpc(1) });
  assert.deepEqual(await asJson.json(), result);
  assert.equal(asJson.headers["content-length"], String(JSON.stringify(result).length));
  machine.onRequest = ({ response }) => {
    startEvents(response);
    response.end(`event: message\ndata: ${JSON.stringify(result)}\n\n`);
  };
  const asEvent = await send(url, { headers, body: rpc(1) });
  const [, data] = /^data: (.*)$/m.exec(await asEvent.text()) ?? [];
  assert.deepEqual(JSON.parse(data ?? ""), result);
  const record = (await gateway.records()).at(-1);
  assert((record?.responseBytes ?? 0) > 12 * 1024 * 1024);
  assert.equal(record?.errorCode, null);
});
