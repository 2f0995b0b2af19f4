import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { newAccessKey, startGateway, type TestGateway } from "./testing/gateway.ts";
import { createClientHeaders, eventually, send } from "./testing/http.ts";
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

test("an event stream sends headers before its first event, and each event as it happens", async () => {
  for (const method of ["POST", "GET"]) {
    const arrived = nextRequest();
    const answering = send(url, { method, headers, body: method === "POST" ? rpc(1) : undefined });
    const { response } = await arrived;
    startEvents(response);
    const answer = await answering;
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "text/event-stream");
    assert.equal(answer.headers["cache-control"], "no-cache, no-transform");
    assert.equal(await answer.until((text) => text.endsWith("\n\n")), ": ok\n\n");
    for (const event of ["one", "two", "three"]) {
      response.write(`data: ${event}\n\n`);
      await answer.until((text) => text.endsWith(`data: ${event}\n\n`));
    }
    response.end();
    assert.equal(await answer.text(), ": ok\n\ndata: one\n\ndata: two\n\ndata: three\n\n");
  }
});

test("a client that leaves ends the request at the machine", async () => {
  for (const method of ["POST", "GET"]) {
    for (const answered of [true, false]) {
      const arrived = nextRequest();
      const answering = send(url, { method, headers, body: method === "POST" ? rpc(1) : undefined });
      const { response } = await arrived;
      const closed = once(response, "close");
      if (answered) {
        startEvents(response);
        const answer = await answering;
        await answer.until((text) => text !== "");
        answer.leave();
      } else {
        answering.catch(() => {});
        gateway.server.closeAllConnections();
      }
      await closed;
      assert.equal(response.writableFinished, false);
    }
  }
  await eventually(async () => (await gateway.records()).some((record) => record.httpStatus === 499), "the record");
});

test("a slow reader slows down the machine", async () => {
  const arrived = nextRequest();
  const answering = send(url, { method: "GET", headers });
  const { response } = await arrived;
  startEvents(response);
  const answer = await answering;
  answer.response.pause();
  const line = `data: ${"x".repeat(64 * 1024)}\n\n`;
  // Far more than all the buffers between the two could hold.
  const limit = 2_000;
  let written = 0;
  while (written < limit && response.writableLength < 1024 * 1024) {
    response.write(line);
    written++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert(written < limit, "everything was taken although nobody read");
  answer.response.resume();
  response.end();
  assert.equal((await answer.text()).length, ": ok\n\n".length + written * line.length);
});

test("losing a machine in mid-stream gives the call an error and ends the stream", async () => {
  for (const cut of [
    'id: 1\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n',
    'data: {"jsonrpc":"2.0","me',
  ]) {
    const arrived = nextRequest();
    const answering = send(url, { headers, body: rpc("call-7") });
    const { response } = await arrived;
    startEvents(response);
    response.write(cut);
    const answer = await answering;
    await answer.until((text) => text.includes(cut));
    response.destroy();
    const text = await answer.text();
    const last = text.trimEnd().split("\n\n").at(-1) ?? "";
    const message = JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? "") as { id: unknown; error: { code: number } };
    assert.equal(message.id, "call-7");
    assert.equal(message.error.code, -32000);
  }
});

test("losing a machine after the answer, or on a stream without a call, adds no message", async () => {
  const response = '{"result":{},"jsonrpc":"2.0","id":"call-8"}';
  for (const [method, body, sent] of [
    ["POST", rpc("call-8"), `data: ${response}\n\n`],
    ["GET", undefined, "data: {}\n\n"],
    ["POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }), "data: {}\n\n"],
  ] as const) {
    const arrived = nextRequest();
    const answering = send(url, { method, headers, body });
    const received = await arrived;
    startEvents(received.response);
    received.response.write(sent);
    const answer = await answering;
    await answer.until((text) => text.includes(sent));
    received.response.destroy();
    assert.equal(await answer.text(), `: ok\n\n${sent}`);
  }
});

test("losing a machine before its answer gives an error with the request's id, wherever the id stands", async () => {
  const long = "x".repeat(200_000);
  const bodies = [
    rpc(41),
    `{"method":"tools/call","params":{"name":"a","arguments":{"id":5}},"jsonrpc":"2.0","id":41}`,
    `{"method":"tools/call","params":{"name":"a","arguments":{"id":5,"long":"${long}"}},"jsonrpc":"2.0","id":41}`,
    `{"method":"tools/call","id" : 41, "params":{"arguments":{"text":"\\",\\"id\\":5}"},"name":"a"}}`,
  ];
  for (const body of bodies) {
    machine.onRequest = async (received) => {
      await received.body();
      received.response.destroy();
    };
    const answer = await send(url, { headers, body });
    assert.equal(answer.status, 502);
    assert.equal(answer.headers["content-type"], "application/json");
    const error = await answer.json();
    assert.equal(error.id, 41, body.slice(0, 100));
    assert.match(JSON.stringify(error), /machine_lost/);
  }
});

test("a JSON answer that breaks off never looks complete", async () => {
  machine.onRequest = ({ response }) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"jsonrpc":"2.0",', () => response.destroy());
  };
  const short = await send(url, { headers, body: rpc(5) });
  assert.equal(short.status, 502);
  assert.equal((await short.json()).id, 5);

  machine.onRequest = ({ response }) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "200000" });
    response.write("x".repeat(100_000), () => response.destroy());
  };
  const long = await send(url, { headers, body: rpc(5) });
  await assert.rejects(long.text());
});

test("a machine that does not speak MCP becomes a JSON-RPC error", async () => {
  machine.onRequest = ({ response }) => {
    response.writeHead(502, { "content-type": "text/html" });
    response.end("<h1>Bad gateway</h1>");
  };
  const answer = await send(url, { headers, body: rpc(9) });
  assert.equal(answer.status, 502);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal((await answer.json()).id, 9);
});

test("mcp-host's statuses and refusals pass unchanged", async () => {
  for (const status of [400, 404, 405, 406, 413, 503]) {
    const body = { jsonrpc: "2.0", id: null, error: { code: -32001, message: `status ${status}` } };
    machine.onRequest = ({ response }) => {
      response.setHeader("retry-after", "3");
      sendJson(response, body, status);
    };
    const answer = await send(url, { headers, body: rpc(1) });
    assert.equal(answer.status, status);
    assert.equal(answer.headers["retry-after"], "3");
    assert.deepEqual(await answer.json(), body);
  }
  machine.onRequest = ({ response }) => void response.writeHead(202).end();
  const accepted = await send(url, { headers, body: rpc(1) });
  assert.equal(accepted.status, 202);
  assert.equal(await accepted.text(), "");
});

test("connections to a machine are kept alive, and none leaks", async () => {
  const sockets = new Set<unknown>();
  machine.onRequest = ({ request, response }) => {
    sockets.add(request.socket);
    response.writeHead(202).end();
  };
  for (let call = 0; call < 20; call++) await (await send(url, { headers, body: rpc(call) })).text();
  assert(sockets.size <= 2, `${sockets.size} connections for 20 calls in a row`);
});

test("a silent stream is kept alive with comments between events", async () => {
  const quick = await startGateway({ gateway: { keepAliveAfterMs: 20 } });
  const { id, key } = quick.source.add(machine.url);
  const arrived = nextRequest();
  const answering = send(quick.endpoint(id), {
    method: "GET",
    headers: { ...headers, authorization: `Bearer ${key}` },
  });
  const { request, response } = await arrived;
  startEvents(response);
  const answer = await answering;
  await answer.until((text) => text.split(": ping\n\n").length > 5);
  response.write("data: half");
  const half = await answer.until((text) => text.includes("data: half"));
  // While an event is under way nothing may come between, however long it takes.
  const quiet = startOf(answer.response, "data");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(quiet.happened, false);
  response.write(" whole\n\n");
  await answer.until((text) => text.includes("data: half whole\n\n: ping\n\n"));
  assert(half.endsWith("data: half"));
  // No timeout is set on either connection: what is silent stays open.
  assert.equal(request.socket.timeout ?? 0, 0);
  response.end();
  await answer.text();
  await quick.close();
});

test("an open stream ends when its key is deleted, and not while the database is away", async () => {
  const watchful = await startGateway({
    gateway: { recheckAfterMs: 10 },
    limits: { refreshAfterMs: 0, databaseAwayMs: 0 },
  });
  const { source } = watchful;
  const { id, key, deployment } = source.add(machine.url);
  const arrived = nextRequest();
  const answering = send(watchful.endpoint(id), {
    method: "GET",
    headers: { ...headers, authorization: `Bearer ${key}` },
  });
  const { response } = await arrived;
  startEvents(response);
  const answer = await answering;
  source.onLoad = () => Promise.reject(new Error("away"));
  const asked = source.loads;
  await eventually(() => source.loads > asked + 5, "checks while the database is away");
  response.write("data: still here\n\n");
  await answer.until((text) => text.includes("still here"));
  deployment.keys = [];
  source.onLoad = () => Promise.resolve();
  const closed = once(response, "close");
  assert.equal(await answer.text(), ": ok\n\ndata: still here\n\n");
  await closed;
  await watchful.close();
});

test("the oldest stream of the key with the most gives way to another key, and to no further one of its own", async () => {
  const small = await startGateway({ gateway: { maxInFlight: 3 } });
  const [first, second] = [newAccessKey(), newAccessKey()];
  const keys = [first, second].map((key, n) => ({
    id: `key ${n}`,
    hash: createHash("sha256").update(key).digest("hex"),
  }));
  const { id } = small.source.add(machine.url, { keys });
  machine.onRequest = ({ response }) => startEvents(response);
  const open = (key: string, method = "GET") =>
    send(small.endpoint(id), {
      method,
      headers: { ...headers, authorization: `Bearer ${key}` },
      ...(method === "POST" && { body: rpc(1) }),
    });
  const streams = [await open(first), await open(first), await open(first)];
  for (const method of ["GET", "POST"]) {
    const refused = await open(first, method);
    assert.equal(refused.status, 503);
    await refused.text();
  }
  const call = await open(second, "POST");
  assert.equal(call.status, 200);
  await streams[0]?.text();
  const another = await open(second, "POST");
  assert.equal(another.status, 503, "two against one is as equal as three places can be");
  await another.text();
  for (const stream of [...streams.slice(1), call]) stream.leave();
  await small.close();
});

test("a body that does not arrive gets 408 and ends its connection; a refused body is read to its end", async () => {
  const impatient = await startGateway({ gateway: { bodyTimeoutMs: 20 } });
  const { id, key } = impatient.source.add(machine.url);
  const trickle = new Readable({ read() {} });
  trickle.push('{"jsonrpc":');
  const slow = await send(impatient.endpoint(id), {
    headers: { ...headers, authorization: `Bearer ${key}` },
    body: trickle,
  });
  assert.equal(slow.status, 408);
  assert.match(await slow.text(), /body_timeout/);
  if (!slow.response.socket.destroyed) await once(slow.response.socket, "close");

  const stopped = gateway.source.add(machine.url, { desired: "stopped" });
  const body = rpc("long", "tools/call", { filler: "x".repeat(5_000_000) });
  const refused = await send(gateway.endpoint(stopped.id), {
    headers: { ...headers, authorization: `Bearer ${stopped.key}` },
    body,
  });
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /stopped/);
  await impatient.close();
});

function startOf(emitter: NodeJS.EventEmitter, event: string): { happened: boolean } {
  const state = { happened: false };
  emitter.once(event, () => {
    state.happened = true;
  });
  return state;
}
