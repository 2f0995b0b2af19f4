import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_TOKEN_FIELD } from "../crypto/fields.ts";
import { db } from "../db/client.ts";
import { machineTokens } from "../runtime/machine-tokens.ts";
import { digestLists } from "./cached-lists.ts";
import { onDeploymentChange } from "./events.ts";
import { loadSnapshot, refreshLists } from "./load-snapshot.ts";
import { workerState } from "./reconcile/worker-state.ts";
import { callTool } from "./testing/call-tool.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { setUpDeployments } from "./testing/set-up.ts";
import { waitFor, waitForStatus } from "./testing/settings.ts";

// The worker does not run: its probes, and changes that it hears of, would be announced too.
const { userId } = await setUpDeployments();

test("the handshake keeps every page of every list, and an unreadable list does not count as empty", async () => {
  const { id } = await deployFixture(userId, "lists");
  const before = await loadSnapshot(id);
  assert.equal(before?.cached, null);
  assert.equal(before?.listsDigest, null);
  await waitForStatus(userId, id, "live");

  const connection = await loadSnapshot(id);
  const cached = connection?.cached;
  assert.equal(cached?.handshake.serverInfo.name, "fixture");
  assert.deepEqual(Object.keys(cached?.handshake.capabilities ?? {}), ["tools", "prompts", "resources"]);
  assert.deepEqual(
    cached?.tools.map(({ name }) => name),
    ["report", "second"],
  );
  assert.deepEqual(cached?.prompts, [{ name: "one", extra: { a: 2, b: 1 } }, { name: "two" }]);
  assert.deepEqual(cached?.resources, [{ uri: "fixture://one", name: "one" }]);
  // The server declares resources and answers this list with an error.
  assert.equal(cached?.resourceTemplates, null);
  assert.match(connection?.listsDigest ?? "", /^[0-9a-f]{64}$/);
});

test("a flawed server goes live with its valid parts, and the rest becomes warnings", async () => {
  const { id } = await deployFixture(userId, "flawed");
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.equal(view.status, "live", JSON.stringify(view.error));
  assert.deepEqual(view.server, { name: "fixture", version: "", protocolVersion: "2025-11-25" });
  assert.deepEqual(
    view.tools.map(({ name, inputSchema }) => [name, inputSchema]),
    [
      ["report", { type: "object" }],
      ["second", { type: "object" }],
    ],
  );
  assert.deepEqual(view.warnings, [
    "The server does not say its version (serverInfo.version).",
    "The server's instructions are not a text and were left out.",
    "The answer to tools/list lists entries that are not objects. They were left out.",
    "The answer to tools/list has no tools. It counts as an empty list.",
    "The pages of tools/list repeat. The list ends where they begin to.",
    "The tool report has no input schema. It is listed as a tool without arguments.",
    "The server lists a tool without a name, which was left out.",
    "The answer to prompts/list lists entries that are not objects. They were left out.",
    "The answer to resources/list has no resources. It counts as an empty list.",
  ]);
  const cached = (await loadSnapshot(id))?.cached;
  assert.deepEqual([cached?.prompts, cached?.resources, cached?.resourceTemplates], [[{ name: "one" }], [], null]);
  assert.equal(cached?.handshake.serverInfo.version, "");
});

test("an endless list ends where its cursor repeats", async () => {
  const { id } = await deployFixture(userId, "endless");
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.deepEqual([view.status, view.tools], ["live", []]);
  assert.deepEqual(view.warnings, ["The pages of tools/list repeat. The list ends where they begin to."]);
});

test("a server without a capability has no list for it", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  const cached = (await loadSnapshot(id))?.cached;
  assert.deepEqual([cached?.prompts, cached?.resources, cached?.resourceTemplates], [[], [], []]);
});

test("a changed list is stored and announced with a new digest; an unchanged one is not", async () => {
  const { id } = await deployFixture(userId, "lists");
  await waitForStatus(userId, id, "live");
  await waitFor("its steps have told of it", async () => !workerState().runs.has(id));
  const before = await loadSnapshot(id);
  const changes: string[] = [];
  const unsubscribe = onDeploymentChange((changed) => changes.push(changed));
  await refreshLists(id);
  assert.deepEqual(changes, []);
  await callTool(id, "second");
  await refreshLists(id);
  unsubscribe();
  assert.deepEqual(changes, [id]);
  const after = await loadSnapshot(id);
  assert.deepEqual(
    after?.cached?.tools.map(({ name }) => name),
    ["report", "second", "third"],
  );
  assert.notEqual(after?.listsDigest, before?.listsDigest);
  await db().deployment.update({ where: { id }, data: { status: "sleeping" } });
  await refreshLists(id);
  assert.equal((await loadSnapshot(id))?.status, "live", "it has just answered");
  await refreshLists("0199d7a4-0000-7000-8000-00000000dead");
});

test("the digest does not depend on the order of an object's members", () => {
  const lists = { prompts: [], resources: null, resourceTemplates: [] };
  const handshake = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "a", version: "1" } };
  const digest = (tool: Record<string, unknown>) => digestLists({ handshake, tools: [tool], ...lists });
  assert.equal(digest({ name: "a", schema: { b: 1, a: [2] } }), digest({ schema: { a: [2], b: 1 }, name: "a" }));
  assert.notEqual(digest({ name: "a" }), digest({ name: "b" }));
});

test("a machine's token is encrypted for its deployment and removed with it", async () => {
  const { id } = await deployFixture(userId, "works");
  assert.equal(await machineTokens.load(id), null);
  await machineTokens.save(id, "FlyV1 fm2_secret");
  const row = await db().deployment.findUniqueOrThrow({ where: { id } });
  assert.ok(!row.machineTokenCiphertext?.includes("fm2_secret"));
  assert.equal(await machineTokens.load(id), "FlyV1 fm2_secret");
  const other = await deployFixture(userId, "works");
  await db().deployment.update({
    where: { id: other.id },
    data: { machineTokenCiphertext: row.machineTokenCiphertext },
  });
  await assert.rejects(machineTokens.load(other.id), `${MACHINE_TOKEN_FIELD} of one deployment opens for another`);
  await machineTokens.save(id, null);
  assert.equal(await machineTokens.load(id), null);
  await machineTokens.save("0199d7a4-0000-7000-8000-00000000dead", "token");
});
