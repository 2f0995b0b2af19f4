import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulatedMachine } from "../../fly-simulator/src/simulator-types.ts";
import { testInput } from "../analysis/testing/input.ts";
import { db } from "../db/client.ts";
import { loadSnapshot, wakeDeployment } from "./load-snapshot.ts";
import { claimProbes } from "./probes/claim.ts";
import { probeMachines } from "./probes/monitor.ts";
import {
  deleteDeployment,
  getDeployment,
  repairDeployment,
  startDeployment,
  stopDeployment,
  updateMachineSettings,
} from "./service.ts";
import { callTool } from "./testing/call-tool.ts";
import { deployLiveFixture } from "./testing/fixtures.ts";
import { setUpFlyDeployments } from "./testing/set-up.ts";
import { waitFor, waitForStatus } from "./testing/settings.ts";

// A probe by the worker itself would take the claim from under a test's own probe.
const { userId, fly } = await setUpFlyDeployments({ worker: { tickMs: 3_600_000 } });

/** The app of a deployment, and its machine. */
async function machineOf(id: string): Promise<SimulatedMachine> {
  const { machine } = (await loadSnapshot(id)) ?? {};
  const [found] = fly.machines(String(machine?.app));
  assert.ok(found);
  return found;
}

/** Looks at a deployment's machine now, although it is not time yet. */
async function look(id: string): Promise<void> {
  // A deployment is live a moment before its lease is given back, and is not looked at while somebody is at it.
  await waitFor("nobody is at it", async () => {
    const free = await db().$queryRaw<unknown[]>`
      select 1 from deployments where id = ${id}::uuid and (lease_until is null or lease_until < now())`;
    return free.length === 1;
  });
  await db().$executeRaw`update deployments set looked_at = null where id = ${id}::uuid`;
  await probeMachines(id);
}

async function sleep(id: string): Promise<void> {
  const { app, id: machineId } = await machineOf(id);
  await waitFor("nobody uses it", async () => fly.machines(app)[0]?.load === 0);
  fly.autostopNow();
  await fly.until(app, machineId, "suspended");
}

test("a deployment has its own machine, and a probe neither wakes it nor reports its sleep as a fault", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true })];
  const id = await deployLiveFixture(userId, "works", { inputs, values: { API_TOKEN: "a-secret-of-the-person" } });
  const view = await getDeployment(userId, id);
  assert.equal(view.runtime, "fly");
  assert.deepEqual(view.machine?.memoryMb, 512);
  assert.equal(view.machine?.canRepair, false);
  assert.ok((view.machine?.cost.awakeUsd ?? 0) > (view.machine?.cost.asleepUsd ?? 0));
  assert.ok(view.steps.every((step) => step.status === "done"));
  const machine = await machineOf(id);
  assert.ok(!JSON.stringify(machine.config).includes("a-secret-of-the-person"));

  await sleep(id);
  const before = fly.publicRequests.length;
  await look(id);
  const asleep = await getDeployment(userId, id);
  assert.equal(asleep.status, "sleeping");
  assert.equal(asleep.error, null);
  assert.equal(fly.publicRequests.length, before);
  assert.equal((await machineOf(id)).state, "suspended");

  await wakeDeployment(id);
  assert.equal((await getDeployment(userId, id)).status, "live");
  assert.match(await callTool(id, "report"), /a-secret-of-the-person/);
});

test("of many concurrent probes one is made, and the next is due later", async () => {
  const id = await deployLiveFixture(userId);
  await db().$executeRaw`update deployments set looked_at = null where id = ${id}::uuid`;
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimProbes(id)));
  assert.deepEqual(claims.flat(), [id]);
  assert.deepEqual(await claimProbes(id), []);
  await db().$executeRaw`update deployments set looked_at = now() - interval '16 seconds' where id = ${id}::uuid`;
  assert.deepEqual(await claimProbes(id), []);
  await db().deployment.update({ where: { id }, data: { status: "failing" } });
  assert.deepEqual(await claimProbes(id), [id]);
});

test("an outage of Fly does not make a deployment fail", async () => {
  const id = await deployLiveFixture(userId);
  const { app } = await machineOf(id);
  for (const answer of [503, 429] as const) {
    fly.inject({ match: { method: "GET", path: "/apps/{app_name}/machines/{machine_id}" }, times: 20, answer });
    await look(id);
    fly.clearFaults();
    const { status, error } = await getDeployment(userId, id);
    assert.deepEqual([status, error], ["live", null], String(answer));
  }
  assert.equal(fly.machines(app).length, 1);
});

test("a machine destroyed from outside is noticed and replaced, once", async () => {
  const id = await deployLiveFixture(userId);
  const { app, id: machineId } = await machineOf(id);
  await fly.destroyMachine(app, machineId);
  await look(id);
  const failing = await getDeployment(userId, id);
  assert.deepEqual([failing.status, failing.error?.code], ["failing", "machine_missing"]);
  assert.equal(failing.machine?.canRepair, true);
  await repairDeployment(userId, id);
  const repaired = await waitForStatus(userId, id, "live", "failing");
  assert.equal(repaired.status, "live", JSON.stringify(repaired.error));
  assert.equal(fly.machines(app).length, 1);
  assert.notEqual((await machineOf(id)).id, machineId);
});

test("a machine changed from outside is noticed and corrected", async () => {
  const id = await deployLiveFixture(userId);
  const { app, id: machineId } = await machineOf(id);
  fly.changeMachine(app, machineId, (config) => ({ ...config, env: { ...config.env, EXTRA: "1" } }));
  await fly.until(app, machineId, "started");
  await look(id);
  const failing = await getDeployment(userId, id);
  assert.deepEqual([failing.status, failing.error?.code], ["failing", "machine_changed"]);
  await repairDeployment(userId, id);
  const repaired = await waitForStatus(userId, id, "live", "failing");
  assert.equal(repaired.status, "live", JSON.stringify(repaired.error));
  assert.equal((await machineOf(id)).config.env?.EXTRA, undefined);
});

test("a machine's settings are applied, and invalid ones named", async () => {
  const id = await deployLiveFixture(userId);
  await assert.rejects(updateMachineSettings(userId, id, { memoryMb: 300, region: "nowhere" }), (error) => {
    assert.deepEqual(Object.keys((error as { fields: object }).fields), ["memoryMb", "region"]);
    return true;
  });
  const before = await machineOf(id);
  await updateMachineSettings(userId, id, { memoryMb: 1024, alwaysOn: true });
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.equal(view.status, "live", JSON.stringify(view.error));
  const after = await machineOf(id);
  assert.equal(after.id, before.id);
  assert.equal(after.config.guest?.memory_mb, 1024);
  fly.autostopNow();
  assert.equal((await machineOf(id)).state, "started");
});

test("a start without capacity reports that", async () => {
  const id = await deployLiveFixture(userId);
  const { app, id: machineId } = await machineOf(id);
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
  await fly.until(app, machineId, ["stopped", "suspended"]);
  fly.setRegionFull("iad", true);
  await startDeployment(userId, id);
  const failing = await waitForStatus(userId, id, "failing", "live");
  fly.setRegionFull("iad", false);
  assert.equal(failing.error?.code, "no_capacity", JSON.stringify(failing.error));
});

test("a failed wake keeps its reason until a call wakes the machine", async () => {
  const id = await deployLiveFixture(userId);
  await sleep(id);
  await look(id);
  const { app, id: machineId } = await machineOf(id);
  // A snapshot that is lost makes the next start a cold one, for which there has to be room.
  await fly.loseSnapshot(app, machineId);
  fly.setRegionFull("iad", true);
  await assert.rejects(wakeDeployment(id), { code: "no_capacity" });
  await look(id);
  const failing = await getDeployment(userId, id);
  assert.deepEqual([failing.status, failing.error?.code], ["failing", "no_capacity"]);
  fly.setRegionFull("iad", false);
  await wakeDeployment(id);
  const { status, error } = await getDeployment(userId, id);
  assert.deepEqual([status, error], ["live", null]);
});

test("an always-on machine is restarted after it was stopped from outside", async () => {
  const id = await deployLiveFixture(userId);
  await updateMachineSettings(userId, id, { alwaysOn: true });
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  const { app, id: machineId } = await machineOf(id);
  const stopped = await fetch(`${fly.url}/v1/apps/${app}/machines/${machineId}/stop`, {
    method: "POST",
    headers: { authorization: fly.token, "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(stopped.status, 200, await stopped.text());
  await fly.until(app, machineId, "stopped");
  await look(id);
  await fly.until(app, machineId, "started");
  await waitForStatus(userId, id, "live");
});

test("deleting leaves nothing at Fly, and every request matched Fly's documentation", async () => {
  const id = await deployLiveFixture(userId);
  const { app } = await machineOf(id);
  await deleteDeployment(userId, id);
  await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.ok(!fly.apps().some(({ name, isDeleting }) => name === app && !isDeleting));
  assert.deepEqual(fly.violations, []);
});
