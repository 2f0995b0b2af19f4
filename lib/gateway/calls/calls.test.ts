import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createClient } from "../../db/client.ts";
import type { PrismaClient } from "../../db/generated/client.ts";
import { createTestDatabase, type TestDatabase } from "../../db/testing/database.ts";
import { startGateway } from "../testing/gateway.ts";
import { createClientHeaders, eventually, send } from "../testing/http.ts";
import { answerEmpty, sendJson, startEvents, startFakeMachine } from "../testing/machine.ts";
import { CallQueue, type CallRecord, toRecordText } from "./call-queue.ts";
import { createCallStore } from "./call-store.ts";

let database: TestDatabase;
let db: PrismaClient;

before(async () => {
  database = await createTestDatabase();
  db = createClient(database.url);
});

after(async () => {
  await db.$disconnect();
  await database.drop();
});

async function newDeployment() {
  const owner = await db.user.create({ data: { email: `${randomUUID()}@example.com` } });
  const deployment = await db.deployment.create({
    data: { ownerId: owner.id, name: "test", source: "npm:x", spec: {}, runtime: "local" },
  });
  const key = await db.accessKey.create({
    data: { deploymentId: deployment.id, userId: owner.id, name: "key", keyHash: randomUUID(), prefix: "cwk_" },
  });
  return { id: deployment.id, keyId: key.id, owner: owner.email };
}

const keep = async () => 1_000;

function record(deploymentId: string, change: Partial<CallRecord> = {}): CallRecord {
  return {
    id: randomUUID(),
    deploymentId,
    accessKeyId: null,
    connectedClientId: null,
    at: new Date(),
    method: "tools/call",
    target: "echo",
    httpStatus: 200,
    errorCode: null,
    durationMs: 12,
    requestBytes: 100,
    responseBytes: 200,
    client: "test 1",
    usedMachine: true,
    ...change,
  };
}

test("records and times of last use reach the database even if one deployment was deleted meanwhile", async () => {
  const store = createCallStore({ db: () => db, keep, touchEveryMs: 1 });
  const { id, keyId, owner } = await newDeployment();
  const at = new Date("2026-03-01T10:00:00.123Z");
  const first = record(id, { accessKeyId: keyId, at, errorCode: -32601, client: `"quotes" and 🐈` });
  const records = [first, record(randomUUID()), record(id, { accessKeyId: randomUUID(), target: null, client: null })];
  await store.write(records);
  await store.write(records);
  const rows = await db.callRecord.findMany({ where: { deploymentId: id }, orderBy: { at: "asc" } });
  assert.equal(rows.length, 2);
  const { usedMachine: _, ...kept } = first;
  assert.deepEqual(rows[0], {
    ...kept,
    isToolError: false,
    credentialKind: "access-key",
    credentialName: "key",
    person: owner,
  });
  assert.equal(rows[1]?.accessKeyId, null);
  await eventually(async () => {
    const key = await db.accessKey.findUniqueOrThrow({ where: { id: keyId } });
    return key.lastUsedAt?.getTime() === at.getTime();
  }, "the key's last use");
  await eventually(async () => {
    const deployment = await db.deployment.findUniqueOrThrow({ where: { id } });
    return deployment.lastCallAt !== null && deployment.lastCallAt > at;
  }, "the deployment's last call");
});

test("a refused call counts as use of its key, not of the machine", async () => {
  const store = createCallStore({ db: () => db, keep, touchEveryMs: 1 });
  const { id, keyId } = await newDeployment();
  await store.write([record(id, { accessKeyId: keyId, method: "tools/list", usedMachine: false })]);
  await eventually(async () => {
    const key = await db.accessKey.findUniqueOrThrow({ where: { id: keyId } });
    return key.lastUsedAt !== null;
  }, "the key's last use");
  assert.equal((await db.deployment.findUniqueOrThrow({ where: { id } })).lastCallAt, null);
  assert.equal(await db.callRecord.count({ where: { deploymentId: id } }), 1);
});

test("a process writes pending records before it ends", async () => {
  const store = createCallStore({ db: () => db, keep, touchEveryMs: 3_600_000 });
  const queue = new CallQueue({ store, intervalMs: 3_600_000 });
  const { id, keyId } = await newDeployment();
  queue.add(record(id, { accessKeyId: keyId }));
  await queue.flushAll();
  assert.equal(await db.callRecord.count({ where: { deploymentId: id } }), 1);
  assert.notEqual((await db.deployment.findUniqueOrThrow({ where: { id } })).lastCallAt, null);
  assert.notEqual((await db.accessKey.findUniqueOrThrow({ where: { id: keyId } })).lastUsedAt, null);
});

test("old records of a deployment are removed, and those of others stay", async () => {
  const store = createCallStore({ db: () => db, keep: async () => 10 });
  const busy = await newDeployment();
  const quiet = await newDeployment();
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n);
  await store.write([record(quiet.id, { at: at(0) })]);
  for (let n = 0; n < 450; n += 50) {
    await store.write(Array.from({ length: 50 }, (_, m) => record(busy.id, { at: at(n + m) })));
  }
  const rows = await db.callRecord.findMany({ where: { deploymentId: busy.id }, orderBy: { at: "desc" } });
  assert(rows.length >= 10 && rows.length < 220, `${rows.length} are left`);
  assert.deepEqual(rows[0]?.at, at(449));
  assert.equal(await db.callRecord.count({ where: { deploymentId: quiet.id } }), 1);
});

test("records wait while the database is away, newest first up to a bound, and are then written", async () => {
  const written: CallRecord[] = [];
  let away = true;
  const queue = new CallQueue({
    store: {
      async write(records) {
        if (away) throw new Error("away");
        written.push(...records);
      },
    },
    maxQueued: 100,
    maxBatch: 30,
    intervalMs: 1,
  });
  for (let n = 0; n < 250; n++) queue.add(record("x", { durationMs: n }));
  await queue.flush();
  assert(queue.length <= 100);
  assert.equal(written.length, 0);
  away = false;
  await eventually(() => queue.length === 0, "the writing");
  const order = written.map((item) => item.durationMs);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal(new Set(written.map((item) => item.id)).size, written.length);
  assert(order.includes(249) && !order.includes(0));
});

test("a record names the call, its key and its outcome, and holds no content", async () => {
  const machine = await startFakeMachine();
  const gateway = await startGateway();
  const { id, key, deployment } = gateway.source.add(machine.url);
  const call = async (message: unknown, headers: Record<string, string> = {}) => {
    const answer = await send(gateway.endpoint(id), {
      headers: {
        ...createClientHeaders(key),
        "user-agent": "agent/9",
        ...headers,
      },
      body: JSON.stringify(message),
    });
    await answer.text();
    return (await gateway.records()).at(-1);
  };
  machine.onRequest = async (received) => {
    received.response.setHeader("mcp-session-id", "session-of-claude");
    await answerEmpty(received);
  };
  const clientInfo = { name: "Claude\u0000\u001b[31m", version: "4.2" };
  const hello = await call({ jsonrpc: "2.0", id: 1, method: "initialize", params: { capabilities: {}, clientInfo } });
  assert.equal(hello?.method, "initialize");
  assert.equal(hello?.client, "Claude[31m 4.2");
  assert.equal(hello?.accessKeyId, deployment.keys[0]?.id);

  machine.onRequest = ({ response }) => {
    startEvents(response);
    response.write('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"error":{"code":1}}}\n\n');
    response.end('data: {"error":{"code":-32602,"message":"secret-result"},"jsonrpc":"2.0","id":"a"}\n\n');
  };
  const params = { arguments: { token: "secret-argument", name: "not-the-tool" }, name: "send_mail" };
  const failed = await call(
    { params, method: "tools/call", jsonrpc: "2.0", id: "a" },
    { "mcp-session-id": "session-of-claude" },
  );
  assert.equal(failed?.method, "tools/call");
  assert.equal(failed?.target, "send_mail");
  assert.equal(failed?.errorCode, -32602);
  assert.equal(failed?.httpStatus, 200);
  assert.equal(failed?.client, "Claude[31m 4.2");
  assert((failed?.responseBytes ?? 0) > 100);

  machine.onRequest = ({ response }) =>
    sendJson(response, { jsonrpc: "2.0", id: 2, error: { code: -32601, message: "secret" } }, 404);
  const modern = await call({
    jsonrpc: "2.0",
    id: 2,
    method: "resources/read",
    params: { uri: "file:///x", _meta: { "io.modelcontextprotocol/clientInfo": { name: "modern", version: "1" } } },
  });
  assert.equal(modern?.target, "file:///x");
  assert.equal(modern?.errorCode, -32601);
  assert.equal(modern?.httpStatus, 404);
  assert.equal(modern?.client, "modern 1");

  machine.onRequest = ({ response }) =>
    sendJson(response, { jsonrpc: "2.0", id: 3, result: { content: [{ type: "text", text: '"isError":true' }] } });
  assert.equal(
    (await call({ jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "x" } }))?.isToolError,
    false,
  );
  machine.onRequest = ({ response }) =>
    sendJson(response, { jsonrpc: "2.0", id: 4, result: { content: [], isError: true } });
  const broken = await call({ jsonrpc: "2.0", id: 4, method: "tools/call", params: { name: "x" } });
  assert.deepEqual([broken?.isToolError, broken?.errorCode, broken?.httpStatus], [true, null, 200]);
  machine.onRequest = ({ response }) => {
    startEvents(response);
    response.end('data: {"jsonrpc":"2.0","id":6,"result":{"isError":true,"content":[]}}\n\n');
  };
  assert.equal((await call({ jsonrpc: "2.0", id: 6, method: "tools/call", params: { name: "x" } }))?.isToolError, true);

  machine.onRequest = ({ response }) => void response.writeHead(202).end();
  assert.equal(
    (await call({ jsonrpc: "2.0", method: "notifications/initialized" }))?.method,
    "notifications/initialized",
  );
  assert.equal((await call({ jsonrpc: "2.0", id: 5, result: { answer: "secret" } }))?.method, "response");
  assert.equal((await call([{ jsonrpc: "2.0", id: 1, method: "ping" }]))?.method, "batch");
  assert.equal((await call("nonsense"))?.method, "POST");
  assert.equal((await call({ jsonrpc: "2.0", id: 1, method: "x".repeat(10_000) }))?.method.length, 128);
  assert.equal((await call({ jsonrpc: "2.0", id: 1, method: "ping" }))?.client, "agent/9");
  assert.doesNotMatch(JSON.stringify(await gateway.records()), /secret|not-the-tool/);
  await gateway.close();
  await machine.close();
});

test("a record's text is short, well formed and free of control characters", () => {
  assert.equal(toRecordText("a\u0000b\n\tc\u009b", 10), "abc");
  assert.equal(toRecordText("abcdef", 3), "abc");
  assert.equal(toRecordText("🐈", 1), "\ufffd");
  assert.equal(toRecordText(" \u0000 ", 10), null);
  assert.equal(toRecordText(null, 10), null);
});
