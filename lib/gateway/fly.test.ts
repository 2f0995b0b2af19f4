import assert from "node:assert/strict";
import { test } from "node:test";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { db } from "../db/client.ts";
import { loadSnapshot } from "../deployments/load-snapshot.ts";
import { createAccessKey } from "../deployments/service.ts";
import { deployLiveFixture } from "../deployments/testing/fixtures.ts";
import { setUpFlyDeployments } from "../deployments/testing/set-up.ts";
import { waitFor } from "../deployments/testing/settings.ts";
import { answerMcpRequest, flushCalls, getGatewayParts } from "./service.ts";
import { type Listening, mount } from "./testing/http.ts";

// The gateway over deployments on a played Fly: its proxy wakes machines, its loop puts them to sleep.

let server: Listening;
const { userId, fly } = await setUpFlyDeployments({
  timeScale: 0.05,
  worker: { tickMs: 200 },
  onEnd: async () => {
    getGatewayParts().gateway.close();
    await server.close();
  },
});
server = await mount(answerMcpRequest);

/** A deployment that is live, and whose machine sleeps. */
async function asleep() {
  const id = await deployLiveFixture(userId);
  const { key } = await createAccessKey(userId, id, "test");
  const { machine } = (await loadSnapshot(id)) ?? {};
  const app = String(machine?.app);
  const machineOf = () => fly.machines(app)[0];
  const machineId = machineOf()?.id ?? "";
  await waitFor("nobody uses it", async () => machineOf()?.load === 0);
  fly.autostopNow();
  await fly.until(app, machineId, "suspended");
  fly.forget();
  const url = new URL(`${server.url}/api/mcp/${id}`);
  return { id, app, machineId, url, requestInit: { headers: { authorization: `Bearer ${key}` } } };
}

test("a client connects and lists without waking the machine; its first call in the same session wakes it", async () => {
  const { id, app, machineId, url, requestInit } = await asleep();
  const transport = new StreamableHTTPClientTransport(url, { requestInit });
  const client = new Client({ name: "fly-test", version: "1" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert(tools.length > 0);
  assert.deepEqual(fly.publicRequests, []);
  assert.equal(fly.machines(app)[0]?.state, "suspended");
  await flushCalls();
  assert.equal((await db().deployment.findUniqueOrThrow({ where: { id } })).lastCallAt, null);

  const session = transport.sessionId;
  const { isError } = await client.callTool({ name: tools[0]?.name ?? "", arguments: {} });
  assert(!isError);
  assert.equal(transport.sessionId, session);
  assert.equal(fly.machines(app)[0]?.state, "started");
  assert.equal(fly.publicRequests.filter(({ woke }) => woke).length, 1);
  await client.close();
  await waitFor("the call is kept", async () => {
    await flushCalls();
    return (await db().deployment.findUniqueOrThrow({ where: { id } })).lastCallAt !== null;
  });
  assert.deepEqual(fly.violations, []);
  assert.equal(fly.machines(app)[0]?.id, machineId);
});

test("a modern client connects without waking the machine, even if the machine then restarts", async () => {
  const { app, machineId, url, requestInit } = await asleep();
  await fly.loseSnapshot(app, machineId);
  const transport = new ModernTransport(url, { requestInit });
  const client = new ModernClient({ name: "fly-test", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.deepEqual(fly.publicRequests, []);
  const { isError } = await client.callTool({ name: tools[0]?.name ?? "", arguments: {} });
  assert(!isError);
  assert.equal(fly.machines(app)[0]?.state, "started");
  await client.close();
  assert.deepEqual(fly.violations, []);
});
