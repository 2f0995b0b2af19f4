import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS, type Reply, status } from "./testing/http.ts";
import { callParams, ModernClient, meta } from "./testing/modern-client.ts";
import { textOf } from "./testing/rpc.ts";

describe("modern clients in front of a legacy server", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.close());

  const raw = (headers: Record<string, string>, body: unknown): Promise<Reply> =>
    http(host, { headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) });
  const version = { "mcp-protocol-version": "2026-07-28" };

  test("server/discover repeats the handshake and never reaches the server", async () => {
    const client = new ModernClient(host);
    const { result } = await client.request("server/discover");
    assert(result);
    assert.deepEqual(result.supportedVersions, ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]);
    assert.deepEqual(result.capabilities, {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      logging: {},
    });
    assert.match(String(result.instructions), /^process \d+$/);
    assert.equal(result.resultType, "complete");
    assert.equal(typeof result.ttlMs, "number");
    assert.equal(result.cacheScope, "private");
    assert.deepEqual((result._meta as Record<string, unknown>)["io.modelcontextprotocol/serverInfo"], {
      name: "fixture",
      version: "1.0.0",
      "x-unknown": true,
    });
    assert.equal(result.serverInfo, undefined);
    assert(!JSON.stringify(await client.seen()).includes("discover"));
  });

  test("the server learns the client's declaration as in the newest legacy handshake", async () => {
    const client = new ModernClient(host, { capabilities: { sampling: {}, extensions: { "x/y": { z: 1 } } } });
    const { initializeParams } = await client.seen();
    assert.deepEqual(initializeParams, {
      protocolVersion: "2025-11-25",
      capabilities: { sampling: {}, extensions: { "x/y": { z: 1 } } },
      clientInfo: { name: "test", version: "1" },
    });
  });

  test("results get their type, lists and reads their lifetime, and unknown members and requests pass", async () => {
    const client = new ModernClient(host);
    const list = await client.request("tools/list");
    assert.equal(list.result?.resultType, "complete");
    assert(Number(list.result?.ttlMs) >= 0);
    assert.equal(list.result?.cacheScope, "private");
    const call = await client.call("echo", { message: "héllo" });
    assert.equal(textOf(call), "héllo");
    assert.equal(call.result?.resultType, "complete");
    assert.equal(call.result?.ttlMs, undefined);
    const echoed = await client.request("x/echo", { big: 1, __proto__: { a: 1 }, _meta: meta({}, { "x/own": 1 }) });
    assert.deepEqual(echoed.result?.params, { big: 1, _meta: { "x/own": 1 } });
    const taskless = await client.request("x/echo", { task: { ttl: 1 } });
    assert.deepEqual(taskless.result?.params, {}, "no client could follow a task of the earlier era");
  });

  test("unknown and removed methods are 404, and a missing resource is -32602", async () => {
    const client = new ModernClient(host);
    const removed = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
    for (const method of [...removed, "tasks/list", "no/such/method"]) {
      const reply = await client.send(method, {}, { id: 77 });
      assert.equal(reply.status, 404, method);
      assert.equal(reply.messages[0]?.error?.code, -32601);
      assert.equal(reply.messages[0]?.id, 77);
    }
    const reply = await client.send("resources/read", { uri: "test://missing" });
    assert.equal(reply.status, 200);
    assert.equal(reply.messages[0]?.error?.code, -32602);
  });

  test("missing metadata is 400 with -32602, and an unknown version -32022 with the supported versions", async () => {
    const headers = { ...version, "mcp-method": "tools/list" };
    for (const _meta of [
      undefined,
      {},
      { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
      { ...meta({}), "io.modelcontextprotocol/protocolVersion": undefined },
      { ...meta({}), "io.modelcontextprotocol/clientCapabilities": [] },
      { ...meta({}), "io.modelcontextprotocol/logLevel": "loud" },
    ]) {
      const reply = await raw(headers, { jsonrpc: "2.0", id: 3, method: "tools/list", params: { _meta } });
      assert.equal(reply.status, 400, JSON.stringify(_meta));
      assert.equal(reply.messages[0]?.error?.code, -32602);
      assert.equal(reply.messages[0]?.id, 3);
    }
    for (const unknown of ["v999.0.0", "2099-01-01"]) {
      const _meta = { ...meta({}), "io.modelcontextprotocol/protocolVersion": unknown };
      const body = { jsonrpc: "2.0", id: 4, method: "tools/list", params: { _meta } };
      const reply = await raw({ ...headers, "mcp-protocol-version": unknown }, body);
      assert.equal(reply.status, 400);
      assert.equal(reply.messages[0]?.error?.code, -32022);
      assert.equal(reply.messages[0]?.error?.data?.requested, unknown);
      assert(JSON.stringify(reply.messages[0]?.error?.data?.supported).includes("2026-07-28"));
    }
  });

  test("headers that do not repeat the body are 400 with -32020", async () => {
    const body = { jsonrpc: "2.0", id: 5, method: "tools/call", params: callParams("echo", { message: "m" }) };
    const good = { ...version, "mcp-method": "tools/call", "mcp-name": "echo" };
    const { "mcp-method": _, ...noMethod } = good;
    const { "mcp-name": __, ...noName } = good;
    const { "mcp-protocol-version": ___, ...noVersion } = good;
    const bad: Record<string, string>[] = [
      noMethod,
      noName,
      noVersion,
      { ...good, "mcp-method": "TOOLS/CALL" },
      { ...good, "mcp-name": "other" },
      { ...good, "mcp-name": "=?base64?ZWNobw?=" },
      { ...good, "mcp-name": "=?base64?!!!!?=" },
      { ...good, "mcp-protocol-version": "2027-01-01" },
    ];
    for (const headers of bad) {
      const reply = await raw(headers, body);
      assert.equal(reply.status, 400, JSON.stringify(headers));
      assert.equal(reply.messages[0]?.error?.code, -32020);
      assert.equal(reply.messages[0]?.id, 5);
    }
    for (const name of ["  echo ", "=?base64?ZWNobw==?="]) {
      assert.equal((await raw({ ...good, "mcp-name": name }, body)).status, 200);
    }
  });

  test("a header with an older version than _meta is tolerated and logged", async () => {
    const body = { jsonrpc: "2.0", id: 6, method: "tools/call", params: callParams("echo", { message: "m" }) };
    const reply = await raw({ "mcp-protocol-version": "2025-11-25" }, body);
    assert.equal(reply.status, 200);
    assert.equal(textOf(reply.messages[0]), "m");
    const wrong = await raw({ "mcp-protocol-version": "2025-11-25", "mcp-name": "other" }, body);
    assert.equal(wrong.messages[0]?.error?.code, -32020);
    const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
    assert.match(logs.text, /2025-11-25; its _meta counts/);
  });

  test("Mcp-Param headers repeat the arguments that the tool's schema marks", async () => {
    const client = new ModernClient(host);
    const args = { region: "eu west", count: 42, nested: { flag: true }, plain: "x" };
    const good = { "mcp-param-region": "eu west", "mcp-param-count": "42.0", "mcp-param-flag": "true" };
    assert.equal((await client.call("mirrored", args, { headers: good })).error, undefined);
    const bad: Record<string, string>[] = [
      {},
      { ...good, "mcp-param-region": "us" },
      { ...good, "mcp-param-count": "43" },
      { ...good, "mcp-param-flag": "TRUE" },
      { ...good, "mcp-param-region": "=?base64?ZXUgd2VzdA?=" },
    ];
    for (const headers of bad) {
      const { error } = await client.call("mirrored", args, { headers });
      assert.equal(error?.code, -32020, JSON.stringify(headers));
    }
    const encoded = `=?base64?${Buffer.from("Zürich").toString("base64")}?=`;
    const region = { region: "Zürich" };
    assert.equal(
      (await client.call("mirrored", region, { headers: { "mcp-param-region": encoded } })).error,
      undefined,
    );
    assert.equal((await client.call("mirrored", { region: null })).error, undefined);
    assert.equal((await client.call("mirrored", {}, { headers: { "mcp-param-region": "x" } })).error?.code, -32020);
  });

  test("batches and responses are 400, notifications 202, GET and DELETE 405", async () => {
    const request = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta({}) } };
    assert.equal((await raw({ ...version, "mcp-method": "tools/list" }, [request])).status, 400);
    assert.equal((await raw(version, { jsonrpc: "2.0", id: 1, result: {} })).status, 400);
    assert.equal((await raw(version, { jsonrpc: "2.0", method: "notifications/x" })).status, 202);
    for (const method of ["GET", "DELETE"]) {
      const reply = await http(host, { method, headers: { ...version, accept: "text/event-stream" } });
      assert.equal(reply.status, 405);
      assert.equal(reply.headers.allow, "POST");
    }
    const ignored = await raw(
      { ...version, "mcp-method": "tools/list", "mcp-session-id": "x", "last-event-id": "1-1" },
      request,
    );
    assert.equal(ignored.status, 200);
    assert.equal(ignored.headers["mcp-session-id"], undefined);
  });

  test("progress comes on the call's stream under the client's token, without event ids", async () => {
    const client = new ModernClient(host);
    const reply = await client.send("tools/call", callParams("progress", { steps: 3 }, {}, { progressToken: "tök" }));
    assert.equal(reply.headers["content-type"], "text/event-stream");
    assert.equal(reply.headers["x-accel-buffering"], "no");
    const steps = reply.messages.map((message) => message.params?.progress ?? message.result?.resultType);
    assert.deepEqual(steps, [1, 2, 3, "complete"]);
    assert.equal(reply.messages[0]?.params?.progressToken, "tök");
    assert(reply.events.every((event) => event.id === undefined && event.retry === undefined));
  });

  test("log messages reach only a request that sets a level, from that level on", async () => {
    const client = new ModernClient(host, { capabilities: { "x-logs": {} } });
    const log = (level: string) => ({ method: "notifications/message", params: { level, data: level } });
    const levels = async (level: string, logLevel?: string) => {
      const extra = logLevel === undefined ? {} : { "io.modelcontextprotocol/logLevel": logLevel };
      const reply = await client.send("tools/call", callParams("notify", log(level), client.capabilities, extra));
      return reply.messages.filter((message) => message.method === "notifications/message").length;
    };
    assert.equal(await levels("error"), 0);
    assert.equal(await levels("info", "warning"), 0);
    assert.equal(await levels("error", "warning"), 1);
    assert.equal((await client.seen()).level, "warning");
    assert.equal(await levels("debug", "debug"), 1);
    assert.equal(await levels("error"), 0);
  });

  test("a client that closes its request cancels it", async () => {
    const client = new ModernClient(host, { capabilities: { "x-cancel": {} } });
    const endless = client.stream("tools/call", callParams("never", {}, client.capabilities));
    await eventually("the call", async () => JSON.stringify(await status(host)).includes('"modernCalls":1'));
    endless.drop();
    await eventually("the cancellation", async () => ((await client.seen()).cancelled as unknown[]).length === 1);
  });

  test("legacy sessions with the same declaration share the modern client's process", async () => {
    const legacy = await Client.open(host, { version: "2025-11-25" });
    const modern = new ModernClient(host);
    const { result } = await modern.request("server/discover");
    assert.equal(result?.instructions, legacy.initializeResult.instructions);
    const marked = await legacy.post({ jsonrpc: "2.0", id: 9, method: "tools/list", params: { _meta: meta({}) } });
    assert.equal(marked.messages[0]?.result?.resultType, undefined, "a live session is legacy whatever it says");
  });
});
