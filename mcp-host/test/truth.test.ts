import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  Client as ClientOfTheSdk,
  SdkHttpError,
  StreamableHTTPClientTransport as TransportOfTheSdk,
} from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { type HostOptions, startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS, type Reply, status } from "./testing/http.ts";
import { ModernClient } from "./testing/modern-client.ts";
import { GARBAGE_COMMAND } from "./testing/server-commands.ts";

// A server that is not there never looks as if it were: HTTP 503, with an error that names the request and tells why.

async function withHost(options: HostOptions, body: (host: TestHost) => Promise<void>): Promise<void> {
  const host = await startHost(options);
  try {
    await body(host);
  } finally {
    await host.close();
  }
}

const post = (host: TestHost, message: object, headers: Record<string, string> = {}) =>
  http(host, { headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify({ jsonrpc: "2.0", ...message }) });

const initialize = {
  id: "the first",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

/** Returns the answers that new clients of both eras get. */
async function newcomers(host: TestHost): Promise<Reply[]> {
  const modern = new ModernClient(host);
  return [
    await post(host, initialize),
    await post(host, initialize, { accept: "text/event-stream" }),
    await modern.send("server/discover", {}, { id: "the first" }),
    await modern.send("tools/call", { name: "echo" }, { id: "the first" }),
    await modern.send("tools/call", { name: "echo" }, { id: "the first", headers: { accept: "text/event-stream" } }),
    await modern.send("subscriptions/listen", { notifications: {} }, { id: "the first" }),
  ];
}

function assertUnavailable(reply: Reply, why: RegExp, mayPass = true): void {
  assert.equal(reply.status, 503, reply.text);
  assert.equal(reply.headers["content-type"], "application/json");
  assert.equal(reply.headers["mcp-session-id"], undefined);
  if (mayPass) assert.match(String(reply.headers["retry-after"]), /^[1-9]\d*$/);
  else assert.equal(reply.headers["retry-after"], undefined);
  const [response] = reply.messages;
  assert.equal(response?.id, "the first");
  assert.equal(response.error?.code, -32603);
  assert.match(response.error.message, why);
}

describe("a server that is unavailable", () => {
  test("a crash at the start gives every client 503 with the server's last words, in backoff and when failed", () =>
    withHost({ mode: "crash", env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      for (const reply of await newcomers(host)) assertUnavailable(reply, /exit code 3.*FIXTURE_KEY is required/);
      await eventually("the crash loop", async () => (await status(host)).phase === "failed");
      for (const reply of await newcomers(host)) assertUnavailable(reply, /exit code 3.*FIXTURE_KEY is required/);
    }));

  test("a program that cannot be started gives 503 without Retry-After", () =>
    withHost({ command: ["/nonexistent/server"] }, async (host) => {
      for (const reply of await newcomers(host)) assertUnavailable(reply, /no such program/, false);
    }));

  test("a server that never answers initialize gives 503 with its output", () =>
    withHost({ command: GARBAGE_COMMAND, env: { MCP_HANDSHAKE_TIMEOUT_S: "1" } }, async (host) => {
      for (const reply of await newcomers(host)) assertUnavailable(reply, /Welcome to the garbage server/);
    }));

  test("a failed install gives 503 with the reason, and Retry-After when the registry was unreachable", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcp-host-truth-"));
    const registry = createServer((_, response) => response.writeHead(404).end("{}"));
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
    const { port } = registry.address() as AddressInfo;
    const env = {
      MCP_PACKAGE: "npm:some-package@1.0.0",
      MCP_INSTALL_DIR: folder,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: "0",
    };
    try {
      await withHost({ command: null, env }, async (host) => {
        const [reply] = await newcomers(host);
        assert(reply);
        assertUnavailable(reply, /some-package/, false);
        assert.equal(reply.messages[0]?.error?.data?.code, "package_not_found");
        registry.close();
        registry.closeAllConnections();
        for (const later of (await newcomers(host)).slice(1)) {
          assert.equal(later.messages[0]?.error?.data?.code, "network", later.text);
          assertUnavailable(later, /registry/);
        }
      });
    } finally {
      registry.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("a long pause after a crash gives 503 at once with last words and Retry-After, and keeps sessions", () =>
    withHost({ env: { MCP_RESTART_PAUSE_MS: "30000" } }, async (host) => {
      const client = await Client.open(host);
      await client.call("crash", { code: 7, last: "Error: the licence has expired" });
      const why = /exit code 7.*the licence has expired/;
      const message = { jsonrpc: "2.0", id: "the first", method: "tools/list" };
      for (const accept of ["application/json, text/event-stream", "text/event-stream"]) {
        const reply = await client.post(message, { accept });
        assert.equal(reply.headers["mcp-session-id"], client.id, "the session is not over");
        assertUnavailable({ ...reply, headers: { ...reply.headers, "mcp-session-id": undefined } }, why);
        assert(Number(reply.headers["retry-after"]) > 15);
      }
      for (const reply of await newcomers(host)) assertUnavailable(reply, why);
      const health = await http(host, { method: "GET", path: "/healthz" });
      assert.equal(health.status, 503);
      assert.equal((await status(host)).phase, "backoff");
      const stream = client.listen();
      await stream.opened;
      assert.equal(stream.status, 200, "its stream waits for the server's return");
      stream.drop();
    }));
});

describe("a server that dies during a call", () => {
  test("the call gets 502 before its answer begins and an error on its stream after, in both eras", () =>
    withHost({ env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const last = "Error: out of luck";
      const why = /exit code 9.*out of luck/;
      const client = await Client.open(host);
      const params = { name: "crash", arguments: { code: 9, last } };
      const legacy = await client.post({ jsonrpc: "2.0", id: 5, method: "tools/call", params });
      const modern = await new ModernClient(host).send("tools/call", params, { id: 5 });
      for (const reply of [legacy, modern]) {
        assert.equal(reply.status, 502);
        assert.equal(reply.messages[0]?.id, 5);
        assert.equal(reply.messages[0]?.error?.code, -32603);
        assert.match(String(reply.messages[0]?.error?.message), why);
      }
      const progress = { name: "progress", arguments: { steps: 100_000, ms: 5 } };
      const stream = client.stream("progress", progress.arguments, { meta: { progressToken: 1 } });
      await stream.until((message) => message.method === "notifications/progress");
      const { server } = (await status(host)) as { server: { pid: number } };
      process.kill(server.pid, "SIGKILL");
      const end = await stream.until((message) => message.error !== undefined);
      assert.equal(stream.status, 200);
      assert.equal(end.error?.data?.signal, "SIGKILL");
    }));

  test("a batch has the status of a failure only when all of it failed", () =>
    withHost({ env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const client = await Client.open(host, { version: "2025-03-26" });
      const call = (id: number, name: string) => {
        const params = { name, arguments: { afterMs: 20 } };
        return { jsonrpc: "2.0", id, method: "tools/call", params };
      };
      const mixed = await client.post([call(1, "echo"), call(2, "crash")]);
      assert.equal(mixed.status, 200);
      assert.equal(mixed.messages.length, 2);
      const lost = await client.post([call(3, "never"), call(4, "crash")]);
      assert.equal(lost.status, 502);
      assert.deepEqual(lost.messages.map((message) => message.id).sort(), [3, 4]);
    }));
});

describe("the official SDK's clients", () => {
  const dead = { mode: "crash", env: { MCP_RESTART_PAUSE_MS: "20" } };
  const name = { name: "truth-test", version: "1" };

  test("the clients show why the server is unavailable", () =>
    withHost(dead, async (host) => {
      const url = new URL("/mcp", host.url);
      const older = new OlderClient(name);
      await assert.rejects(older.connect(new OlderTransport(url)), /FIXTURE_KEY is required/);
      for (const mode of ["legacy", "auto", { pin: "2026-07-28" }] as const) {
        const client = new ClientOfTheSdk(name, { versionNegotiation: { mode } });
        const error = await client.connect(new TransportOfTheSdk(url)).catch((reason: unknown) => reason);
        // When it probes for the era it says no more than the status, and keeps the answer beside that.
        assert(error instanceof SdkHttpError);
        assert.match(`${error.message} ${JSON.stringify(error.data)}`, /FIXTURE_KEY is required/);
      }
    }));

  test("the clients show why a call was lost", () =>
    withHost({ env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const url = new URL("/mcp", host.url);
      const crash = { name: "crash", arguments: { last: "Error: out of luck" } };
      const older = new OlderClient(name);
      await older.connect(new OlderTransport(url));
      await assert.rejects(older.callTool(crash), /out of luck/);
      await older.callTool({ name: "echo", arguments: {} });
      await older.close();
      for (const mode of ["legacy", "auto"] as const) {
        const client = new ClientOfTheSdk(name, { versionNegotiation: { mode } });
        await client.connect(new TransportOfTheSdk(url));
        await assert.rejects(client.callTool(crash), /out of luck/, mode);
        await client.callTool({ name: "echo", arguments: {} });
        await client.close();
      }
    }));
});
