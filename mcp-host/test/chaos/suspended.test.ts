import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../testing/client.ts";
import { eventually } from "../testing/eventually.ts";
import { startHost } from "../testing/host-process.ts";
import { http, JSON_HEADERS, status } from "../testing/http.ts";
import { ModernClient } from "../testing/modern-client.ts";
import { textOf } from "../testing/rpc.ts";

// A machine that is suspended for days and wakes up: its processes stand still meanwhile, and its wall clock jumps.

const DAY_MS = 86_400_000;
const authorization = "Bearer a-token-that-outlives-the-process";
/** Moves mcp-host's wall clock: ten days on with one signal, forty back with the other. */
const jumpingClock = `
  const now = Date.now;
  let jumpMs = 0;
  Date.now = () => now() + jumpMs;
  process.on("SIGUSR2", () => { jumpMs += ${10 * DAY_MS}; console.error("jumped"); });
  process.on("SIGWINCH", () => { jumpMs -= ${40 * DAY_MS}; console.error("jumped"); });`;

test("sessions, calls and server-initiated requests go on when a suspended machine resumes, despite clock jumps", async (t) => {
  const host = await startHost({
    nodeOptions: ["--import", `data:text/javascript,${encodeURIComponent(jumpingClock)}`],
    env: { MCP_HOST_TOKEN: authorization.slice(7), MCP_IDLE_SESSION_S: "60", MCP_MAX_SESSION_AGE_S: "86400" },
  });
  t.after(() => host.close());
  let jumps = 0;
  host.process.stderr?.on("data", (chunk: Buffer) => {
    jumps += chunk.toString().split("jumped").length - 1;
  });
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const open = async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    const reply = await http(host, { headers: { ...JSON_HEADERS, authorization }, body });
    assert.equal(reply.status, 200, reply.text);
    const id = String(reply.headers["mcp-session-id"]);
    return Object.assign(Object.create(Client.prototype) as Client, { host, version: "2025-11-25", id });
  };
  const post = (client: Client, name: string, args: object = {}) =>
    client.post({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name, arguments: args } }, { authorization });
  const call = async (client: Client, name: string, args: object = {}) =>
    textOf((await post(client, name, args)).messages.at(-1) ?? { jsonrpc: "2.0" });

  const client = await open();
  const stream = client.listen({ authorization });
  await stream.opened;
  const modern = new ModernClient(host, { capabilities: { elicitation: {} }, headers: { authorization } });
  const question = { method: "elicitation/create", params: { mode: "form", message: "?", requestedSchema: {} } };
  const asked = (await modern.call("ask", question)).result as { requestState: string; inputRequests: object };

  const { servers } = (await status(host, { authorization })) as { servers: { pid: number }[] };
  const pids = [host.process.pid, ...servers.map(({ pid }) => pid)].filter((pid) => pid !== undefined);
  for (const [signal, count] of [
    ["SIGUSR2", 1],
    ["SIGWINCH", 2],
  ] as const) {
    const gate = call(client, "gate", { name: signal });
    await eventually("the call at the server", async () =>
      (await call(client, "seen")).includes(`gate ${signal} waits`),
    );
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    // Requests during the suspension wait in the kernel.
    const meanwhile = call(client, "echo", { message: "while it slept" });
    host.process.kill(signal);
    for (const pid of pids) process.kill(pid, "SIGCONT");
    await eventually("the jump", () => jumps === count);
    assert.equal(await meanwhile, "while it slept");
    await call(client, "open", { name: signal });
    assert.equal(await gate, `passed ${signal}`);
    assert.equal(stream.ended, false);
    const later = await open();
    assert.equal(await call(later, "echo", { message: "new" }), "new");
    assert.equal((await http(host, { method: "DELETE", headers: { ...later.headers, authorization } })).status, 200);
    assert.equal((await post(later, "echo")).status, 404);
  }
  await call(client, "notify", { method: "notifications/tools/list_changed" });
  await stream.until((message) => message.method === "notifications/tools/list_changed");
  stream.drop();

  const inputs = Object.keys(asked.inputRequests).map((key) => [key, { action: "accept", content: {} }]);
  const retry = { requestState: asked.requestState, inputResponses: Object.fromEntries(inputs) as object };
  assert.match(textOf(await modern.call("ask", question, { retry })), /accept/);
  const after = (await status(host, { authorization })) as { servers: { restarts: number }[] };
  for (const server of after.servers) assert.equal(server.restarts, 0);
});
