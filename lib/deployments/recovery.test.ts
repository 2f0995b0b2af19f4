import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { testInput } from "../analysis/testing/input.ts";
import { db } from "../db/client.ts";
import { scheduleReconcile } from "./reconcile/schedule.ts";
import { workerState } from "./reconcile/worker-state.ts";
import { deleteDeployment, stopDeployment } from "./service.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { hasLease } from "./testing/lease-state.ts";
import { setUpDeployments } from "./testing/set-up.ts";
import { listProcesses, waitFor } from "./testing/settings.ts";
import { killWorkerChild, killWorkerChildren, startWorkerChild } from "./testing/worker-child.ts";

// This process only asks for steps; others take them.
const { userId, dataDir } = await setUpDeployments({ worker: "stopping", onEnd: killWorkerChildren });

async function statusIs(id: string, status: string): Promise<void> {
  await waitFor(`the column says ${status}`, async () => {
    const row = await db().deployment.findUnique({ where: { id } });
    if (row?.status === "failing" && status !== "failing") assert.fail(JSON.stringify(row.error));
    return row?.status === status;
  });
}

/** The mcp-hosts among the processes that run from a deployment's folder. */
async function hostsOf(id: string): Promise<number[]> {
  const pids = await listProcesses(dataDir, id);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.filter((_, index) => /mcp-host\/(?:dist|src)\/main\./.test(commands[index] ?? ""));
}

const crashes = [
  "queued:before",
  "encrypting:before",
  "encrypting:after",
  "preparing:before",
  "preparing:after",
  "installing:before",
  "installing:within",
  "installing:after",
  "starting:after",
  "handshake:before",
  "handshake:after",
  "live:before",
];

for (const crash of crashes) {
  test(`after a kill in the middle (${crash}), another process reaches the same state`, async () => {
    const inputs = [testInput("API_TOKEN", { secret: true })];
    const { id } = await deployFixture(userId, "needs-variable", { inputs, values: { API_TOKEN: "token" } });
    const first = startWorkerChild({ CRASH_AT: crash });
    const [, signal] = await once(first, "exit");
    assert.equal(signal, "SIGKILL");
    const step = await db().deploymentStep.findFirst({ where: { deploymentId: id, status: "running" } });
    assert.equal(step?.name, crash.split(":")[0]);

    const second = startWorkerChild();
    await statusIs(id, "live");
    const steps = await db().deploymentStep.findMany({ where: { deploymentId: id } });
    assert.deepEqual([...new Set(steps.map(({ status }) => status))], ["done"]);
    await waitFor("one mcp-host is left", async () => (await hostsOf(id)).length === 1);
    const row = await db().deployment.findUniqueOrThrow({ where: { id } });
    assert.equal((row.tools as unknown[]).length, 2);
    assert.equal(row.error, null);
    await waitFor("the lease is given back", async () => !(await hasLease(id)));

    await deleteDeployment(userId, id);
    await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
    assert.deepEqual(await listProcesses(dataDir, id), []);
    await killWorkerChild(second);
  });
}

test("after a kill while live, the next process restarts the machine; a stopped one stays stopped", async () => {
  const running = await deployFixture(userId, "works");
  const stopped = await deployFixture(userId, "works");
  const first = startWorkerChild();
  await statusIs(running.id, "live");
  await statusIs(stopped.id, "live");
  await stopDeployment(userId, stopped.id);
  await statusIs(stopped.id, "stopped");
  const [before] = await hostsOf(running.id);
  await killWorkerChild(first);
  await waitFor(
    "nothing of the killed process is left",
    async () => (await listProcesses(dataDir, running.id)).length === 0,
  );

  const second = startWorkerChild();
  await waitFor("its machine runs again", async () => {
    const [host] = await hostsOf(running.id);
    return host !== undefined && host !== before;
  });
  await statusIs(running.id, "live");
  assert.deepEqual(await hostsOf(stopped.id), []);
  assert.equal((await db().deployment.findUniqueOrThrow({ where: { id: stopped.id } })).status, "stopped");
  await killWorkerChild(second);
});

test("the next process finishes an interrupted deletion", async () => {
  const { id } = await deployFixture(userId, "stays");
  const first = startWorkerChild();
  await statusIs(id, "live");
  await deleteDeployment(userId, id);
  // It is slow to stop, so that the process dies before the end.
  await waitFor("the first process is at it", async () => hasLease(id));
  await killWorkerChild(first);
  assert.equal(await db().deployment.count({ where: { id } }), 1);
  const second = startWorkerChild();
  await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(await listProcesses(dataDir, id), []);
  await killWorkerChild(second);
});

test("a deployment whose encryption key is missing reports that, and is live again with the key", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true })];
  const { id, name } = await deployFixture(userId, "works", { inputs, values: { API_TOKEN: "token" } });
  const other = startWorkerChild();
  await statusIs(id, "live");
  await killWorkerChild(other);
  const otherKey = Buffer.alloc(32, 7).toString("base64");
  const withoutIt = startWorkerChild({ ENCRYPTION_KEY: otherKey });
  const unaffected = await deployFixture(userId, "works");
  await statusIs(id, "failing");
  await statusIs(unaffected.id, "live");
  const row = await db().deployment.findUniqueOrThrow({ where: { id } });
  const error = row.error as { code: string; message: string };
  assert.equal(error.code, "encryption_key_missing");
  assert.match(error.message, new RegExp(`API_TOKEN of the deployment ${name}`));
  assert.deepEqual(await listProcesses(dataDir, id), []);
  await killWorkerChild(withoutIt);

  const again = startWorkerChild({ ENCRYPTION_KEY: `${otherKey},${process.env.ENCRYPTION_KEY}` });
  await waitFor("it is live again", async () => {
    const { status } = await db().deployment.findUniqueOrThrow({ where: { id } });
    return status === "live";
  });
  await killWorkerChild(again);
});

test("a stopping process leaves new requests to other processes", () => {
  scheduleReconcile("0199d7a4-0000-7000-8000-000000000001");
  assert.equal(workerState().runs.size, 0);
});
