import assert from "node:assert/strict";
import { test } from "node:test";
import type { Analysis, Server } from "../analysis/spec.ts";
import { testInput } from "../analysis/testing/input.ts";
import { db } from "../db/client.ts";
import type { AppError } from "../errors/app-error.ts";
import { onDeploymentChange } from "./events.ts";
import { loadSnapshot } from "./load-snapshot.ts";
import {
  createAccessKey,
  createDeployment,
  deleteAccessKey,
  deleteDeployment,
  getDeployment,
  listAccessKeys,
  listCalls,
  listDeployments,
  renameDeployment,
  repairDeployment,
  replaceInputs,
  restartDeployment,
  retryDeployment,
  startDeployment,
  stopDeployment,
  streamLogs,
  updateMachineSettings,
} from "./service.ts";
import { setUpDeployments } from "./testing/set-up.ts";
import { createTestAnalysis, createTestUser, sha256 } from "./testing/settings.ts";

// Nothing runs here: what is asked for stays asked for.
const { userId } = await setUpDeployments({ registry: false, worker: "stopping" });

const server = { name: "fixture", package: "@scope/server", version: "1.2.3", args: [] };
const inputs = [testInput("API_TOKEN", { required: true, secret: true }), testInput("COUNT", { type: "number" })];

async function refusal(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => assert.fail("it was not refused"),
    (error: AppError) => error,
  );
}

function countAll(): Promise<number[]> {
  return Promise.all([db().deployment.count(), db().credential.count(), db().deploymentStep.count()]);
}

test("each bad input is named, and nothing is saved", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const before = await countAll();
  const values = { COUNT: "many", UNKNOWN: "x", API_TOKEN: "a\0b" };
  const error = await refusal(createDeployment(userId, { analysisId, inputs: values }));
  assert.equal(error.code, "invalid_inputs");
  assert.equal(error.status, 422);
  assert.deepEqual(Object.keys(error.fields ?? {}).sort(), ["API_TOKEN", "COUNT", "UNKNOWN"]);
  assert.doesNotMatch(JSON.stringify(error.toBody()), /many/);
  assert.deepEqual(await countAll(), before);

  const { id } = await createDeployment(userId, { analysisId, inputs: { API_TOKEN: "first" } });
  const stored = await db().credential.findMany({ where: { deploymentId: id } });
  const generation = await db().deployment.findUniqueOrThrow({ where: { id } });
  const bads: Record<string, string>[] = [{ API_TOKEN: "" }, { COUNT: "many" }, { API_TOKEN: "second", NOBODY: "x" }];
  for (const bad of bads) {
    assert.equal((await refusal(replaceInputs(userId, id, bad))).code, "invalid_inputs");
  }
  assert.deepEqual(await db().credential.findMany({ where: { deploymentId: id } }), stored);
  assert.deepEqual(await db().deployment.findUniqueOrThrow({ where: { id } }), generation);
});

for (const [what, edits, field] of [
  ["a flag as package", { package: "--registry=http://x" }, "server.package"],
  ["a path as package", { package: "../evil" }, "server.package"],
  ["a tarball's URL as package", { package: "https://evil.example/x.tgz" }, "server.package"],
  ["an alias as package", { package: "x@npm:y" }, "server.package"],
  ["a range as version", { version: "^1.0.0" }, "server.version"],
  ["a tag as version", { version: "latest" }, "server.version"],
  ["a file as version", { version: "file:../x" }, "server.version"],
  ["a flag after the version", { version: "1.0.0 --ignore-scripts=false" }, "server.version"],
  ["a marker after a PyPI version", { runtime: "pypi", package: "server", version: "1.0;x" }, "server.version"],
  ["an index for PyPI", { runtime: "pypi", package: "-i" }, "server.package"],
  ["NUL in an argument", { args: ["a\0b"] }, "server.args"],
  ["arguments without measure", { args: Array.from({ length: 100 }, () => "x".repeat(4_000)) }, "server.args"],
] as [string, Partial<Server>, string][]) {
  test(`an edit cannot turn the program into something else: ${what}`, async () => {
    const analysisId = await createTestAnalysis(userId, server);
    const error = await refusal(createDeployment(userId, { analysisId, server: edits, inputs: {} }));
    assert.equal(error.code, "invalid_inputs");
    assert.deepEqual(Object.keys(error.fields ?? {}), [field]);
  });
}

test("valid edits are kept, and variables added by hand become inputs", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const view = await createDeployment(userId, {
    analysisId,
    server: { version: "2.0.0-beta.1", args: ["--verbose", "; rm -rf /"] },
    extraInputs: [
      { key: "BY_HAND", secret: true },
      { key: "COUNT", secret: true },
    ],
    inputs: { API_TOKEN: "x", BY_HAND: "y" },
  });
  assert.equal(view.spec.version, "2.0.0-beta.1");
  assert.deepEqual(view.spec.args, ["--verbose", "; rm -rf /"]);
  assert.deepEqual(
    view.inputs.map(({ key, isSet, value, secret }) => ({ key, isSet, value, secret })),
    [
      { key: "API_TOKEN", isSet: true, value: null, secret: true },
      { key: "COUNT", isSet: false, value: null, secret: false },
      { key: "BY_HAND", isSet: true, value: null, secret: true },
    ],
  );
  const reserved = {
    analysisId,
    extraInputs: [{ key: "NODE_OPTIONS", secret: false }],
    inputs: { API_TOKEN: "x", NODE_OPTIONS: "-r x" },
  };
  assert.deepEqual(Object.keys((await refusal(createDeployment(userId, reserved))).fields ?? {}), ["NODE_OPTIONS"]);
});

for (const [kind, rest, code] of [
  ["source-only", {}, "unsupported_server"],
  ["remote-only", { remoteUrl: "https://mcp.example.com/mcp" }, "unsupported_server"],
  ["not-a-server", {}, "not_an_mcp_server"],
] as [Analysis["kind"], Partial<Analysis>, string][]) {
  test(`a ${kind} source is not deployed unless its package is named by hand`, async () => {
    const analysisId = await createTestAnalysis(userId, { package: null, version: null }, [], { kind, ...rest });
    const error = await refusal(createDeployment(userId, { analysisId, inputs: {} }));
    assert.equal(error.code, code);
    if (rest.remoteUrl) assert.ok(error.message.includes(rest.remoteUrl));
    const byHand = { package: "some-server", version: "1.0.0" };
    const view = await createDeployment(userId, { analysisId, server: byHand, inputs: {} });
    assert.equal(view.spec.package, "some-server");
  });
}

test("a deployment is refused until its warnings are accepted", async () => {
  const warnings = [
    { code: "repository_mismatch", message: "The package names another repository.", mustAccept: true },
    { code: "old", message: "It is old.", mustAccept: false },
  ];
  const analysisId = await createTestAnalysis(userId, server, [], { warnings });
  for (const acceptedWarnings of [undefined, [], ["old"]]) {
    const error = await refusal(createDeployment(userId, { analysisId, inputs: {}, acceptedWarnings }));
    assert.equal(error.code, "warning_not_accepted");
    assert.match(error.hint ?? "", /repository_mismatch/);
  }
  await createDeployment(userId, { analysisId, inputs: {}, acceptedWarnings: ["repository_mismatch"] });
});

test("a stopping machine is shown as live until it has ended, never as sleeping", async () => {
  const owner = await createTestUser();
  const analysisId = await createTestAnalysis(owner, server);
  const { id } = await createDeployment(owner, { analysisId, inputs: {} });
  const show = async (desired: "running" | "stopped") => {
    await db().deployment.update({ where: { id }, data: { status: "live", desired, machine: { deploymentId: id } } });
    const { deployments } = await listDeployments(owner);
    return [(await getDeployment(owner, id)).status, deployments[0]?.status];
  };
  assert.deepEqual(await show("running"), ["sleeping", "sleeping"]);
  assert.deepEqual(await show("stopped"), ["live", "live"]);
});

test("a deployment gets the given name, or the server's own made unique", async () => {
  const owner = await createTestUser();
  const analysisId = await createTestAnalysis(owner, { ...server, name: "Fancy" });
  const named = async (name?: string) => (await createDeployment(owner, { analysisId, name, inputs: {} })).name;
  assert.deepEqual(
    [await named(), await named(), await named("  My\nown "), await named()],
    ["Fancy", "Fancy 2", "My own", "Fancy 3"],
  );
  assert.equal((await refusal(named("x".repeat(101)))).code, "invalid_inputs");
  assert.deepEqual(
    (await listDeployments(owner)).deployments.map(({ name }) => name),
    ["Fancy 3", "My own", "Fancy 2", "Fancy"],
  );
});

test("an access key is shown once, stored as a hash, announced to the gateway and removed when deleted", async () => {
  const analysisId = await createTestAnalysis(userId, server);
  const { id } = await createDeployment(userId, { analysisId, inputs: {} });
  const changes: string[] = [];
  const unsubscribe = onDeploymentChange((changed) => changes.push(changed));
  const made = await createAccessKey(userId, id, "laptop");
  assert.match(made.key, /^cwk_[\w-]{43}$/);
  assert.deepEqual(changes, [id]);
  assert.deepEqual((await loadSnapshot(id))?.keys, [{ id: made.id, hash: sha256(made.key) }]);
  const [listed] = await listAccessKeys(userId, id);
  assert.equal(listed?.name, "laptop");
  assert.ok(made.key.startsWith(listed?.prefix ?? "?"));
  assert.ok(!JSON.stringify(await db().accessKey.findMany()).includes(made.key));
  await deleteAccessKey(userId, id, made.id);
  assert.deepEqual(changes, [id, id]);
  assert.deepEqual((await loadSnapshot(id))?.keys, []);
  assert.equal((await refusal(deleteAccessKey(userId, id, made.id))).code, "not_found");
  unsubscribe();
});

test("a deployment being deleted cannot be changed, and deleting it again succeeds", async () => {
  const analysisId = await createTestAnalysis(userId, server);
  const { id } = await createDeployment(userId, { analysisId, inputs: {} });
  await deleteDeployment(userId, id);
  assert.equal((await getDeployment(userId, id)).status, "deleting");
  const changes = [retryDeployment, restartDeployment, startDeployment, stopDeployment];
  for (const change of changes) assert.equal((await refusal(change(userId, id))).code, "conflict");
  assert.equal((await refusal(replaceInputs(userId, id, {}))).code, "conflict");
  assert.equal((await refusal(createAccessKey(userId, id, "x"))).code, "conflict");
  assert.equal((await deleteDeployment(userId, id)).status, "deleting");
});

test("no command reaches another person's deployment, and unknown ids look the same", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const { id } = await createDeployment(userId, { analysisId, inputs: { API_TOKEN: "x" } });
  const key = await createAccessKey(userId, id, "mine");
  const stranger = await createTestUser();
  const before = await db().deployment.findUniqueOrThrow({
    where: { id },
    include: { accessKeys: true, credentials: true },
  });
  const { signal } = new AbortController();
  const asked: Record<string, (id: string) => Promise<unknown>> = {
    get: (target) => getDeployment(stranger, target),
    retry: (target) => retryDeployment(stranger, target),
    restart: (target) => restartDeployment(stranger, target),
    stop: (target) => stopDeployment(stranger, target),
    start: (target) => startDeployment(stranger, target),
    repair: (target) => repairDeployment(stranger, target),
    rename: (target) => renameDeployment(stranger, target, "theirs"),
    machine: (target) => updateMachineSettings(stranger, target, { alwaysOn: true }),
    delete: (target) => deleteDeployment(stranger, target),
    replaceInputs: (target) => replaceInputs(stranger, target, { API_TOKEN: "stolen" }),
    createKey: (target) => createAccessKey(stranger, target, "theirs"),
    listKeys: (target) => listAccessKeys(stranger, target),
    deleteKey: (target) => deleteAccessKey(stranger, target, key.id),
    calls: (target) => listCalls(stranger, target),
    logs: (target) => streamLogs(stranger, target, signal).next(),
  };
  for (const [what, ask] of Object.entries(asked)) {
    const others = (await refusal(ask(id))).toBody();
    assert.equal(others.code, "not_found", what);
    for (const unknown of ["0199d7a4-0000-7000-8000-00000000dead", "no-uuid", "", "__proto__"]) {
      assert.deepEqual((await refusal(ask(unknown))).toBody(), others, what);
    }
  }
  // A key's id is looked up together with its deployment, and that with its owner.
  const own = await createDeployment(stranger, { analysisId: await createTestAnalysis(stranger, server), inputs: {} });
  assert.equal((await refusal(deleteAccessKey(stranger, own.id, key.id))).code, "not_found");
  assert.equal(
    (await refusal(createDeployment(stranger, { analysisId, inputs: { API_TOKEN: "x" } }))).code,
    "not_found",
  );
  assert.deepEqual(
    (await listDeployments(stranger)).deployments.map((item) => item.id),
    [own.id],
  );
  const after = await db().deployment.findUniqueOrThrow({
    where: { id },
    include: { accessKeys: true, credentials: true },
  });
  assert.deepEqual(after, before);
});
