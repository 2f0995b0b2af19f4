import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { testInput } from "../../analysis/testing/input.ts";
import { makeOwner } from "../../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../../auth/testing/setting.ts";
import type { SessionUser } from "../../auth/user.ts";
import { encrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { rotateKeys } from "../../crypto/rotate.ts";
import { db } from "../../db/client.ts";
import { loadPayloadRedactor } from "../../deployments/calls/payload-redactor.ts";
import { loadSnapshot } from "../../deployments/load-snapshot.ts";
import { getCallPayload, listCalls, setPayloadRecording } from "../../deployments/service.ts";
import { env } from "../../env/env.ts";
import { startGateway, type TestGateway } from "../testing/gateway.ts";
import { createClientHeaders, send } from "../testing/http.ts";
import { type FakeMachine, sendJson, startEvents, startFakeMachine } from "../testing/machine.ts";
import { CallQueue, type CallRecord } from "./call-queue.ts";
import { createCallStore } from "./call-store.ts";

const SECRET = "s3cret-of-the-server/+=";

let close: () => Promise<void>;
let owner: SessionUser;
let machine: FakeMachine;
let gateway: TestGateway;

const store = createCallStore({ db, keep: async () => 1_000, loadRedactor: loadPayloadRedactor });

before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
  machine = await startFakeMachine();
  gateway = await startGateway({ store });
});

after(async () => {
  await gateway.close();
  await machine.close();
  await db().$disconnect();
  await close();
});

/** A deployment in the database and at the gateway, with a secret of its own. */
async function createDeployment(isRecording: boolean) {
  const spec = {
    server: { name: "x", description: "", runtime: "npm", package: "x", version: "1.0.0", args: [] },
    inputs: [testInput("API_TOKEN", { secret: true })],
    alternatives: [],
  };
  const data = { ownerId: owner.id, name: "test", source: "npm:x", spec: { ...spec }, runtime: "local" };
  const { id } = await db().deployment.create({ data: JSON.parse(JSON.stringify(data)) });
  await db().deployment.update({
    where: { id },
    data: { hostTokenCiphertext: encrypt("host-token", { scope: id, field: HOST_TOKEN_FIELD }) },
  });
  const ciphertext = encrypt(SECRET, { scope: id, field: "API_TOKEN" });
  await db().credential.create({ data: { deploymentId: id, key: "API_TOKEN", ciphertext } });
  if (isRecording) await setPayloadRecording(owner.id, id, true);
  const recordsPayloads = (await loadSnapshot(id))?.recordsPayloads ?? false;
  const { key, deployment } = gateway.source.add(machine.url, { deploymentId: id, recordsPayloads });
  // The gateway of the test finds deployments by the id that it made up.
  gateway.source.deployments.set(id, deployment);
  gateway.source.endpoints.set(id, machine.url);
  return { id, key };
}

async function call({ id, key }: { id: string; key: string }, params: unknown, method = "tools/call") {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await send(gateway.endpoint(id), { headers: createClientHeaders(key), body });
  await answer.text();
  await gateway.records();
  return (await listCalls(owner.id, id)).calls;
}

async function dump(): Promise<string> {
  return JSON.stringify([await db().callRecord.findMany(), await db().callPayload.findMany()]);
}

const echo: FakeMachine["onRequest"] = async ({ response, body }) => {
  const { params } = JSON.parse((await body()).toString("utf8")) as { params: unknown };
  sendJson(response, { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: JSON.stringify(params) }] } });
};

test("arguments and results are not stored unless the owner turns that on", async () => {
  machine.onRequest = echo;
  const deployment = await createDeployment(false);
  const [recorded] = await call(deployment, { name: "echo", arguments: { text: "private-argument" } });
  assert.equal(recorded?.hasPayload, false);
  assert.doesNotMatch(await dump(), /private-argument/);
  await assert.rejects(getCallPayload(owner.id, deployment.id, recorded?.id ?? ""), { code: "not_found" });
});

test("turned on, they are stored encrypted, without the server's own secrets in any form", async () => {
  machine.onRequest = echo;
  const deployment = await createDeployment(true);
  const basic = Buffer.from(`user:${SECRET}`).toString("base64");
  const args = { text: "private-argument", url: `https://x/?k=${encodeURIComponent(SECRET)}`, basic, plain: SECRET };
  const [recorded] = await call(deployment, { name: "echo", arguments: args });
  assert.equal(recorded?.hasPayload, true);
  assert.doesNotMatch(await dump(), /private-argument|s3cret/);
  const payload = await getCallPayload(owner.id, deployment.id, recorded.id);
  assert.equal(payload.isCut, false);
  for (const text of [payload.request, payload.response]) {
    assert.match(text, /private-argument/);
    assert.match(text, /\[redacted\]/);
    for (const form of [SECRET, encodeURIComponent(SECRET), basic]) assert(!text.includes(form), form);
  }
  await assert.rejects(getCallPayload(randomUUID(), deployment.id, recorded.id), { code: "not_found" });
});

test("an event stream is recorded too; the protocol's own messages are not", async () => {
  machine.onRequest = ({ response }) => {
    startEvents(response);
    response.end('data: {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"streamed"}]}}\n\n');
  };
  const deployment = await createDeployment(true);
  const [streamed] = await call(deployment, { name: "stream" });
  assert.match((await getCallPayload(owner.id, deployment.id, streamed?.id ?? "")).response, /streamed/);
  machine.onRequest = echo;
  const [list] = await call(deployment, {}, "tools/list");
  assert.equal(list?.hasPayload, false);
});

test("a long payload is cut, and no part of a secret is left at the cut", async () => {
  machine.onRequest = ({ response }) =>
    sendJson(response, { jsonrpc: "2.0", id: 1, result: { text: "y".repeat(40_000) } });
  const deployment = await createDeployment(true);
  // The secret lies across the sixteenth kilobyte.
  const head = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":"';
  const filler = "x".repeat(16 * 1024 - head.length - 10);
  const [recorded] = await call(deployment, { name: "x", arguments: { a: `${filler}${SECRET}` } });
  const payload = await getCallPayload(owner.id, deployment.id, recorded?.id ?? "");
  assert.equal(payload.isCut, true);
  assert.doesNotMatch(payload.request, /s3/);
  assert(payload.request.length > 15_000 && payload.request.length <= 16 * 1024);
  assert(payload.response.length <= 16 * 1024);
});

test("turning it off deletes what was recorded, and nothing more is", async () => {
  machine.onRequest = echo;
  const deployment = await createDeployment(true);
  await call(deployment, { name: "echo" });
  await setPayloadRecording(owner.id, deployment.id, false);
  // Another instance may not know of it yet.
  const calls = await call(deployment, { name: "echo" });
  assert.deepEqual(
    calls.map(({ hasPayload }) => hasPayload),
    [false, false],
  );
});

test("a deployment whose secrets do not open keeps no payload, but its records", async () => {
  machine.onRequest = echo;
  const deployment = await createDeployment(true);
  const lost = { scope: randomUUID(), field: "API_TOKEN" };
  await db().credential.updateMany({
    where: { deploymentId: deployment.id },
    data: { ciphertext: encrypt("x", lost) },
  });
  const [recorded] = await call(deployment, { name: "echo", arguments: { text: SECRET } });
  assert.equal(recorded?.hasPayload, false);
});

test("rotating the encryption key takes payloads along", async () => {
  machine.onRequest = echo;
  const deployment = await createDeployment(true);
  const [recorded] = await call(deployment, { name: "echo", arguments: { text: "kept" } });
  const before = await db().callPayload.findUniqueOrThrow({ where: { callId: recorded?.id ?? "" } });
  setVariables({ ENCRYPTION_KEY: `${randomBytes(32).toString("base64")},${env().ENCRYPTION_KEY}` });
  Reflect.deleteProperty(globalThis, Symbol.for("catwalk.cipher"));
  const { unopened } = await rotateKeys();
  assert(!unopened.some((name) => name.includes(recorded?.id ?? "")), unopened.join("\n"));
  const after = await db().callPayload.findUniqueOrThrow({ where: { callId: recorded?.id ?? "" } });
  assert.notEqual(after.requestCiphertext.split(".")[1], before.requestCiphertext.split(".")[1]);
  assert.match((await getCallPayload(owner.id, deployment.id, recorded?.id ?? "")).request, /kept/);
});

test("payloads that wait for the database are bounded: records beyond it are kept without theirs", async () => {
  const written: CallRecord[] = [];
  const queue = new CallQueue({
    store: { write: async (records) => void written.push(...records) },
    maxPayloadCharacters: 10_000,
    intervalMs: 3_600_000,
  });
  const payload = {
    request: "x".repeat(3_000),
    response: "y".repeat(1_000),
    isRequestCut: false,
    isResponseCut: false,
  };
  const record = { deploymentId: "x", accessKeyId: null, connectedClientId: null, at: new Date(), target: null };
  const rest = { httpStatus: 200, errorCode: null, durationMs: 1, requestBytes: 1, responseBytes: 1, client: null };
  const add = () =>
    queue.add({ ...record, ...rest, id: randomUUID(), method: "tools/call", usedMachine: true, payload });
  for (let count = 0; count < 5; count++) add();
  await queue.flush();
  assert.equal(written.filter((item) => item.payload !== undefined).length, 2);
  assert.equal(written.length, 5);
  // What was written makes room.
  add();
  await queue.flush();
  assert.equal(written.at(-1)?.payload, payload);
});
