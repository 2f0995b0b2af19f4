import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";
import { callParams, ModernClient } from "./testing/modern-client.ts";

describe("subscriptions/listen in front of a legacy server", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.close());

  const listen = (client: ModernClient, notifications: object, id: number | string = 1) =>
    client.stream("subscriptions/listen", { notifications: notifications as Record<string, unknown> }, { id });
  const say = (client: ModernClient, method: string, params: object = {}) => client.call("notify", { method, params });
  const idOf = (params: Record<string, unknown> | undefined) =>
    (params?._meta as Record<string, unknown> | undefined)?.["io.modelcontextprotocol/subscriptionId"];

  test("the stream first acknowledges what the server offers, then sends what was requested, with the subscription's id", async () => {
    const client = new ModernClient(host);
    const stream = listen(
      client,
      { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false },
      "sub",
    );
    const first = await stream.until(() => true);
    assert.equal(first.method, "notifications/subscriptions/acknowledged");
    assert.deepEqual(first.params?.notifications, { toolsListChanged: true });
    await say(client, "notifications/resources/list_changed");
    await say(client, "notifications/prompts/list_changed");
    await say(client, "notifications/tools/list_changed", { _meta: { "x/y": 1 }, extra: 2 });
    const changed = await stream.until((message) => message.method === "notifications/tools/list_changed");
    assert.deepEqual(changed.params, {
      _meta: { "x/y": 1, "io.modelcontextprotocol/subscriptionId": "sub" },
      extra: 2,
    });
    assert.equal(stream.messages.length, 2);
    assert(stream.messages.every(({ params }) => idOf(params) === "sub"));
    assert(stream.events.every((event) => event.id === undefined));
    stream.drop();
  });

  test("each stream gets the updates of its own resources, and the last to close unsubscribes at the server", async () => {
    const client = new ModernClient(host, { capabilities: { "x-resources": {} } });
    const [one, two] = [
      listen(client, { resourceSubscriptions: ["test://a", "test://b"] }, 1),
      listen(client, { resourceSubscriptions: ["test://b"] }, 2),
    ];
    assert.deepEqual((await one.until(() => true)).params?.notifications, {
      resourceSubscriptions: ["test://a", "test://b"],
    });
    await two.until(() => true);
    assert.deepEqual(((await client.seen()).subscriptions as string[]).sort(), ["test://a", "test://b"]);
    await say(client, "notifications/resources/updated", { uri: "test://a" });
    await say(client, "notifications/resources/updated", { uri: "test://b/part" });
    await one.until((message) => message.params?.uri === "test://b/part");
    await two.until((message) => message.params?.uri === "test://b/part");
    assert.equal(one.messages.length, 3);
    assert.equal(two.messages.length, 2);
    one.drop();
    await eventually("a given up", async () => {
      const { subscriptions } = await client.seen();
      return JSON.stringify(subscriptions) === '["test://b"]';
    });
    two.drop();
    await eventually("b given up", async () => ((await client.seen()).subscriptions as string[]).length === 0);
  });

  test("the stream never has progress and log messages", async () => {
    const client = new ModernClient(host, { capabilities: { "x-quiet": {} } });
    const stream = listen(client, { toolsListChanged: true });
    await stream.until(() => true);
    const extra = { progressToken: 1, "io.modelcontextprotocol/logLevel": "debug" };
    await client.send("tools/call", callParams("progress", { steps: 2 }, client.capabilities, extra));
    const log = { method: "notifications/message", params: { level: "error", data: 1 } };
    await client.send("tools/call", callParams("notify", log, client.capabilities, extra));
    await say(client, "notifications/tools/list_changed");
    await stream.until((message) => message.method === "notifications/tools/list_changed");
    assert.equal(stream.messages.length, 2);
    stream.drop();
  });

  test("a client that accepts no stream gets 406", async () => {
    const client = new ModernClient(host);
    const headers = { accept: "application/json" };
    assert.equal((await client.send("subscriptions/listen", { notifications: {} }, { headers })).status, 406);
  });

  test("an invalid filter is -32602", async () => {
    const client = new ModernClient(host);
    for (const notifications of [
      undefined,
      null,
      [],
      "all",
      { resourceSubscriptions: "x" },
      { resourceSubscriptions: [1] },
    ]) {
      const reply = await client.send("subscriptions/listen", { notifications });
      assert.equal(reply.status, 400);
      assert.equal(reply.messages[0]?.error?.code, -32602);
    }
  });

  test("the stream survives a restart of the server, and mcp-host subscribes again", async () => {
    const client = new ModernClient(host, { capabilities: { "x-outlive": {} } });
    const stream = listen(client, { resourceSubscriptions: ["test://kept"] });
    await stream.until(() => true);
    await client.call("crash");
    assert.deepEqual((await client.seen()).subscriptions, ["test://kept"]);
    await say(client, "notifications/resources/updated", { uri: "test://kept" });
    await stream.until((message) => message.params?.uri === "test://kept");
    stream.drop();
  });

  test("the stream ends with a response when mcp-host stops", async () => {
    const stopping = await startHost();
    const stream = listen(new ModernClient(stopping), { toolsListChanged: true }, 42);
    await stream.until(() => true);
    assert.equal((await status(stopping)).modernClients, 1);
    await stopping.close();
    await stream.untilEnd();
    assert.deepEqual(stream.messages.at(-1), {
      jsonrpc: "2.0",
      id: 42,
      result: { resultType: "complete", _meta: { "io.modelcontextprotocol/subscriptionId": 42 } },
    });
  });
});
