import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, status } from "./testing/http.ts";
import { textOf } from "./testing/rpc.ts";

const asking = { sampling: {}, elicitation: {}, roots: {} };

describe("sessions that share one server process", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.close());

  test("sessions with equal declarations share a process, others do not, and the server sees the declaration", async () => {
    const [a, b] = [await Client.open(host), await Client.open(host)];
    const c = await Client.open(host, { capabilities: { sampling: {}, experimental: { x: { y: 1 } } } });
    const d = await Client.open(host, { version: "2025-06-18" });
    assert.equal(a.initializeResult.instructions, b.initializeResult.instructions);
    assert.notEqual(a.initializeResult.instructions, c.initializeResult.instructions);
    assert.notEqual(a.initializeResult.instructions, d.initializeResult.instructions);
    assert.deepEqual((await c.seen()).initializeParams, {
      protocolVersion: "2025-11-25",
      capabilities: { sampling: {}, experimental: { x: { y: 1 } } },
      clientInfo: { name: "test", version: "1" },
    });
    const received = (await b.seen()).received as { method: string }[];
    assert.equal(received.filter((message) => message.method === "notifications/initialized").length, 1);
    for (const client of [c, d]) await http(host, { method: "DELETE", headers: client.headers });
  });

  test("concurrent calls with equal ids and progress tokens stay apart", async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => Client.open(host)));
    const streams = clients.map((client, index) =>
      client.stream("progress", { steps: 20, canary: `canary-${index}` }, { id: 1, meta: { progressToken: 1 } }),
    );
    for (const [index, stream] of streams.entries()) {
      await stream.untilEnd();
      assert.equal(stream.messages.length, 21);
      for (const message of stream.messages.slice(0, -1)) {
        assert.equal(message.params?.progressToken, 1);
        assert.equal(message.params?.message, `canary-${index}`);
      }
      assert.equal(stream.messages.at(-1)?.result?.content?.[0]?.text, `done canary-${index}`);
    }
  });

  test("a session's cancellation leaves another session's call with the same id in flight", async () => {
    const [a, b] = [await Client.open(host), await Client.open(host)];
    const streams = [a.stream("gate", { name: "a" }, { id: 1 }), b.stream("gate", { name: "b" }, { id: 1 })];
    await Promise.all(streams.map((stream) => stream.opened));
    await a.post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
    await streams[0]?.until((message) => message.error?.code === -32800);
    await b.call("open", { name: "b" });
    const response = await streams[1]?.until((message) => message.id === 1);
    assert.equal(response?.result?.content?.[0]?.text, "passed b");
    await b.call("open", { name: "a" });
  });

  test("a server-initiated request reaches the session of its call, on that call's stream, and its answer returns", async () => {
    const a = await Client.open(host, { capabilities: asking });
    const b = await Client.open(host, { capabilities: asking });
    const listening = b.listen();
    await listening.opened;
    const stream = a.stream("ask", { method: "sampling/createMessage", params: { messages: [], __proto__: null } });
    const question = await stream.until((message) => message.method === "sampling/createMessage");
    const foreign = await b.post({ jsonrpc: "2.0", id: question.id, result: { stolen: true } });
    assert.equal(foreign.status, 202);
    await a.post({ jsonrpc: "2.0", id: question.id, result: { role: "assistant", "x-extra": [1] } });
    await stream.untilEnd();
    const answer = JSON.parse(textOf(stream.messages.at(-1) ?? { jsonrpc: "2.0" }));
    assert.deepEqual(answer.result, { role: "assistant", "x-extra": [1] });
    assert.deepEqual(listening.messages, []);
    listening.drop();
  });

  test("a late message for one session reaches no other session with a call in flight", async () => {
    const [a, b] = [await Client.open(host), await Client.open(host)];
    const streams = [a.listen(), b.listen()];
    await Promise.all(streams.map((stream) => stream.opened));
    await a.request("resources/subscribe", { uri: "canary://a" });
    await b.request("resources/subscribe", { uri: "canary://b" });
    const canary = "canary of a";
    const late = [
      { method: "notifications/message", params: { level: "emergency", data: canary } },
      { method: "notifications/progress", params: { progressToken: "$token", progress: 1, message: canary } },
      { method: "notifications/resources/updated", params: { uri: "canary://a", title: canary } },
      { method: "notifications/elicitation/complete", params: { elicitationId: "e1", note: canary } },
      { method: "notifications/tasks/status", params: { taskId: "t1", status: "working", statusMessage: canary } },
      { method: "notifications/x/unknown", params: { data: canary } },
      { id: 9001, method: "elicitation/create", params: { message: canary } },
      { id: 9002, method: "sampling/createMessage", params: { messages: [], systemPrompt: canary } },
      { id: 9003, method: "roots/list", params: { note: canary } },
    ];
    // They come once a's call has been answered and b's call alone is in flight.
    await a.call("sendAtGate", { name: "late", messages: late }, { progressToken: "of a" });
    await a.request("resources/unsubscribe", { uri: "canary://a" });
    const held = b.stream("gate", { name: "late", announce: true }, { meta: { progressToken: "of b" } });
    await held.untilEnd();
    await eventually("all of it said", async () => JSON.stringify((await a.seen()).received).includes("said late"));
    for (const stream of [...streams, held]) {
      assert(!JSON.stringify(stream.messages).includes(canary), JSON.stringify(stream.messages));
      stream.drop();
    }
    const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
    assert(logs.text.includes(canary), "the operator still sees what was logged");
  });

  test("a dead shared server's output stays with the operator, except for the line with the reason", async () => {
    const shared = await startHost({ env: { MCP_RESTART_PAUSE_MS: "20" } });
    try {
      const [a, b] = [await Client.open(shared), await Client.open(shared)];
      await a.call("stderr", { chunks: ["handled canary of a\n"] });
      const held = b.stream("never");
      await held.opened;
      const lost = await a.call("crash", { last: "Error: broken" });
      await held.untilEnd();
      const late = await Client.open(shared);
      for (const response of [lost, held.messages.at(-1), late.initializeResult]) {
        assert(!JSON.stringify(response).includes("canary"), JSON.stringify(response));
      }
      assert.match(String(held.messages.at(-1)?.error?.message), /Error: broken/);
      assert((await status(shared)).stderrTail?.toString().includes("canary of a"));
    } finally {
      await shared.close();
    }
  });

  test("log messages reach a session alone on its process, by its level", async () => {
    const alone = await startHost();
    try {
      const client = await Client.open(alone);
      const listening = client.listen();
      await listening.opened;
      const log = (level: string) => ({ method: "notifications/message", params: { level, data: level } });
      await client.request("logging/setLevel", { level: "error" });
      for (const [level, wanted] of [
        ["info", 0],
        ["critical", 1],
      ] as const) {
        const stream = client.stream("notify", log(level));
        await stream.untilEnd();
        assert.equal(stream.messages.length, 1 + wanted);
      }
      await client.call("sendAtGate", { name: "later", messages: [log("alert")] });
      await client.call("gate", { name: "later" });
      await listening.until((message) => message.params?.data === "alert");
    } finally {
      await alone.close();
    }
  });

  test("the server's log level is the most verbose of its sessions'", async () => {
    const [a, b] = [await Client.open(host), await Client.open(host)];
    await a.request("logging/setLevel", { level: "error" });
    assert.equal((await a.seen()).level, "error");
    await b.request("logging/setLevel", { level: "debug" });
    assert.equal((await a.seen()).level, "debug");
    await a.request("logging/setLevel", { level: "warning" });
    assert.equal((await a.seen()).level, "debug");
    await http(host, { method: "DELETE", headers: b.headers });
    await eventually("the level of those who are left", async () => (await a.seen()).level === "warning");
  });

  test("resource updates reach subscribers alone, and the last to leave unsubscribes at the server", async () => {
    const [a, b, c] = [await Client.open(host), await Client.open(host), await Client.open(host)];
    const streams = [a.listen(), b.listen(), c.listen()];
    await Promise.all(streams.map((stream) => stream.opened));
    await a.request("resources/subscribe", { uri: "test://one" });
    await b.request("resources/subscribe", { uri: "test://one" });
    await b.request("resources/unsubscribe", { uri: "test://one" });
    assert(((await a.seen()).subscriptions as string[]).includes("test://one"), "a still wants it");
    for (const uri of ["test://one/part", "test://one", "test://oneself"]) {
      await c.call("notify", { method: "notifications/resources/updated", params: { uri } });
    }
    await c.call("notify", { method: "notifications/resources/list_changed" });
    for (const [index, stream] of streams.entries()) {
      await stream.until((message) => message.method === "notifications/resources/list_changed");
      const uris = stream.messages.flatMap((message) =>
        message.params?.uri === undefined ? [] : [message.params.uri],
      );
      assert.deepEqual(uris, index === 0 ? ["test://one/part", "test://one"] : []);
      stream.drop();
    }
    await http(host, { method: "DELETE", headers: a.headers });
    await eventually(
      "no subscription left",
      async () => !((await b.seen()).subscriptions as string[]).includes("test://one"),
    );
  });

  test("a client cannot report progress on a request it did not get", async () => {
    const a = await Client.open(host);
    await a.post({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: 1, progress: 1, x: "forged" },
    });
    assert(!JSON.stringify((await a.seen()).received).includes("forged"));
  });
});

describe("sessions that take server-initiated requests", () => {
  test("sessions have a process each up to the limit, so that every request finds its session", async () => {
    const host = await startHost();
    try {
      const [a, b] = [
        await Client.open(host, { capabilities: asking }),
        await Client.open(host, { capabilities: asking }),
      ];
      assert.notEqual(a.initializeResult.instructions, b.initializeResult.instructions);
      const streams = [a, b].map((client) => client.stream("ask", { method: "roots/list" }));
      const questions = await Promise.all(
        streams.map((stream) => stream.until((message) => message.method === "roots/list")),
      );
      for (const [index, client] of [a, b].entries()) {
        await client.post({
          jsonrpc: "2.0",
          id: questions[index]?.id,
          result: { roots: [{ uri: `file:///${index}` }] },
        });
        await streams[index]?.untilEnd();
        assert(textOf(streams[index]?.messages.at(-1) ?? { jsonrpc: "2.0" }).includes(`file:///${index}`));
      }
    } finally {
      await host.close();
    }
  });

  test("a session that lost its process continues on a new one with its settings", async () => {
    const host = await startHost({ env: { MCP_MAX_SERVERS: "1" } });
    try {
      const a = await Client.open(host, { capabilities: asking });
      await a.request("logging/setLevel", { level: "warning" });
      await a.request("resources/subscribe", { uri: "test://kept" });
      const b = await Client.open(host, { capabilities: asking });
      assert.notEqual(a.initializeResult.instructions, b.initializeResult.instructions);
      await http(host, { method: "DELETE", headers: b.headers });
      const seen = await a.seen();
      assert.equal(seen.level, "warning");
      assert.deepEqual(seen.subscriptions, ["test://kept"]);
    } finally {
      await host.close();
    }
  });
});

describe("sessions that take server-initiated requests, on one process", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost({ env: { MCP_MAX_SERVERS: "1" } });
  });
  after(() => host.close());

  /** Two sessions in use, so that neither can take the other's process. */
  async function pair() {
    const a = await Client.open(host, { capabilities: asking });
    const listening = [a.listen()];
    await listening[0]?.opened;
    const b = await Client.open(host, { capabilities: asking });
    assert.equal(a.initializeResult.instructions, b.initializeResult.instructions);
    listening.push(b.listen());
    await listening[1]?.opened;
    return { a, b, listening };
  }

  async function leave(clients: Client[]): Promise<void> {
    for (const client of clients) await http(host, { method: "DELETE", headers: client.headers });
  }

  test("a request for an answered call does not reach the session whose call is in flight", async () => {
    const { a, b, listening } = await pair();
    const refused = async () => ((await status(host)).counts as { refused: number }).refused;
    const before = await refused();
    await a.call("later", { method: "elicitation/create", ms: 100 });
    const held = b.stream("gate", { name: "stranger" });
    await held.opened;
    await eventually("the refusal", async () => (await refused()) === before + 1);
    await b.call("open", { name: "stranger" });
    await held.untilEnd();
    for (const stream of [...listening, held]) {
      assert(!stream.messages.some((message) => message.method === "elicitation/create"));
      stream.drop();
    }
    await leave([a, b]);
  });

  test("a request is refused and reaches no client while several sessions have calls in flight", async () => {
    const { a, b, listening } = await pair();
    const held = a.stream("gate", { name: "hold" });
    await held.opened;
    const answer = JSON.parse(textOf(await b.call("ask", { method: "elicitation/create", params: { message: "?" } })));
    assert.equal(answer.error.code, -32603);
    await b.call("open", { name: "hold" });
    await held.untilEnd();
    for (const stream of [...listening, held]) {
      assert(!stream.messages.some((message) => message.method === "elicitation/create"));
      stream.drop();
    }
    await leave([a, b]);
  });

  test("a request without a call in flight is refused where several sessions share the process", async () => {
    const { a, b, listening: streams } = await pair();
    await b.call("echo", { message: "the process is not a's alone" });
    const refused = async () => ((await status(host)).counts as { refused: number }).refused;
    const before = await refused();
    await a.call("later", { method: "roots/list", ms: 200 });
    // Asked of mcp-host, not of the server: no call may be in flight meanwhile.
    await eventually("the refusal", async () => (await refused()) === before + 1);
    assert(JSON.stringify((await b.seen()).received).includes("-32603"));
    for (const stream of streams) {
      assert.deepEqual(stream.messages, []);
      stream.drop();
    }
    await leave([a, b]);
  });

  test("the end of a session cancels its calls and refuses its pending requests", async () => {
    const { a, b } = await pair();
    const stream = a.stream("ask", { method: "roots/list" });
    await stream.until((message) => message.method === "roots/list");
    const endless = a.stream("never");
    await endless.opened;
    await http(host, { method: "DELETE", headers: a.headers });
    await stream.untilEnd();
    await endless.untilEnd();
    assert.equal(stream.messages.at(-1)?.error?.code, -32001);
    assert.equal(endless.messages.at(-1)?.error?.code, -32001);
    assert(((await b.seen()).cancelled as unknown[]).length > 0);
    const late = JSON.parse(textOf(await b.call("ask", { method: "roots/list" })));
    assert.equal(
      late.error.code,
      -32603,
      "no other client is asked while the ended session's call may still be running",
    );
  });
});

describe("a session alone on its process", () => {
  test("the session gets server-initiated requests between calls", async () => {
    const host = await startHost();
    try {
      const client = await Client.open(host, { capabilities: asking });
      const stream = client.listen();
      await stream.opened;
      await client.call("later", { method: "roots/list", ms: 1 });
      const question = await stream.until((message) => message.method === "roots/list");
      await client.post({ jsonrpc: "2.0", id: question.id, result: { roots: [] } });
      await eventually("the answer", async () => JSON.stringify((await client.seen()).received).includes('"roots":[]'));
      stream.drop();
    } finally {
      await host.close();
    }
  });
});

describe("a process for each session", () => {
  test("sessions share nothing, their number is bounded, and the process ends with its session", async () => {
    const host = await startHost({ env: { MCP_ISOLATION: "session", MCP_MAX_SESSIONS: "3" } });
    try {
      const clients = [await Client.open(host), await Client.open(host), await Client.open(host)];
      const pids = await Promise.all(
        clients.map(async (client) => JSON.parse(textOf(await client.call("env"))).pid as number),
      );
      assert.equal(new Set(pids).size, 3);
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
      const { "mcp-session-id": _, ...headers } = clients[0]?.headers ?? {};
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
      const refused = await http(host, { headers, body });
      assert.equal(refused.status, 503);
      assert.match(String(refused.headers["retry-after"]), /^\d+$/);
      assert.equal(refused.messages[0]?.id, 1);
      await http(host, { method: "DELETE", headers: clients[0]?.headers ?? {} });
      await eventually("the first process gone", async () => {
        const { servers } = await status(host);
        return !(servers as { pid: number }[]).some((server) => server.pid === pids[0]);
      });
      const next = await Client.open(host);
      assert.equal(textOf(await next.call("echo", { message: "room again" })), "room again");
    } finally {
      await host.close();
    }
  });
});

describe("a process for each session, within a budget of memory", () => {
  test("a session over the budget gets 503 with Retry-After until another ends or is idle", async () => {
    const env = { MCP_ISOLATION: "session", MCP_MAX_SERVER_MEMORY_MB: "1", MCP_IDLE_SESSION_S: "1" };
    const host = await startHost({ env });
    try {
      // One server is always allowed; the budget is for those beside it.
      const first = await Client.open(host);
      const listening = first.listen();
      await listening.opened;
      await assert.rejects(Client.open(host), /503/);
      assert.equal(((await status(host)).servers as unknown[]).length, 1, "none is started ahead");
      await http(host, { method: "DELETE", headers: first.headers });
      await eventually("room", async () => (await Client.open(host).catch(() => null)) !== null);
      await eventually("room after idleness", async () => (await Client.open(host).catch(() => null)) !== null);
    } finally {
      await host.close();
    }
  });

  test("the next session's process starts ahead where memory allows", async () => {
    const host = await startHost({ env: { MCP_ISOLATION: "session" } });
    try {
      const client = await Client.open(host);
      const { servers } = await eventually("a spare", async () => {
        const now = await status(host);
        return (now.servers as unknown[]).length === 2 && now;
      });
      const spare = (servers as { pid: number; sessions: number }[]).find(({ sessions }) => sessions === 0);
      const next = await Client.open(host);
      assert.equal(next.initializeResult.instructions, `process ${spare?.pid}`);
      assert.notEqual(client.initializeResult.instructions, next.initializeResult.instructions);
    } finally {
      await host.close();
    }
  });
});

describe("processes in shared isolation", () => {
  test("processes are bounded, an unused one makes room, and otherwise a client gets 503", async () => {
    const host = await startHost({ env: { MCP_MAX_SERVERS: "2" } });
    try {
      const a = await Client.open(host, { capabilities: { a: {} } });
      await Client.open(host, { capabilities: { b: {} } });
      await assert.rejects(Client.open(host, { capabilities: { c: {} } }), /503/);
      await http(host, { method: "DELETE", headers: a.headers });
      const c = await Client.open(host, { capabilities: { c: {} } });
      assert.equal(textOf(await c.call("echo", { message: "c" })), "c");
      await eventually("two processes", async () => ((await status(host)).servers as unknown[]).length === 2);
    } finally {
      await host.close();
    }
  });
});
