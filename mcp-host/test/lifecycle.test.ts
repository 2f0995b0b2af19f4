import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { type HostOptions, startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS, status } from "./testing/http.ts";
import { isAlive } from "./testing/is-alive.ts";
import { textOf } from "./testing/rpc.ts";
import { GARBAGE_COMMAND } from "./testing/server-commands.ts";

async function withHost(options: HostOptions, body: (host: TestHost) => Promise<void>): Promise<void> {
  const host = await startHost(options);
  try {
    await body(host);
  } finally {
    await host.close();
  }
}

/** Keeps the server down until the test is over. Its restart would erase the crash from the status. */
const LONG_PAUSE = { MCP_RESTART_PAUSE_MS: "30000" };

const health = (host: TestHost) => http(host, { method: "GET", path: "/healthz" });
const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});

interface ServerStatus {
  pid: number | null;
  restarts: number;
  lastExit: { code: number | null; signal: string | null; at: string } | null;
}

const serverOf = async (host: TestHost) => (await status(host)).server as ServerStatus;

describe("the life of a server process", () => {
  test("the server starts before the first request, and the first session uses it", () =>
    withHost({}, async (host) => {
      const { pid } = await serverOf(host);
      assert(pid);
      await eventually("running", async () => (await status(host)).phase === "running");
      const client = await Client.open(host);
      assert.equal(client.initializeResult.instructions, `process ${pid}`);
      assert.equal((await health(host)).status, 200);
    }));

  test("a server killed during calls fails them at once, restarts, and the session keeps its settings", () =>
    withHost({}, async (host) => {
      const client = await Client.open(host);
      await client.request("logging/setLevel", { level: "warning" });
      await client.request("resources/subscribe", { uri: "test://kept" });
      const { pid } = await serverOf(host);
      const own = client.listen();
      await own.opened;
      const streams = [client.stream("never"), client.stream("never")];
      await Promise.all(streams.map((stream) => stream.opened));
      process.kill(Number(pid), "SIGKILL");
      for (const stream of streams) {
        const response = await stream.until((message) => message.error !== undefined);
        assert.equal(response.error?.code, -32603);
        assert.equal(response.error?.data?.signal, "SIGKILL");
        await stream.untilEnd();
      }
      const seen = await client.seen();
      assert.equal(seen.level, "warning");
      assert.deepEqual(seen.subscriptions, ["test://kept"]);
      assert((seen.received as { method: string }[]).some((message) => message.method === "notifications/initialized"));
      const after = await serverOf(host);
      assert.notEqual(after.pid, pid);
      assert.equal(after.restarts, 1);
      assert.equal(after.lastExit?.signal, "SIGKILL");
      assert.equal((await health(host)).status, 200);
      // The lists of the new process may differ.
      await own.until((message) => message.method === "notifications/tools/list_changed");
      await own.until((message) => message.method === "notifications/resources/list_changed");
      // Once only: a server that crashes on list requests would otherwise crash after every restart.
      process.kill(Number(after.pid), "SIGKILL");
      await eventually("it is started again", async () => (await serverOf(host)).restarts === 2);
      assert.equal(textOf(await client.call("echo", { message: "on" })), "on");
      assert.equal(own.messages.filter((message) => message.method === "notifications/tools/list_changed").length, 1);
      own.drop();
    }));

  test("a server in a crash loop is not healthy while its next process is alive", () =>
    withHost({ command: ["/bin/sh", "-c", "sleep 1.5; exit 3"], env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      await eventually("the first crash", async () => (await health(host)).status === 503);
      const phases = new Set<string>();
      await eventually("two more starts", async () => {
        const reply = await health(host);
        const { phase, error } = JSON.parse(reply.text) as { phase: string; error?: { message: string } };
        phases.add(phase);
        assert.equal(reply.status, 503, reply.text);
        assert.match(error?.message ?? "", /exit code 3/);
        return ((await status(host)).server as { restarts: number }).restarts >= 3;
      });
      assert(phases.has("running") && phases.has("starting"), [...phases].join());
    }));

  test("a server that has crashed is healthy again once it has answered a handshake", () =>
    withHost({ env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const client = await Client.open(host);
      await client.call("crash", { code: 7 });
      assert.equal(textOf(await client.call("echo", { message: "back" })), "back");
      assert.equal((await health(host)).status, 200);
    }));

  test("a crash is reported with exit code and redacted last words, on /healthz too", () =>
    withHost({ env: { MCP_SERVER_ENV: '{"KEY":"sesame-street"}', ...LONG_PAUSE } }, async (host) => {
      const client = await Client.open(host);
      const reply = await client.call("crash", { code: 7, last: "Error: bad key sesame-street" });
      assert.equal(reply.error?.code, -32603);
      assert.equal(reply.error?.data?.exitCode, 7);
      assert.deepEqual(reply.error?.data?.stderrTail, ["Error: bad key [redacted]"]);
      assert.match(String(reply.error?.message), /exit code 7.*bad key \[redacted\]/);
      const sick = await health(host);
      assert.equal(sick.status, 503);
      const body = JSON.parse(sick.text);
      assert.equal(body.phase, "backoff");
      assert.equal(body.error.code, "crashed");
    }));

  test("a server out of memory gets its own error code", () =>
    withHost({ env: LONG_PAUSE }, async (host) => {
      const client = await Client.open(host);
      await client.call("crash", {
        code: 134,
        last: "FATAL ERROR: Reached heap limit - JavaScript heap out of memory",
      });
      assert.equal(((await status(host)).error as { code: string }).code, "out_of_memory");
    }));

  test("a server-initiated request is cancelled when its server dies", () =>
    withHost({}, async (host) => {
      const client = await Client.open(host, { capabilities: { roots: {} } });
      const stream = client.stream("ask", { method: "roots/list" });
      const question = await stream.until((message) => message.method === "roots/list");
      process.kill(Number((await serverOf(host)).pid), "SIGKILL");
      await stream.untilEnd();
      assert(stream.messages.some((message) => message.error !== undefined));
      const late = await client.post({ jsonrpc: "2.0", id: question.id, result: { roots: [] } });
      assert.equal(late.status, 202);
      assert.equal(textOf(await client.call("echo", { message: "on" })), "on");
    }));

  test("a server that crashes at its start has its reason in initialize and in the status", () =>
    withHost({ mode: "crash", env: LONG_PAUSE }, async (host) => {
      const reply = await http(host, { headers: JSON_HEADERS, body: initialize });
      assert.equal(reply.status, 503);
      assert.match(String(reply.messages[0]?.error?.message), /FIXTURE_KEY is required/);
      assert.equal(reply.headers["mcp-session-id"], undefined);
      const { phase, error, sessions, stderrTail } = await status(host);
      assert.equal(phase, "backoff");
      assert.equal((error as { code: string }).code, "crashed");
      assert.deepEqual((sessions as { count: number }).count, 0);
      assert((stderrTail as string[]).includes("Error: FIXTURE_KEY is required"));
    }));

  test("a server that crashes at every start fails, and a new call restarts it", () =>
    withHost({ mode: "crash", env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const failed = await eventually("failed", async () => {
        const reply = await health(host);
        return reply.status === 503 && JSON.parse(reply.text).phase === "failed" && JSON.parse(reply.text);
      });
      assert.equal(failed.error.code, "crashed");
      const before = (await serverOf(host)).restarts;
      const again = await http(host, { headers: JSON_HEADERS, body: initialize });
      assert(again.messages[0]?.error);
      assert.equal((await serverOf(host)).restarts, before + 1);
    }));

  test("a server that always exits soon after a good start fails, and a call restarts it", () => {
    const program = `
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, method } = JSON.parse(line);
        const result = method === "initialize"
          ? { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "x", version: "1" } }
          : { tools: [] };
        if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
      });
      setTimeout(() => { console.error("Error: lost the database"); process.exit(4); }, 1200);
    `;
    const command = [process.execPath, "-e", program];
    return withHost({ command, env: { MCP_RESTART_PAUSE_MS: "20" } }, async (host) => {
      const client = await Client.open(host);
      await eventually("failed", async () => (await status(host)).phase === "failed");
      const reply = await health(host);
      assert.equal(reply.status, 503);
      assert.match(reply.text, /exit code 4.*lost the database/);
      assert.equal((await serverOf(host)).restarts, 4);
      assert.deepEqual((await client.request("tools/list")).result, { tools: [] });
    });
  });

  test("a missing program is spawn_failed, without five tries", () =>
    withHost({ command: ["/nonexistent/server"] }, async (host) => {
      const reply = await http(host, { headers: JSON_HEADERS, body: initialize });
      assert.match(String(reply.messages[0]?.error?.message), /no such program/);
      const { phase, error } = await status(host);
      assert.equal(phase, "failed");
      assert.equal((error as { code: string }).code, "spawn_failed");
    }));

  test("initialize to a server that never answers fails with the server's output", () =>
    withHost({ command: GARBAGE_COMMAND, env: { MCP_HANDSHAKE_TIMEOUT_S: "1" } }, async (host) => {
      const reply = await http(host, { headers: JSON_HEADERS, body: initialize });
      const message = String(reply.messages[0]?.error?.message);
      assert.match(message, /did not answer initialize within 1 s/);
      assert.match(message, /Welcome to the garbage server/);
      assert.equal(((await status(host)).error as { code: string }).code, "handshake_timeout");
      const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
      assert(logs.events.some((event) => event.data?.includes('"stdout"') && event.data.includes("Welcome")));
    }));

  test("noise on standard output is tolerated and logged", () =>
    withHost({ mode: "noisy" }, async (host) => {
      const client = await Client.open(host);
      for (const line of [
        "plain words",
        "{",
        "[]",
        "{}",
        '{"jsonrpc":"2.0","id":424242,"result":{}}',
        "null",
        "\u0000\u001b[31m",
      ]) {
        assert.equal(textOf(await client.call("raw", { line })), "written");
      }
      const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
      assert(logs.text.includes("this is not JSON"));
      assert(logs.text.includes("plain words"));
    }));

  test("a server's refusal of initialize reaches the client unchanged", () =>
    withHost({}, async (host) => {
      const client = await Client.open(host, { version: "2025-06-18" });
      const unknown = await client.request("no/such/method");
      assert.equal(unknown.error?.code, -32601);
    }));

  test("a server that agrees to an older version gets that version's rules", () =>
    withHost({ mode: "old" }, async (host) => {
      const client = await Client.open(host, { version: "2025-11-25" });
      assert.equal(client.initializeResult.protocolVersion, "2024-11-05");
      const stream = client.stream("echo", { message: "no priming event" });
      await stream.untilEnd();
      assert.equal(stream.events.length, 1);
    }));

  test("idle sessions end, and sessions with an open stream stay", () =>
    withHost({ env: { MCP_IDLE_SESSION_S: "2" } }, async (host) => {
      const listening = await Client.open(host);
      const stream = listening.listen();
      await stream.opened;
      const idle = await Client.open(host);
      await eventually(
        "the idle session gone",
        async () => ((await status(host)).sessions as { count: number }).count === 1,
      );
      assert.equal((await idle.post({ jsonrpc: "2.0", id: 1, method: "ping" })).status, 404);
      assert.equal(stream.ended, false);
      assert.equal(textOf(await listening.call("echo", { message: "here" })), "here");
      stream.drop();
    }));
});

describe("stopping", () => {
  test("SIGTERM drains calls in flight, ends streams and processes with their grandchildren, and exits 0", async () => {
    const host = await startHost({ mode: "stubborn" });
    const client = await Client.open(host);
    const server = (await serverOf(host)).pid;
    const grandchild = Number(textOf(await client.call("spawn")));
    assert(server !== null && isAlive(server) && isAlive(grandchild));
    const listening = client.listen();
    await listening.opened;
    const slow = client.stream("slow", { ms: 300 });
    await slow.opened;
    host.process.kill("SIGTERM");
    await slow.untilEnd();
    assert.equal(textOf(slow.messages.at(-1) ?? { jsonrpc: "2.0" }), "slow");
    await listening.untilEnd();
    const [code] = host.process.exitCode === null ? await once(host.process, "exit") : [host.process.exitCode];
    assert.equal(code, 0);
    assert(!isAlive(server), "the server ignores SIGTERM and is killed");
    await eventually("what it had started is gone too", () => !isAlive(grandchild));
  });

  test("no session's process outlives mcp-host, even if it ignores SIGTERM and the end of its input", async () => {
    const host = await startHost({ mode: "stubborn", env: { MCP_ISOLATION: "session" } });
    const clients = [await Client.open(host), await Client.open(host)];
    const pids = await Promise.all(
      clients.map(async (client) => JSON.parse(textOf(await client.call("env"))).pid as number),
    );
    await host.close();
    assert.deepEqual(pids.filter(isAlive), []);
  });

  test("--exit-with-stdin stops everything at the end of standard input", async () => {
    const host = await startHost({ flags: ["--exit-with-stdin"] });
    const { pid } = await serverOf(host);
    host.process.stdin?.end();
    const [code] = (await once(host.process, "exit")) as [number];
    assert.equal(code, 0);
    assert(pid !== null && !isAlive(pid));
  });

  test("mcp-host without --exit-with-stdin survives the end of standard input", async () => {
    const host = await startHost();
    host.process.stdin?.end();
    const client = await Client.open(host);
    assert.equal(textOf(await client.call("echo", { message: "still" })), "still");
    await host.close();
  });

  test("a crashed server's child processes end with it", async () => {
    const host = await startHost();
    const client = await Client.open(host);
    const grandchild = Number(textOf(await client.call("spawn")));
    await client.call("crash");
    await eventually("the grandchild gone", () => !isAlive(grandchild));
    await host.close();
  });
});
