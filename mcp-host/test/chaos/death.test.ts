import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../testing/client.ts";
import { eventually } from "../testing/eventually.ts";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { status } from "../testing/http.ts";
import { type Rpc, textOf } from "../testing/rpc.ts";
import { LegacyCaller } from "./caller.ts";

const KILLS = 3;
const SESSIONS = 8;

/** The server process that runs now and has not been seen before; null while there is none. */
async function freshServer(host: TestHost, seen: Set<number>): Promise<number | null> {
  const { server } = (await status(host)) as { server: { state: string; pid: number | null } };
  return server.state === "running" && server.pid !== null && !seen.has(server.pid) ? server.pid : null;
}

test("every call under load gets an answer when the server is killed, and the sessions go on", async (t) => {
  const host = await startHost({ env: { MCP_RESTART_PAUSE_MS: "10" } });
  t.after(() => host.close());
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => Client.open(host)));
  let stopped = false;
  t.after(() => {
    stopped = true;
  });
  const outcomes = { answered: 0, failed: 0, cut: 0 };
  // The quick ones may all have been answered at the moment of the kill; this one never is.
  const waiting = new LegacyCaller(await Client.open(host), () => {}, "");
  const cut = async () => {
    for (let id = 0; !stopped; id++) {
      const { error } = await waiting.call({ id, name: "slow", args: { ms: 600_000 } });
      assert.equal(error?.code, -32603);
      outcomes.cut++;
    }
  };
  // The last of its calls ends with the host.
  cut().catch(() => {});

  const load = clients.map(async (client, index) => {
    const caller = new LegacyCaller(client, () => {}, "");
    for (let id = 0; !stopped; id++) {
      const message = `${index}-${id}`;
      // Every third takes a while, so that most are cut off.
      const slow = id % 3 === 0;
      const response = await caller.call(
        slow ? { id, name: "slow", args: { ms: 20 } } : { id, name: "echo", args: { message } },
      );
      if (response.error === undefined) {
        assert.equal(textOf(response), slow ? "slow" : message);
        outcomes.answered++;
      } else {
        assert.equal(response.error.code, -32603, JSON.stringify(response));
        outcomes.failed++;
      }
    }
  });

  const killed = new Set<number>();
  for (let count = 1; count <= KILLS; count++) {
    const pid = await eventually("a server runs", () => freshServer(host, killed));
    const { answered, cut } = outcomes;
    await eventually("calls are answered", () => outcomes.answered > answered + 4 * SESSIONS);
    process.kill(pid, "SIGKILL");
    killed.add(pid);
    await eventually("the call in flight is told", () => outcomes.cut > cut);
  }
  const { answered } = outcomes;
  await eventually("calls are answered again", () => outcomes.answered > answered + SESSIONS);
  stopped = true;
  await Promise.all(load);

  for (const [index, client] of clients.entries()) {
    assert.equal(textOf(await client.call("echo", { message: `still ${index}` })), `still ${index}`);
  }
  const after = (await status(host)) as { server: { restarts: number }; sessions: { count: number } };
  assert.equal(after.server.restarts, KILLS);
  assert.equal(after.sessions.count, SESSIONS + 1);
});

test("sessions and server stay usable after clients vanish in mid-stream", async (t) => {
  const host = await startHost();
  t.after(() => host.close());
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => Client.open(host)));
  const streams = clients.flatMap((client) =>
    Array.from({ length: 4 }, () => client.stream("progress", { steps: 200, ms: 5 }, { meta: { progressToken: "p" } })),
  );
  for (const stream of streams) {
    await stream.until((message: Rpc) => message.method === "notifications/progress");
    stream.drop();
  }
  for (const client of clients) {
    assert.equal(textOf(await client.call("echo", { message: "here" })), "here");
  }
  const { server } = (await status(host)) as { server: { restarts: number } };
  assert.equal(server.restarts, 0);
});
