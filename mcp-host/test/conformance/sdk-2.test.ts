import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { status } from "../testing/http.ts";

// The second line of the official SDK, which speaks both eras, in front of a server that knows only the legacy one.

const fixture = fileURLToPath(new URL("./fixture-server.ts", import.meta.url));

const ERAS = [
  ["modern", "auto"],
  ["modern", { pin: "2026-07-28" }],
  ["legacy", "legacy"],
] as const;

describe("the official SDK's second line", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost({ command: [process.execPath, fixture] });
  });
  after(() => host.close());

  for (const [era, mode] of ERAS) {
    const connect = async () => {
      const client = new Client(
        { name: "sdk-2-test", version: "1.0.0" },
        { capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} }, versionNegotiation: { mode } },
      );
      client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { name: "Ada", ok: true } }));
      client.setRequestHandler("sampling/createMessage", () => ({
        role: "assistant",
        model: "test-model",
        content: { type: "text", text: "sampled" },
      }));
      client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///tmp", name: "the root" }] }));
      await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", host.url)));
      assert.equal(client.getProtocolEra(), era);
      return client;
    };
    const call = async (client: Client, name: string) => JSON.stringify((await client.callTool({ name })).content);

    test(`a client in mode ${JSON.stringify(mode)} lists, calls and gets progress`, async () => {
      const client = await connect();
      assert.equal(client.getServerVersion()?.name, "conformance-fixture");
      const { tools } = await client.listTools();
      assert(tools.length > 20);
      assert((await client.listPrompts()).prompts.length > 0);
      assert((await client.listResources()).resources.length > 0);
      assert.match(await call(client, "test_simple_text"), /simple text response/);
      const progress: number[] = [];
      await client.callTool(
        { name: "test_tool_with_progress" },
        { onprogress: (report) => void progress.push(report.progress) },
      );
      assert.deepEqual(progress, [0, 50, 100]);
      const failed = await client.callTool({ name: "test_error_handling" });
      assert.equal(failed.isError, true);
      await client.close();
    });

    test(`a client in mode ${JSON.stringify(mode)} gets server-initiated requests and returns their answers`, async () => {
      const client = await connect();
      assert.match(await call(client, "test_input_required_result_elicitation"), /Hello, Ada!/);
      assert.match(await call(client, "test_input_required_result_sampling"), /sampled/);
      assert.match(await call(client, "test_input_required_result_list_roots"), /the root/);
      assert.match(await call(client, "test_input_required_result_multiple_inputs"), /Ada: sampled .*the root/);
      assert.match(await call(client, "test_input_required_result_multi_round"), /Ada likes/);
      await client.close();
    });
  }

  test("the server never restarted during these tests", async () => {
    const { servers } = (await status(host)) as { servers: { restarts: number }[] };
    for (const server of servers) assert.equal(server.restarts, 0);
  });
});
