import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { db } from "../../db/client.ts";
import { getLocalRuntime } from "../../runtime/runtimes.ts";
import { loadSnapshot, wakeDeployment } from "../load-snapshot.ts";
import { workerState } from "../reconcile/worker-state.ts";
import { getDeployment, startDeployment, stopDeployment } from "../service.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../testing/database-proxy.ts";
import { deployFixture } from "../testing/fixtures.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { listProcesses, waitFor, waitForStatus } from "../testing/settings.ts";

let database: DatabaseProxy;
const { userId, dataDir } = await setUpDeployments({
  worker: { tickMs: 200 },
  routeDatabase: async (databaseUrl) => {
    database = await startDatabaseProxy(databaseUrl);
    return database;
  },
});

interface Processes {
  host: number;
  servers: number[];
}

/** What runs for a deployment: its mcp-host, and one server process or more. */
async function processes(id: string): Promise<Processes> {
  const pids = await listProcesses(dataDir, id);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  const host = pids.find((_, index) => /mcp-host\/(?:dist|src)\/main\./.test(commands[index] ?? ""));
  if (host === undefined) throw new Error("no mcp-host runs");
  return { host, servers: pids.filter((pid) => pid !== host) };
}

test("a killed machine is noticed, not called live meanwhile, and restarted", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  const first = await processes(id);
  process.kill(first.host, "SIGKILL");
  const isDown = async () => (await getLocalRuntime().endpoint({ deploymentId: id })) === null;
  await waitFor("its end is noticed", isDown);
  const { status } = await getDeployment(userId, id);
  // Where the database is slow it may be back by now.
  if (await isDown()) assert.equal(status, "sleeping");
  await waitForStatus(userId, id, "live");
  const second = await processes(id);
  assert.notEqual(second.host, first.host);
  // The server that lost its mcp-host did not stay.
  assert.equal(first.servers.length, 1);
  assert.ok(!second.servers.some((pid) => first.servers.includes(pid)));
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
});

test("a server that keeps crashing is failing with its reason, and live again once it runs", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  const killed = new Set<number>();
  const failing = await waitFor("it is failing", async () => {
    const view = await getDeployment(userId, id);
    if (view.status === "failing") return view;
    // On a busy host no look may fall into the pause; it is longer after each crash.
    for (const pid of (await processes(id)).servers) {
      if (killed.has(pid)) continue;
      killed.add(pid);
      process.kill(pid, "SIGTERM");
    }
    return null;
  });
  assert.equal(failing.error?.code, "crashed_at_start");
  assert.ok(failing.steps.every((step) => step.status === "done"));
  // mcp-host starts it again after a pause.
  const live = await waitForStatus(userId, id, "live");
  assert.equal(live.error, null);
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
});

test("waking a stopped deployment fails with the reason", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
  await assert.rejects(wakeDeployment(id), { code: "conflict" });
  await assert.rejects(wakeDeployment("0199d7a4-0000-7000-8000-00000000dead"), { code: "not_found" });
  assert.deepEqual(await listProcesses(dataDir, id), []);
});

test("a wake waits for running steps, and concurrent wakes start one machine", async () => {
  const { id } = await deployFixture(userId, "works");
  const endpoints = await Promise.all(Array.from({ length: 10 }, () => wakeDeployment(id)));
  assert.equal(new Set(endpoints.map((endpoint) => endpoint.url)).size, 1);
  assert.equal((await getDeployment(userId, id)).status, "live");
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
});

test("a wake and a stop at the same time end stopped", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  for (let round = 0; round < 3; round++) {
    process.kill((await processes(id)).host, "SIGKILL");
    await waitFor("its end is noticed", async () => (await getLocalRuntime().endpoint({ deploymentId: id })) === null);
    const waking = wakeDeployment(id).catch(() => null);
    await stopDeployment(userId, id);
    await waking;
    await waitForStatus(userId, id, "stopped");
    await waitFor("nothing runs", async () => (await listProcesses(dataDir, id)).length === 0);
    await startDeployment(userId, id);
    await waitForStatus(userId, id, "live");
  }
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
});

test("machines run and wake without the database, and its columns catch up later", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitForStatus(userId, id, "live");
  const { host } = await processes(id);
  const known = await loadSnapshot(id);
  database.cut();
  try {
    await assert.rejects(loadSnapshot(id));
    process.kill(host, "SIGKILL");
    await waitFor("its end is noticed", async () => (await getLocalRuntime().endpoint({ deploymentId: id })) === null);
    const endpoint = await wakeDeployment(id);
    const response = await fetch(`${endpoint.url}/status`, {
      headers: { authorization: `Bearer ${known?.hostToken}` },
    });
    assert.equal(((await response.json()) as { phase: string }).phase, "running");
  } finally {
    database.mend();
  }
  await waitFor("the database answers", async () => loadSnapshot(id).catch(() => null));
  await waitForStatus(userId, id, "live");

  // Steps that the database's absence interrupts are taken up again.
  const other = await deployFixture(userId, "works");
  await waitFor("it installs", async () => {
    const { steps } = await getDeployment(userId, other.id);
    return steps.some((step) => step.name === "installing" && step.status === "running");
  });
  database.cut();
  await waitFor("the steps have given up", async () => !workerState().runs.has(other.id));
  database.mend();
  await db().$executeRaw`update deployments set lease_until = now() where id = ${other.id}::uuid`;
  assert.equal((await waitForStatus(userId, other.id, "live", "failing")).status, "live");
});
