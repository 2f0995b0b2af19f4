import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createClient } from "../db/client.ts";
import {
  createAccessKey,
  deleteAccessKey,
  deleteDeployment,
  startDeployment,
  stopDeployment,
} from "../deployments/service.ts";
import { deployLiveFixture } from "../deployments/testing/fixtures.ts";
import { setUpDeployments } from "../deployments/testing/set-up.ts";
import { createTestUser, listProcesses, waitFor } from "../deployments/testing/settings.ts";
import { AppError } from "../errors/app-error.ts";
import { answerMcpRequest, callTool, flushCalls } from "./service.ts";
import { createClientHeaders, type Listening, mount, send } from "./testing/http.ts";
import { startValve, type Valve } from "./testing/valve.ts";

// The gateway over what it has in the app: deployments in PostgreSQL, machines of the local runtime.

let valve: Valve;
let server: Listening;
const { userId, dataDir, databaseUrl } = await setUpDeployments({
  worker: {},
  routeDatabase: async (databaseUrl) => {
    const url = new URL(databaseUrl);
    valve = await startValve(url.hostname, Number(url.port || 5432));
    url.hostname = "127.0.0.1";
    url.port = String(valve.port);
    return { url: url.href, close: () => valve.close() };
  },
  onEnd: async () => {
    valve.open();
    await server.close();
    await direct.$disconnect();
  },
});
const direct = createClient(databaseUrl);
server = await mount(answerMcpRequest);

interface Rpc {
  result?: { content?: { text: string }[] };
  error?: { message: string };
}

/** Deploys the fixture, and connects a client to its connector URL. */
async function live() {
  const id = await deployLiveFixture(userId);
  const { id: keyId, key } = await createAccessKey(userId, id, "test");
  const headers: Record<string, string> = createClientHeaders(key);
  const post = (message: object) =>
    send(`${server.url}/api/mcp/${id}`, { headers, body: JSON.stringify({ jsonrpc: "2.0", ...message }) });
  const initialize = async () => {
    delete headers["mcp-session-id"];
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } };
    const answer = await post({ id: 1, method: "initialize", params });
    if (answer.status === 200) headers["mcp-session-id"] = String(answer.headers["mcp-session-id"]);
    return answer.status;
  };
  const call = async () => {
    const answer = await post({ id: 2, method: "tools/call", params: { name: "report", arguments: {} } });
    return { status: answer.status, body: (await answer.json()) as Rpc };
  };
  assert.equal(await initialize(), 200);
  return { id, keyId, key, initialize, call };
}

test("calls reach a deployment's server and are recorded with their key", async () => {
  const { id, keyId, call } = await live();
  const { status, body } = await call();
  assert.equal(status, 200);
  assert.match(body.result?.content?.[0]?.text ?? "", /"env"/);
  await flushCalls();
  const records = await direct.callRecord.findMany({ where: { deploymentId: id }, orderBy: { at: "asc" } });
  assert.deepEqual(
    records.map((record) => [record.method, record.target, record.httpStatus, record.client, record.accessKeyId]),
    [
      ["initialize", null, 200, "wire 1", keyId],
      ["tools/call", "report", 200, "wire 1", keyId],
    ],
  );
  await waitFor("the times of last use are written", async () => {
    const key = await direct.accessKey.findUnique({ where: { id: keyId } });
    const deployment = await direct.deployment.findUnique({ where: { id } });
    return key?.lastUsedAt && deployment?.lastCallAt;
  });
});

test("a deleted key is refused from the next call on, and a new key works at once", async () => {
  const a = await live();
  const b = await live();
  assert.equal((await a.call()).status, 200);
  await deleteAccessKey(userId, a.id, a.keyId);
  assert.equal((await a.call()).status, 401);
  const crossed = await send(`${server.url}/api/mcp/${a.id}`, {
    headers: { authorization: `Bearer ${b.key}` },
    body: "{}",
  });
  assert.equal(crossed.status, 401);
  assert.equal((await b.call()).status, 200);
});

test("a deployment answers according to its state: stopped, started, deleted", async () => {
  const { id, initialize, call } = await live();
  await stopDeployment(userId, id);
  const stopped = await call();
  assert.equal(stopped.status, 503);
  assert.match(stopped.body.error?.message ?? "", /stopped by its owner/);
  await startDeployment(userId, id);
  // The first calls may find it on its way: they wait for it.
  assert.equal(await initialize(), 200);
  assert.equal((await call()).status, 200);
  await deleteDeployment(userId, id);
  assert.equal((await call()).status, 404);
});

test("the next call starts a machine that died", async () => {
  const { id, initialize, call } = await live();
  for (const pid of await listProcesses(dataDir, id)) process.kill(pid, "SIGKILL");
  const status = await waitFor("a session can be opened again", async () => {
    const answered = await initialize();
    return answered === 200 && answered;
  });
  assert.equal(status, 200);
  assert.equal((await call()).status, 200);
});

test("calls to a deployment in use go on, and are recorded, while PostgreSQL is away or silent", async () => {
  const { id, initialize, call } = await live();
  await flushCalls();
  const recorded = () => direct.callRecord.count({ where: { deploymentId: id, method: "tools/call" } });
  const before = await recorded();
  let calls = 0;
  for (const outage of ["cut", "stall"] as const) {
    valve[outage]();
    for (let n = 0; n < 20; n++) {
      assert.equal((await call()).status, 200, `${outage}, call ${n}`);
      calls++;
    }
    assert.equal(await initialize(), 200);
    const nobody = `${server.url}/api/mcp/${randomUUID()}`;
    const unknown = await send(nobody, { body: "{}" });
    assert.equal(unknown.status, 503);
    assert.match(await unknown.text(), /database_unavailable/);
    valve.open();
    await waitFor("the database is used again", async () => (await send(nobody, { body: "{}" })).status === 404);
  }
  await waitFor("every call is recorded", async () => {
    await flushCalls();
    return (await recorded()) === before + calls;
  });
});

test("the owner's tool trial uses the same machine", async () => {
  const { id } = await live();
  const { response, durationMs } = await callTool(userId, id, "report", {});
  assert.match(JSON.stringify(response.result), /env/);
  assert(durationMs >= 0);
  const stranger = await createTestUser();
  await assert.rejects(
    callTool(stranger, id, "report", {}),
    (error: unknown) => error instanceof AppError && error.code === "not_found",
  );
});
