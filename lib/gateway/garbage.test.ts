import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startGateway, type TestGateway } from "./testing/gateway.ts";
import { createClientHeaders, eventually, send } from "./testing/http.ts";

// Something else answers in place of mcp-host, with bytes that mcp-host would never send.

let gateway: TestGateway;
let server: net.Server;
let url: string;
let headers: Record<string, string>;
/** Called with each connection that has sent a request. */
let answer: (socket: net.Socket) => void = () => {};
const sockets = new Set<net.Socket>();

before(async () => {
  server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (data.includes("HTTP/1.1\r\n")) answer(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  gateway = await startGateway({ gateway: { maxInFlight: 3, earlyStreamAfterMs: 20 } });
  const { id, key } = gateway.source.add(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  url = gateway.endpoint(id);
  headers = createClientHeaders(key);
});

after(async () => {
  await gateway.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, "close");
});

const body = JSON.stringify({ jsonrpc: "2.0", id: "mine", method: "tools/call", params: { name: "x" } });
const head = (status: string, ...lines: string[]) =>
  `HTTP/1.1 ${status}\r\n${lines.map((l) => `${l}\r\n`).join("")}\r\n`;
const json = "Content-Type: application/json";
const good = '{"jsonrpc":"2.0","id":"mine","result":{}}';

/** Answers each request with these bytes, and ends there. */
function say(...parts: (string | Buffer)[]): void {
  answer = (socket) => {
    for (const part of parts) socket.write(part);
    socket.end();
  };
}

const refused: [string, (string | Buffer)[]][] = [
  ["a redirect", [head("302 Found", "Location: http://127.0.0.1:1/mcp", "Content-Length: 0")]],
  [
    "a redirect with JSON",
    [head("308 Permanent Redirect", "Location: /x", json, `Content-Length: ${good.length}`), good],
  ],
  ["Not Modified", [head("304 Not Modified", json)]],
  [
    "a change of protocol",
    [head("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"), "\x81\x05hello"],
  ],
  ["a status that there is none of", [head("600 What", json, `Content-Length: ${good.length}`), good]],
  ["another one", [head("999 What", json, "Content-Length: 0")]],
  ["a compressed answer", [head("200 OK", json, "Content-Encoding: gzip"), gzipSync(good)]],
  ["a compressed stream", [head("200 OK", "Content-Type: text/event-stream", "Content-Encoding: br"), "x"]],
  ["a stream as a refusal", [head("400 Bad Request", "Content-Type: text/event-stream"), "data: {}\n\n"]],
  ["a page", [head("200 OK", "Content-Type: text/html", "Content-Length: 5"), "<h1/>"]],
  ["no type", [head("200 OK", "Content-Length: 2"), "{}"]],
  ["what is called JSON and is not", [head("200 OK", json, "Content-Length: 9"), "<script/>"]],
  ["JSON that is cut off", [head("200 OK", json, "Content-Length: 8"), '{"jsonrp']],
  ["less than announced", [head("200 OK", json, "Content-Length: 5000"), good]],
  ["another protocol", ["SSH-2.0-OpenSSH_9.2\r\n"]],
  ["nothing", []],
  ["half a head", ["HTTP/1.1 200 OK\r\nContent-Ty"]],
  ["headers without end", [head("200 OK", `X-Long: ${"x".repeat(100_000)}`, json)]],
  ["two lengths", [head("200 OK", json, "Content-Length: 41", "Content-Length: 2"), good]],
  [
    "two ways to end",
    [head("200 OK", json, "Content-Length: 2", "Transfer-Encoding: chunked"), "29\r\n", good, "\r\n0\r\n\r\n"],
  ],
  ["a length of letters", [head("200 OK", json, "Content-Length: ten"), good]],
];

for (const [what, parts] of refused) {
  test(`${what} is a JSON-RPC error`, async () => {
    say(...parts);
    const answered = await send(url, { headers, body });
    assert.equal(answered.status, 502);
    assert.equal(answered.headers.location, undefined);
    assert.equal(answered.headers["content-type"], "application/json");
    const { id, error } = (await answered.json()) as { id: string; error: { data: { code: string } } };
    assert.equal(id, "mine");
    assert.match(error.data.code, /^(bad_answer|machine_lost)$/);
  });
}

test("interim answers, trailers and hop-by-hop headers do not pass the gateway", async () => {
  const text = good.length.toString(16);
  say(
    head("100 Continue"),
    head("103 Early Hints", "Link: </x>", "Mcp-Session-Id: early"),
    head(
      "200 OK",
      json,
      "Transfer-Encoding: chunked",
      "Trailer: Mcp-Session-Id",
      "Keep-Alive: timeout=1",
      "Upgrade: h2c",
    ),
    `${text}\r\n${good}\r\n0\r\nMcp-Session-Id: late\r\nSet-Cookie: a=b\r\n\r\n`,
  );
  const answered = await send(url, { headers, body });
  assert.equal(answered.status, 200);
  assert.equal(await answered.text(), good);
  assert.equal(answered.headers["mcp-session-id"], undefined);
  assert.equal(answered.headers.upgrade, undefined);
  assert.equal(answered.headers.trailer, undefined);
  assert.deepEqual(answered.response.trailers, {});
});

test("a body on GET does not reach the machine, and an endless one is cut off", async () => {
  for (const status of ["202 Accepted", "204 No Content", "205 Reset Content"]) {
    say(head(status, "Content-Type: text/event-stream", "Content-Length: 14"), "data: secret\n\n");
    const answered = await send(url, { headers, body });
    assert.equal(answered.status, Number(status.slice(0, 3)));
    assert.equal(await answered.text(), "");
  }
  let ended = false;
  answer = (socket) => {
    socket.write(head("202 Accepted", "Transfer-Encoding: chunked"));
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", more);
    socket.once("close", () => {
      ended = true;
    });
    more();
  };
  const endless = await send(url, { headers, body });
  assert.equal(endless.status, 202);
  assert.equal(await endless.text(), "");
  await eventually(() => ended, "the end of what has none");
});

test("a client that leaves early releases the machine and is recorded as disconnected", async () => {
  let ended = 0;
  answer = (socket) => {
    socket.write(head("200 OK", json, "Content-Length: 5000"));
    socket.once("close", () => ended++);
  };
  const before = (await gateway.records()).length;
  const left = send(url, { headers, body });
  left.catch(() => {});
  await eventually(() => sockets.size > 0, "the request at the machine");
  gateway.server.closeAllConnections();
  await eventually(() => ended > 0, "the end of the request at the machine");
  await eventually(async () => (await gateway.records()).length > before, "the record");
  assert.equal((await gateway.records()).at(-1)?.httpStatus, 499);
});

test("no connection is left open after all of these", async () => {
  say(head("200 OK", json, `Content-Length: ${good.length}`), good);
  const calls = await Promise.all([1, 2, 3].map(() => send(url, { headers, body })));
  for (const { status, text } of calls) {
    assert.equal(status, 200);
    assert.equal(await text(), good);
  }
  await eventually(() => sockets.size === 0, "the end of the connections");
});

test("an endless refusal to a client that receives progress ends in an error and is not kept", async () => {
  let ended = false;
  let sent = 0;
  answer = (socket) => {
    const wake = () => {
      socket.write(head("400 Bad Request", json, "Transfer-Encoding: chunked"));
      const chunk = `10000\r\n${"{".repeat(0x10000)}\r\n`;
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) sent++;
      };
      socket.on("drain", more);
      socket.once("close", () => {
        ended = true;
      });
      more();
    };
    setTimeout(wake, 200);
  };
  const port = (server.address() as AddressInfo).port;
  const { id, key, deployment } = gateway.source.add(`http://127.0.0.1:${port}`, { runtime: "fly", alwaysOn: false });
  gateway.machineActivity.beginCall(deployment);
  const answered = await send(gateway.endpoint(id), { headers: { ...headers, authorization: `Bearer ${key}` }, body });
  assert.equal(answered.status, 200);
  const text = await answered.text();
  assert.match(text, /"id":"mine".*bad_answer/);
  await eventually(() => ended, "the end of what has none");
  assert(sent < 500, `${sent} parts were taken`);
});
