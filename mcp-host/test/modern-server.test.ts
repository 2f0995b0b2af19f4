import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS } from "./testing/http.ts";
import { callParams, ModernClient } from "./testing/modern-client.ts";
import { textOf } from "./testing/rpc.ts";

const fixture = fileURLToPath(new URL("./fixtures/modern-server.ts", import.meta.url));
const start = (era: string) => startHost({ command: [process.execPath, fixture], env: { MCP_SERVER_ERA: era } });
const accepted = { action: "accept", content: { name: "Ada" } };

for (const era of ["modern", "auto"]) {
  describe(`a modern server, MCP_SERVER_ERA=${era}`, () => {
    let host: TestHost;
    before(async () => {
      host = await start(era);
    });
    after(() => host.close());

    test("a legacy client's initialize is answered from server/discover, and its requests get their metadata", async () => {
      const client = await Client.open(host, { version: "2025-06-18", capabilities: { roots: {} } });
      const { protocolVersion, capabilities, serverInfo, instructions } = client.initializeResult;
      assert.equal(protocolVersion, "2025-06-18");
      assert.deepEqual(capabilities, { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} });
      assert.deepEqual(serverInfo, { name: "modern fixture", version: "2" });
      const { ttlMs, cacheScope } = client.initializeResult;
      assert.deepEqual([ttlMs, cacheScope], [1, "public"], "for who keeps it and answers server/discover with it");
      assert.match(String(instructions), /^process /);
      const seen = JSON.parse(textOf(await client.call("seen")));
      assert.deepEqual(seen.meta["io.modelcontextprotocol/clientCapabilities"], { roots: {} });
      assert.equal(seen.meta["io.modelcontextprotocol/clientInfo"].name, "test");
      assert(!seen.received.includes("notifications/initialized"));
      assert.deepEqual((await client.request("ping")).result, {});
    });

    test("a legacy client gets the server's input request, and its answer completes the call", async () => {
      const client = await Client.open(host, { capabilities: { elicitation: {} } });
      const stream = client.stream("ask");
      const question = await stream.until((message) => message.method === "elicitation/create");
      assert.equal(question.params?.message, "Who?");
      await client.post({ jsonrpc: "2.0", id: question.id, result: accepted });
      await stream.untilEnd();
      assert.deepEqual(JSON.parse(textOf(stream.messages.at(-1) ?? { jsonrpc: "2.0" })), accepted);
      const again = client.stream("ask");
      const declined = await again.until((message) => message.method === "elicitation/create");
      await client.post({ jsonrpc: "2.0", id: declined.id, error: { code: -1, message: "no" } });
      await again.untilEnd();
      assert.deepEqual(JSON.parse(textOf(again.messages.at(-1) ?? { jsonrpc: "2.0" })), { action: "cancel" });
    });

    test("a legacy client's log level, subscriptions and progress work as in its own era", async () => {
      const client = await Client.open(host);
      const own = client.listen();
      await own.opened;
      await client.request("logging/setLevel", { level: "debug" });
      const log = client.stream("log");
      await log.untilEnd();
      assert.equal(log.messages[0]?.params?.data, "logged");
      assert.deepEqual((await client.request("resources/subscribe", { uri: "test://one" })).result, {});
      await client.call("change");
      await own.until((message) => message.method === "notifications/tools/list_changed");
      await own.until((message) => message.params?.uri === "test://one");
      assert.deepEqual((await client.request("resources/unsubscribe", { uri: "test://one" })).result, {});
      const { filters } = JSON.parse(textOf(await client.call("seen")));
      assert.deepEqual(filters, [{ toolsListChanged: true }], "one subscription, of what is wanted now");
      const progress = client.stream("progress", {}, { meta: { progressToken: "mine" } });
      await progress.untilEnd();
      assert.equal(progress.messages[0]?.params?.progressToken, "mine");
      own.drop();
    });

    test("a modern client's requests pass unchanged, with the server's own input requests and states", async () => {
      const client = new ModernClient(host, { capabilities: { elicitation: {} } });
      const { result } = await client.request("server/discover");
      assert(result);
      assert.deepEqual((result.supportedVersions as string[])[0], "2026-07-28");
      assert.deepEqual((result._meta as Record<string, unknown>)["io.modelcontextprotocol/serverInfo"], {
        name: "modern fixture",
        version: "2",
      });
      assert.deepEqual([result.ttlMs, result.cacheScope], [1, "public"], "as the server says itself");
      assert.equal((await client.request("tools/list")).result?.ttlMs, 7);
      const first = await client.call("ask");
      assert.equal(first.result?.requestState, "round 1");
      const retry = { requestState: "round 1", inputResponses: { who: accepted } };
      assert.deepEqual(JSON.parse(textOf(await client.call("ask", {}, { retry }))), accepted);
      const seen = await client.send("tools/call", callParams("seen", {}, client.capabilities, { "x/own": 1 }));
      assert.equal(JSON.parse(textOf(seen.messages[0])).meta["x/own"], 1);
      assert.equal((await client.send("no/such/method")).status, 404);
    });

    test("a modern client gets changes on the streams that subscribed to them", async () => {
      const client = new ModernClient(host);
      const notifications = { toolsListChanged: true, resourceSubscriptions: ["test://one"] };
      const stream = client.stream("subscriptions/listen", { notifications }, { id: "mine" });
      const acknowledged = await stream.until(() => true);
      assert.deepEqual(acknowledged.params?.notifications, notifications);
      await client.call("change");
      const updated = await stream.until((message) => message.params?.uri === "test://one");
      assert.deepEqual(updated.params?._meta, { "io.modelcontextprotocol/subscriptionId": "mine" });
      stream.drop();
      await eventually("the subscription given up", async () => {
        const { filters } = JSON.parse(textOf(await client.call("seen")));
        return !JSON.stringify(filters).includes("test://one");
      });
    });
  });
}

describe("the era of a server", () => {
  test("the default is legacy, and a server's refusal reaches the client", async () => {
    const host = await startHost({ command: [process.execPath, fixture] });
    try {
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
      const reply = await http(host, { headers: JSON_HEADERS, body });
      assert.equal(reply.messages[0]?.error?.code, -32022);
    } finally {
      await host.close();
    }
  });

  test("auto never sends a legacy server anything of the modern era", async () => {
    const host = await startHost({ env: { MCP_SERVER_ERA: "auto" } });
    try {
      const client = await Client.open(host);
      const seen = JSON.stringify(await client.seen());
      assert(!seen.includes("discover") && !seen.includes("io.modelcontextprotocol"));
    } finally {
      await host.close();
    }
  });
});
