import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Body, readBody } from "../src/http/body.ts";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, status } from "./testing/http.ts";
import { textOf } from "./testing/rpc.ts";

const MIB = 1024 * 1024;

describe("limits", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.close());

  const padded = (bytes: number) => {
    const frame = (message: string) =>
      JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "length", arguments: { message } },
      });
    return frame("x".repeat(bytes - frame("").length));
  };

  test("a body of exactly 10 MiB passes, and one byte more is 413 in JSON", async () => {
    const client = await Client.open(host);
    const body = padded(10 * MIB);
    assert.equal(body.length, 10 * MIB);
    const reply = await client.post(body);
    assert.equal(reply.status, 200);
    assert(Number(textOf(reply.messages.at(-1) ?? { jsonrpc: "2.0" })) > 10 * MIB - 1000);
    const over = await client.post(padded(10 * MIB + 1));
    assert.equal(over.status, 413);
    assert.equal(over.messages[0]?.error?.code, -32000);
    assert.equal(textOf(await client.call("echo", { message: "on" })), "on");
  });

  test("a body without Content-Length is counted while it arrives", async () => {
    const client = await Client.open(host);
    const reply = await http(host, {
      headers: { ...client.headers, "transfer-encoding": "chunked" },
      body: padded(11 * MIB),
    });
    assert.equal(reply.status, 413);
  });

  test("a response of 12 MB passes, and one over 16 MiB is an error to its caller alone", async () => {
    const client = await Client.open(host);
    assert.equal(textOf(await client.call("big", { bytes: 12_000_000 })).length, 12_000_000);
    const [over, other] = await Promise.all([client.call("big", { bytes: 17 * MIB }), client.call("slow", { ms: 50 })]);
    assert.equal(over.error?.code, -32603);
    assert.match(String(over.error?.message), /16 MiB/);
    assert.equal(textOf(other), "slow");
    assert.equal(textOf(await client.call("echo", { message: "on" })), "on");
  });

  test("a body that stalls is rejected", async (t) => {
    const impatient = await startHost({ env: { MCP_BODY_TIMEOUT_S: "1" } });
    t.after(() => impatient.close());
    const client = await Client.open(impatient);
    const { hostname, port } = new URL(impatient.url);
    const socket = connect(Number(port), hostname);
    const headers = Object.entries({ ...client.headers, host: `${hostname}:${port}`, "content-length": "100" });
    socket.write(
      `POST /mcp HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n{"jsonrpc"`,
    );
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes("\r\n\r\n")) break;
    }
    assert.match(answer, /^HTTP\/1\.1 408 /);
    socket.destroy();
  });

  test("an endless body of single bytes is rejected", async (t) => {
    const { promise, resolve } = Promise.withResolvers<Body>();
    const server = createServer((request) => void readBody(request, MIB, 300).then(resolve)).listen(0, "127.0.0.1");
    t.after(() => server.close().closeAllConnections());
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n");
    const dripping = setInterval(() => socket.write(" "), 20);
    assert.deepEqual(await promise, { refused: "too slow" });
    clearInterval(dripping);
    socket.destroy();
  });

  test("headers over the limit get 431", async () => {
    const reply = await http(host, { method: "GET", path: "/healthz", headers: { "x-long": "x".repeat(20_000) } });
    assert.equal(reply.status, 431);
  });

  test("a session over the limit gets 503 with Retry-After until another session ends", async () => {
    const small = await startHost({ env: { MCP_MAX_SESSIONS: "2" } });
    try {
      const first = await Client.open(small);
      await Client.open(small);
      await assert.rejects(Client.open(small), /503/);
      await http(small, { method: "DELETE", headers: first.headers });
      await Client.open(small);
    } finally {
      await small.close();
    }
  });

  test("the session that has been idle longest makes room for another, and resumes when its client returns", async () => {
    const small = await startHost({ env: { MCP_MAX_SESSIONS: "2", MCP_HOST_TOKEN: "token-of-the-test" } });
    const headers = { authorization: "Bearer token-of-the-test" };
    try {
      const abandoned = await Client.open(small, { headers });
      const active = await Client.open(small, { headers });
      const stream = active.listen(headers);
      await stream.opened;
      // Many clients that never end their sessions take turns in the one place that no active session holds.
      for (let count = 0; count < 5; count++) await Client.open(small, { headers });
      assert.equal(((await status(small, headers)).sessions as { count: number }).count, 2);
      const body = {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "echo", arguments: { message: "on" } },
      };
      for (const client of [abandoned, active, abandoned]) {
        const reply = await client.post(body, headers);
        assert.equal(textOf(reply.messages.at(-1) ?? { jsonrpc: "2.0" }), "on");
      }
      assert.equal(stream.ended, false);
      stream.drop();
    } finally {
      await small.close();
    }
  });

  test("a client that does not read slows its server instead of filling memory, then gets everything", async () => {
    const alone = await startHost();
    try {
      const client = await Client.open(alone);
      const rss = async () => ((await status(alone)).memory as { rssBytes: number }).rssBytes;
      const before = await rss();
      const { hostname, port } = new URL(alone.url);
      const params = { name: "flood", arguments: { lines: 2000, bytes: 100_000 } };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      const headers = Object.entries({
        ...client.headers,
        host: `${hostname}:${port}`,
        "content-length": `${body.length}`,
      });
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST /mcp HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
      );
      await new Promise<void>((resolve) => socket.once("readable", resolve));
      // It says how far it has come on stderr; when that stands still it is held.
      const reached = async () =>
        Number(/line (\d+)$/.exec(((await status(alone)).stderrTail as string[]).at(-1) ?? "")?.[1]);
      let [last, still] = [-1, 0];
      await eventually("the server to stand still", async () => {
        const now = await reached();
        still = now === last ? still + 1 : 0;
        last = now;
        return still >= 12;
      });
      assert(last < 1000, `the server could write ${last} of 2000 lines`);
      assert((await rss()) - before < 100 * MIB);
      let bytes = 0;
      let tail = "";
      for await (const chunk of socket) {
        bytes += (chunk as Buffer).length;
        tail = (tail + String(chunk)).slice(-2000);
        if (tail.includes("flooded")) break;
      }
      socket.destroy();
      assert(bytes > 200_000_000, `only ${bytes} bytes came`);
    } finally {
      await alone.close();
    }
  });

  test("notifications to a server that does not read are refused before they fill memory", async () => {
    const deaf = `process.stdin.once("data", (line) => {
      process.stdin.pause();
      setInterval(() => {}, 60_000);
      const result = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "deaf", version: "1" } };
      console.log(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, result }));
    });`;
    const alone = await startHost({ command: [process.execPath, "-e", deaf] });
    try {
      const client = await Client.open(alone);
      const params = { text: "x".repeat(MIB) };
      const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/some", params });
      const notify = () => http(alone, { method: "POST", headers: client.headers, body });
      let [taken, reply] = [0, await notify()];
      for (; reply.status === 202 && taken < 64; reply = await notify()) taken++;
      assert.equal(reply.status, 503, `${taken} MiB were taken`);
      assert.equal(reply.headers["retry-after"], "30");
      assert((await http(alone, { method: "DELETE", headers: client.headers })).status === 200, "it can be left");
    } finally {
      await alone.close();
    }
  });

  test("a client that never reads delays the others on its server only briefly", async () => {
    const stalled = await Client.open(host);
    const other = await Client.open(host);
    const { hostname, port } = new URL(host.url);
    const params = { name: "flood", arguments: { lines: 400, bytes: 100_000 } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    const headers = Object.entries({
      ...stalled.headers,
      host: `${hostname}:${port}`,
      "content-length": `${body.length}`,
    });
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(
      `POST /mcp HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
    );
    await new Promise<void>((resolve) => socket.once("readable", resolve));
    assert.equal(textOf(await other.call("echo", { message: "served" })), "served");
    socket.destroy();
  });
});
