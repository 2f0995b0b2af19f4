import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS } from "./testing/http.ts";
import { OpenStream } from "./testing/open-stream.ts";
import { type Rpc, textOf } from "./testing/rpc.ts";

describe("Streamable HTTP, legacy era", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.close());

  const initialize = (protocolVersion: string, id: string | number = 1) =>
    JSON.stringify({
      jsonrpc: "2.0",
      id,
      method: "initialize",
      params: { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } },
    });

  for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    test(`a session of ${version} works from initialize to DELETE`, async () => {
      const client = await Client.open(host, { version });
      assert.equal(client.initializeResult.protocolVersion, version);
      assert.equal(Buffer.from(client.id, "base64url").length, 32);
      assert.equal(textOf(await client.call("echo", { message: "hällo\u2028" })), "hällo\u2028");
      const gone = await http(host, { method: "DELETE", headers: client.headers });
      assert.equal(gone.status, 200);
      const late = await client.post({ jsonrpc: "2.0", id: 2, method: "tools/list" });
      assert.equal(late.status, 404);
      assert.equal(late.messages[0]?.error?.code, -32001);
      assert.equal((await http(host, { method: "DELETE", headers: client.headers })).status, 404);
      assert.equal((await http(host, { method: "GET", headers: client.headers })).status, 404);
    });
  }

  test("an unsupported version is answered with the newest supported one, whatever the server would agree to", async () => {
    for (const version of ["2026-07-28", "2099-01-01", "1.0", "__proto__"]) {
      const reply = await http(host, { headers: JSON_HEADERS, body: initialize(version) });
      assert.equal(reply.messages[0]?.result?.protocolVersion, "2025-11-25", version);
      await http(host, {
        method: "DELETE",
        headers: { ...JSON_HEADERS, "mcp-session-id": String(reply.headers["mcp-session-id"]) },
      });
    }
  });

  test("a server's answer is accepted with a byte order mark, a stringified id, CRLF, or in a batch", async () => {
    const client = await Client.open(host);
    const answer = `{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"taken"}]}}`;
    for (const line of [`\ufeff${answer}`, answer.replace("$id", '"$id"'), ` ${answer} \r`, `[${answer}]`]) {
      assert.equal(textOf(await client.call("answer", { line })), "taken", line);
    }
  });

  test("a call whose answer is not JSON-RPC gets an error at once", async () => {
    const client = await Client.open(host);
    for (const members of ['"result":{},"error":{"code":1,"message":"m"}', '"x":1', '"result":{},"error":null']) {
      const { error } = await client.call("answer", { line: `{"jsonrpc":"2.0","id":$id,${members}}` });
      assert.equal(error?.code, -32603, members);
      assert.match(error.message, /not valid JSON-RPC/);
    }
  });

  test("the server's own description arrives whole, with unknown fields", async () => {
    const client = await Client.open(host);
    assert.deepEqual(client.initializeResult.serverInfo, { name: "fixture", version: "1.0.0", "x-unknown": true });
  });

  test("unknown methods and members, and numbers over 53 bits, pass unchanged", async () => {
    // With a process of its own, since it is to be sent what the server says without its being asked.
    const client = await Client.open(host, { capabilities: { experimental: { alone: {} } } });
    const reply = await client.post(
      `{"jsonrpc":"2.0","id":5,"method":"x/echo","params":{"big":12345678901234567890,"__proto__":{"a":1},"deep":[1e999]},"extra":1}`,
    );
    assert.equal(reply.status, 200);
    // The fixture itself parses with doubles, so its own answer is sent as a raw line.
    const line = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":12345678901234567890,"x":{"__proto__":2}},"y":1}`;
    const stream = client.stream("raw", { line });
    await stream.untilEnd();
    assert(stream.events.some((event) => event.data === line));
  });

  test("a legacy server never gets server/discover, whichever session sends it", async () => {
    const client = await Client.open(host);
    const { error } = await client.request("server/discover");
    assert.equal(error?.code, -32601);
    assert(!JSON.stringify(await client.seen()).includes("server/discover"));
  });

  test("ids stay unchanged: strings, numbers, __proto__, and too many digits", async () => {
    const client = await Client.open(host);
    for (const id of ['"1"', "1", "0", '"__proto__"', '"constructor"', '""', "-5", "9007199254740993", "1.5"]) {
      const reply = await client.post(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
      assert.equal(reply.status, 200);
      assert(reply.text.includes(`"id":${id}`), `${id}: ${reply.text}`);
    }
  });

  test("notifications and responses get 202 without a body", async () => {
    const client = await Client.open(host);
    for (const body of [
      { jsonrpc: "2.0", method: "notifications/roots/list_changed" },
      { jsonrpc: "2.0", id: 99, result: {} },
      { jsonrpc: "2.0", id: 98, error: { code: 1, message: "no" } },
    ]) {
      const reply = await client.post(body);
      assert.equal(reply.status, 202);
      assert.equal(reply.text, "");
    }
  });

  test("a missing session id is 400, and an unknown one 404", async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
    assert.equal((await http(host, { headers: JSON_HEADERS, body })).status, 400);
    for (const id of ["nonsense", "__proto__", "constructor"]) {
      const reply = await http(host, { headers: { ...JSON_HEADERS, "mcp-session-id": id }, body });
      assert.equal(reply.status, 404);
      assert.equal(reply.messages[0]?.error?.code, -32001);
    }
    assert.equal((await http(host, { method: "GET", headers: { accept: "text/event-stream" } })).status, 400);
    assert.equal((await http(host, { method: "DELETE" })).status, 400);
  });

  test("an invalid MCP-Protocol-Version is 400, and a missing one means the agreed version", async () => {
    const client = await Client.open(host);
    const body = { jsonrpc: "2.0", id: 1, method: "ping" };
    assert.equal((await client.post(body, { "mcp-protocol-version": "1999-01-01" })).status, 400);
    assert.equal((await client.post(body, { "mcp-protocol-version": "nonsense" })).status, 400);
    const { "mcp-protocol-version": _, ...headers } = client.headers;
    assert.equal((await http(host, { headers, body: JSON.stringify(body) })).status, 200);
  });

  test("invalid JSON is -32700, an invalid message -32600, both with 400", async () => {
    const client = await Client.open(host);
    for (const body of ["{", "", "\0", '{"jsonrpc":"2.0"', "nul"]) {
      const reply = await client.post(body);
      assert.equal(reply.status, 400, body);
      assert.equal(reply.messages[0]?.error?.code, -32700);
      assert.equal(reply.messages[0]?.id, null);
    }
    const invalid = [
      "null",
      "1",
      '"x"',
      "[]",
      "{}",
      "[1]",
      '{"jsonrpc":"1.0","id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":5}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
      '{"jsonrpc":"2.0","id":1}',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    ];
    for (const body of invalid) {
      const reply = await client.post(body);
      assert.equal(reply.status, 400, body);
      assert.equal(reply.messages[0]?.error?.code, -32600, body);
    }
    assert.equal((await client.call("echo", { message: "still here" })).error, undefined);
  });

  test("JSON nested a hundred thousand deep is answered and harms no other session", async () => {
    const client = await Client.open(host);
    const depth = 100_000;
    const body = `{"jsonrpc":"2.0","id":1,"method":"x/echo","params":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const reply = await client.post(body);
    assert.equal(reply.messages.length, 1, reply.text.slice(0, 200));
    assert.equal(textOf(await client.call("echo", { message: "alive" })), "alive");
  });

  test("Accept and Content-Type are checked", async () => {
    const client = await Client.open(host);
    const body = { jsonrpc: "2.0", id: 1, method: "ping" };
    assert.equal((await client.post(body, { accept: "text/html" })).status, 406);
    assert.equal((await client.post(body, { "content-type": "text/plain" })).status, 415);
    assert.equal((await client.post(body, { "content-type": "application/json; charset=utf-8" })).status, 200);
    assert.equal((await client.post(body, { accept: "*/*" })).status, 200);
    assert.equal(
      (await http(host, { method: "GET", headers: { ...client.headers, accept: "application/json" } })).status,
      406,
    );
    const put = await http(host, { method: "PUT", headers: client.headers });
    assert.equal(put.status, 405);
    assert.equal(put.headers.allow, "GET, POST, DELETE");
  });

  test("a client that accepts only JSON gets JSON, and one that accepts only streams gets a stream", async () => {
    const client = await Client.open(host);
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "progress", arguments: { steps: 3 }, _meta: { progressToken: "p" } },
    };
    const json = await client.post(body, { accept: "application/json" });
    assert.equal(json.headers["content-type"], "application/json");
    assert.equal(json.messages[0]?.id, 1);
    const stream = await client.post({ jsonrpc: "2.0", id: 2, method: "ping" }, { accept: "text/event-stream" });
    assert.equal(stream.headers["content-type"], "text/event-stream");
    assert.deepEqual(stream.messages, [{ jsonrpc: "2.0", id: 2, result: {} }]);
    // Messages of a call with a plain JSON answer wait on the session's own stream.
    const own = client.listen();
    await own.until((message) => message.method === "notifications/progress" && message.params?.progress === 3);
    own.drop();
  });

  test("progress comes on the call's stream, before the response, under the client's own token", async () => {
    const client = await Client.open(host);
    for (const token of ["__proto__", 7, "tøken"]) {
      const body = {
        jsonrpc: "2.0",
        id: "same",
        method: "tools/call",
        params: { name: "progress", arguments: { steps: 3 }, _meta: { progressToken: token, other: true } },
      };
      const reply = await client.post(body);
      assert.equal(reply.headers["content-type"], "text/event-stream");
      assert.deepEqual(
        reply.messages.map((message) => message.params?.progress ?? message.id),
        [1, 2, 3, "same"],
      );
      assert.equal(reply.messages[0]?.params?.progressToken, token);
    }
  });

  test("batches are answered in 2025-03-26, and refused with 400 in later versions", async () => {
    const batch = [
      { jsonrpc: "2.0", id: 1, method: "ping" },
      { jsonrpc: "2.0", method: "notifications/x" },
      { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo", arguments: { message: "b" } } },
    ];
    const old = await Client.open(host, { version: "2025-03-26" });
    const reply = await old.post(batch);
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.messages.map((message) => message.id).sort(), [1, 2]);
    assert.equal((await old.post([{ jsonrpc: "2.0", method: "notifications/x" }])).status, 202);
    assert.equal((await old.post([JSON.parse(initialize("2025-03-26"))])).status, 400);
    assert.equal((await old.post(Array.from({ length: 101 }, () => batch[1]))).status, 400);
    for (const version of ["2025-06-18", "2025-11-25"]) {
      const client = await Client.open(host, { version });
      const refused = await client.post(batch);
      assert.equal(refused.status, 400);
      assert.equal(refused.messages[0]?.error?.code, -32600);
    }
  });

  test("two concurrent requests with the same id in one session are both answered", async () => {
    const client = await Client.open(host);
    const call = (ms: number) =>
      client.post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "slow", arguments: { ms } } });
    const replies = await Promise.all([call(30), call(10)]);
    for (const reply of replies) assert.equal(reply.messages.at(-1)?.id, 1);
  });

  test("a newer GET stream of a session replaces the older one and gets all later messages", async () => {
    const client = await Client.open(host);
    const first = client.listen();
    await first.opened;
    assert.equal(first.status, 200);
    assert.equal(first.headers["content-type"], "text/event-stream");
    const second = client.listen();
    await second.opened;
    assert.equal(second.status, 200);
    await first.untilEnd();
    await client.call("notify", { method: "notifications/tools/list_changed" });
    await second.until((message) => message.method === "notifications/tools/list_changed");
    assert.deepEqual(first.messages, []);
    second.drop();
  });

  test("a request with null params is answered like one without params", async () => {
    const client = await Client.open(host);
    const reply = await client.post({ jsonrpc: "2.0", id: 3, method: "tools/list", params: null });
    assert.equal(reply.status, 200);
    assert(Array.isArray(reply.messages[0]?.result?.tools), reply.text);
  });

  test("a server's request that its client did not declare is refused instead of left pending", async () => {
    const alone = await startHost();
    try {
      const client = await Client.open(alone, { capabilities: { elicitation: {} } });
      const undeclared: [string, object][] = [
        ["roots/list", {}],
        ["sampling/createMessage", { messages: [], maxTokens: 1 }],
        ["elicitation/create", { mode: "url", url: "https://example.com/", elicitationId: "e", message: "?" }],
      ];
      for (const [method, params] of undeclared) {
        const answer = JSON.parse(textOf(await client.call("ask", { method, params }))) as Rpc;
        assert.equal(answer.error?.code, -32601, method);
        assert.match(answer.error?.message ?? "", new RegExp(`does not support ${method}`));
      }
    } finally {
      await alone.close();
    }
  });

  test("a message for a session without a stream waits for one", async () => {
    const client = await Client.open(host);
    await client.call("notify", { method: "notifications/tools/list_changed" });
    const stream = client.listen();
    await stream.until((message) => message.method === "notifications/tools/list_changed");
    stream.drop();
    // The priming event came first; from there on everything is still to be had.
    const resumed = client.listen({ "last-event-id": String(stream.events[0]?.id) });
    await resumed.until((message) => message.method === "notifications/tools/list_changed");
    resumed.drop();
  });

  test("a session's own stream resumes with the events left after a flood", async () => {
    const client = await Client.open(host);
    // The answer to a slow call is an event as well and takes its place among those kept; so it is another session that calls.
    const caller = await Client.open(host);
    const stream = client.listen();
    await stream.opened;
    const id = await eventually("the priming event", () => stream.events[0]?.id);
    const line = JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    await caller.call("raw", { line: Array.from({ length: 700 }, () => line).join("\n") });
    await eventually("all of them", () => stream.messages.length === 700);
    stream.drop();
    const resumed = client.listen({ "last-event-id": id });
    await eventually("the last 512", () => resumed.messages.length === 512);
    resumed.drop();
  });

  test("streams of 2025-11-25 begin with an event to resume from, and older ones do not", async () => {
    const client = await Client.open(host);
    const stream = client.stream("echo", { message: "m" });
    await stream.untilEnd();
    const [first] = stream.events;
    assert(first?.id);
    assert.equal(first.data, "");
    assert.match(String(first.retry), /^\d+$/);
    const older = await Client.open(host, { version: "2025-06-18" });
    const plain = older.stream("echo", { message: "m" });
    await plain.untilEnd();
    assert.equal(plain.events.length, 1);
    assert(plain.events[0]?.id);
  });

  test("a broken stream resumes at Last-Event-ID with all missed events, while the call goes on", async () => {
    const client = await Client.open(host);
    const opener = await Client.open(host);
    const stream = client.stream("gate", { name: "resume" }, { id: "gated" });
    const id = await eventually("the priming event", () => stream.events[0]?.id);
    stream.drop();
    await stream.untilEnd();
    // The call has ended without a listener, since this stream opens in the same process.
    await opener.call("open", { name: "resume" });
    const resumed = client.listen({ "last-event-id": id });
    const response = await resumed.until((message) => message.id === "gated");
    assert.equal(response.result?.content?.[0]?.text, "passed resume");
    await resumed.untilEnd();
    const again = client.listen({ "last-event-id": id });
    await again.until((message) => message.id === "gated");
    await again.untilEnd();
    assert.equal(again.messages.length, 1);
  });

  test("replay returns exactly the events after the named one", async () => {
    const client = await Client.open(host);
    const stream = client.stream("progress", { steps: 5 }, { meta: { progressToken: 1 } });
    await stream.untilEnd();
    const third = stream.events.find((event) => event.data?.includes('"progress":3'));
    const resumed = client.listen({ "last-event-id": String(third?.id) });
    await resumed.untilEnd();
    assert.deepEqual(
      resumed.messages.map((message) => message.params?.progress),
      [4, 5, undefined],
    );
  });

  test("an unknown Last-Event-ID is 400, and so is one of another session", async () => {
    const client = await Client.open(host);
    for (const id of ["nonsense", "99-1", "0-99999", "__proto__"]) {
      const stream = client.listen({ "last-event-id": id });
      await stream.opened;
      assert.equal(stream.status, 400, id);
    }
    const stranger = await Client.open(host);
    const stream = stranger.stream("echo", { message: "private" });
    await stream.untilEnd();
    const stolen = client.listen({ "last-event-id": String(stream.events[0]?.id) });
    await stolen.opened;
    assert.equal(stolen.status, 400);
  });

  test("a lost GET stream resumes although its connection is still open", async () => {
    const client = await Client.open(host);
    const first = client.listen();
    await client.call("notify", { method: "notifications/tools/list_changed" });
    await first.until((message) => message.method === "notifications/tools/list_changed");
    const second = client.listen({ "last-event-id": String(first.events.at(-1)?.id) });
    await second.opened;
    assert.equal(second.status, 200);
    await first.untilEnd();
    await client.call("notify", { method: "notifications/prompts/list_changed" });
    await second.until((message) => message.method === "notifications/prompts/list_changed");
    assert.equal(second.messages.length, 1);
    second.drop();
  });

  test("notifications/cancelled reaches the server under its id and ends the request, and a disconnect cancels nothing", async () => {
    const client = await Client.open(host);
    const gone = client.stream("gate", { name: "not cancelled" }, { id: "dropped" });
    await gone.opened;
    gone.drop();
    await gone.untilEnd();
    const call = client.post({ jsonrpc: "2.0", id: "c", method: "tools/call", params: { name: "never" } });
    const other = client.stream("echo", { message: "in between" }, { id: "c2" });
    await other.untilEnd();
    await client.post({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "c", reason: "enough" },
    });
    const reply = await call;
    assert.equal(reply.messages.at(-1)?.id, "c");
    assert.equal(reply.messages.at(-1)?.error?.code, -32800);
    const { cancelled } = await client.seen();
    assert(Array.isArray(cancelled));
    assert.equal(cancelled.length, 1, "only the cancelled call, under the id that the server knows");
    assert.notEqual(cancelled[0], "c");
    await client.call("open", { name: "not cancelled" });
  });

  test("a stream opens at once and stays open without messages", async () => {
    const client = await Client.open(host);
    const stream = new OpenStream(host, { headers: { ...client.headers, accept: "text/event-stream" } });
    await stream.opened;
    assert.equal(stream.headers["x-accel-buffering"], "no");
    assert.equal(stream.ended, false);
    stream.drop();
  });
});
