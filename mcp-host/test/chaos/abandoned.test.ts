import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Client } from "../testing/client.ts";
import { eventually } from "../testing/eventually.ts";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { http, JSON_HEADERS, status } from "../testing/http.ts";
import { textOf } from "../testing/rpc.ts";

// Sessions that are opened and left behind, never to be heard of again.

const AT_ONCE = 8;
/** As much of a server as a session takes, in a process that costs next to nothing: it answers `initialize`, then reads on. */
const TINY_SERVER = `read -r line
printf '%s\\n' '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"tiny","version":"1"}}}'
while read -r line; do :; done`;
const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});

/** The processes that mcp-host has as children. */
function childrenOf(pid: number): number {
  return readdirSync("/proc").filter((name) => {
    try {
      return (
        /^\d+$/.test(name) && Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "latin1"))?.[1]) === pid
      );
    } catch {
      return false;
    }
  }).length;
}

const sessionsOf = async (host: TestHost) => ((await status(host)).sessions as { count: number }).count;

/** Opens sessions and leaves each behind; one that there is no room for comes again until there is. */
async function openAndLeave(host: TestHost, sessions: number): Promise<{ refused: number; most: number }> {
  let left = sessions;
  let refused = 0;
  let most = 0;
  const open = async () => {
    while (left > 0) {
      left--;
      const session = await eventually("room for a session", async () => {
        const reply = await http(host, { headers: JSON_HEADERS, body: initialize });
        if (reply.status === 200) return reply.headers["mcp-session-id"];
        assert.equal(reply.status, 503, reply.text);
        assert.match(String(reply.headers["retry-after"]), /^\d+$/);
        refused++;
        return null;
      });
      assert(session);
      if (left % 100 === 0) most = Math.max(most, await sessionsOf(host));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, open));
  return { refused, most };
}

test("two thousand abandoned sessions of one process leave nothing", async (t) => {
  const host = await startHost({ env: { MCP_IDLE_SESSION_S: "1", MCP_MAX_SESSIONS: "1000" } });
  t.after(() => host.close());
  const { most } = await openAndLeave(host, 2_000);
  assert(most <= 1_000, `${most} sessions at once`);
  await eventually("no session left", async () => (await sessionsOf(host)) === 0);
  const { servers } = (await status(host)) as { servers: { restarts: number }[] };
  assert.deepEqual(
    servers.map((server) => server.restarts),
    [0],
  );
  const client = await Client.open(host);
  assert.equal(textOf(await client.call("echo", { message: "fresh" })), "fresh");
});

test("two thousand abandoned sessions with a process each leave neither session nor process", async (t) => {
  const host = await startHost({
    command: ["/bin/sh", "-c", TINY_SERVER],
    env: { MCP_ISOLATION: "session", MCP_IDLE_SESSION_S: "1", MCP_MAX_SESSIONS: "200" },
  });
  t.after(() => host.close());
  const { most } = await openAndLeave(host, 2_000);
  assert(most <= 200, `${most} sessions at once`);
  await eventually("no session left", async () => (await sessionsOf(host)) === 0);
  const { pid } = host.process;
  assert(pid !== undefined);
  await eventually("no process but the one for the next session", () => childrenOf(pid) <= 1);
  assert.equal((await http(host, { headers: JSON_HEADERS, body: initialize })).status, 200);
});
