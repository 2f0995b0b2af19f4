import assert from "node:assert/strict";
import { test } from "node:test";
import { testInput } from "../analysis/testing/input.ts";
import { db } from "../db/client.ts";
import { listApps, removeOrphan } from "../settings/leftover-apps.ts";
import { setSettings } from "../settings/settings.ts";
import { loadSnapshot } from "./load-snapshot.ts";
import { startWorker } from "./reconcile/worker.ts";
import {
  deleteDeployment,
  getDeployment,
  replaceInputs,
  restartDeployment,
  startDeployment,
  stopDeployment,
  updateMachineSettings,
} from "./service.ts";
import { callTool, openTestSession } from "./testing/call-tool.ts";
import { deployLiveFixture } from "./testing/fixtures.ts";
import { listApps as appsOfDeployment, retireSecondary, waitForChange } from "./testing/moves.ts";
import { setUpFlyDeployments } from "./testing/set-up.ts";
import { waitFor, waitForStatus } from "./testing/settings.ts";

// What becomes of the machine that serves when its settings are changed.

const { userId, fly } = await setUpFlyDeployments();
// The image is set where the page would keep it, so that it can be another one later.
const image = fly.env.MCP_HOST_IMAGE ?? "";
delete process.env.MCP_HOST_IMAGE;
await setSettings({ fly_image: image });
await startWorker({ tickMs: 300 });

/** What the fixture's tool answers, whatever it was given. */
const RAN = /\{/;

async function appOf(id: string): Promise<string> {
  return String((await loadSnapshot(id))?.machine?.app);
}

/** Waits until no request is open, such as the end of the handshake's session: Fly's proxy would start a stopped machine for it. */
async function untilQuiet(app: string): Promise<void> {
  await waitFor("no request is open", async () => fly.machines(app)[0]?.load === 0);
}

const changed = (id: string) => waitForChange(userId, id);
const appsOf = (id: string) => appsOfDeployment(fly, id);

test("during a move the old machine serves until the new one answers, and no call reaches both", async () => {
  const id = await deployLiveFixture(userId);
  const before = await appOf(id);
  const session = await openTestSession(id);
  assert.match(await session.callTool("report"), RAN);
  // What clients call while it is moved.
  const calls = { made: 0, isOver: false };
  const calling = (async () => {
    while (!calls.isOver) {
      assert.match(await callTool(id, "report"), RAN);
      calls.made++;
    }
  })();
  await updateMachineSettings(userId, id, { region: "fra" });
  const statuses = new Set<string>();
  const seen = waitFor("it is moved", async () => {
    const { status, machine } = await getDeployment(userId, id);
    statuses.add(status);
    if (machine?.change?.state === "running")
      assert.deepEqual([machine.region, machine.change.to.region], [null, "fra"]);
    return machine?.change === null;
  });
  await Promise.race([seen, calling]);
  const made = calls.made;
  await waitFor("some more calls are made", async () => calls.made > made + 2);
  calls.isOver = true;
  await calling;
  assert.deepEqual([...statuses], ["live"]);
  const after = await appOf(id);
  assert.notEqual(after, before);
  assert.equal((await getDeployment(userId, id)).machine?.region, "fra");
  // It stays for calls that are still on it.
  assert.deepEqual(
    appsOf(id).sort(),
    [
      [before, "iad"],
      [after, "fra"],
    ].sort(),
  );
  await retireSecondary(id);
  assert.deepEqual(appsOf(id), [[after, "fra"]]);
  // Sessions go on.
  assert.match(await session.callTool("report"), RAN);
  assert.match(await callTool(id, "report"), RAN);

  // And once more from there: a name is not used twice.
  await updateMachineSettings(userId, id, { region: null });
  assert.equal(await changed(id), "done");
  await retireSecondary(id);
  const [[third, ...regions] = []] = appsOf(id);
  assert.ok(third && third !== before && third !== after);
  assert.deepEqual(regions, ["iad"]);
  assert.equal((await getDeployment(userId, id)).machine?.region, null);
  await deleteDeployment(userId, id);
  await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(appsOf(id), []);
});

const machinesPath = "/apps/{app_name}/machines";
const failures: [what: string, code: string, arrange: () => void][] = [
  ["no room", "no_capacity", () => fly.setRegionFull("fra", true)],
  [
    "an image that is gone",
    "image_not_found",
    () => fly.inject({ match: { method: "POST", path: machinesPath }, answer: 422, error: "manifest unknown" }),
  ],
  [
    "no answer of Fly's",
    "machine_unavailable",
    () => fly.inject({ match: { method: "POST", path: "/apps" }, times: 40, answer: 503 }),
  ],
  [
    "no room at the start",
    "no_capacity",
    () =>
      fly.inject({
        match: { method: "POST", path: `${machinesPath}/{machine_id}/start` },
        answer: 412,
        error: "could not reserve resource for machine: insufficient memory available to fulfill request",
      }),
  ],
];

test("a failed move keeps the old machine, tells its owner why, and leaves nothing behind", async () => {
  const id = await deployLiveFixture(userId);
  const before = await appOf(id);
  const [machine] = fly.machines(before);
  for (const [what, code, arrange] of failures) {
    arrange();
    await updateMachineSettings(userId, id, { region: "fra", memoryMb: 1024 });
    const change = await changed(id);
    fly.setRegionFull("fra", false);
    fly.clearFaults();
    assert.ok(change !== "done" && change.state === "failed", what);
    assert.equal(change.error?.code, code, JSON.stringify(change.error));
    assert.ok(change.error?.hint, what);
    if (what === "no room") assert.match(change.error?.message ?? "", /in Frankfurt \(fra\)/);
    const view = await getDeployment(userId, id);
    assert.deepEqual(
      [view.status, view.error, view.machine?.region, view.machine?.memoryMb],
      ["live", null, null, 512],
      what,
    );
    await waitFor("nothing is left of it", async () => appsOf(id).length === 1);
    assert.deepEqual(appsOf(id), [[before, "iad"]]);
    // It was not even touched.
    assert.equal(fly.machines(before)[0]?.version, machine?.version);
    assert.match(await callTool(id, "report"), RAN);
  }
  // Who says that all is to stay as it is hears no more of it.
  await updateMachineSettings(userId, id, { region: null, memoryMb: 512 });
  assert.equal((await getDeployment(userId, id)).machine?.change, null);
  assert.deepEqual(fly.violations, []);
});

test("a move can be canceled or overtaken by a stop, a deletion or another move, and leaves nothing behind", async () => {
  const id = await deployLiveFixture(userId);
  const before = await appOf(id);
  const underWay = async () => {
    // It waits for a machine whose making takes its time.
    fly.inject({ match: { method: "POST", path: machinesPath }, answer: "delay", delayMs: 2_000 });
    await updateMachineSettings(userId, id, { region: "fra" });
    await waitFor("the second app is made", async () => appsOf(id).length === 2);
  };
  const only = (app: string) =>
    waitFor("one app is left", async () => appsOf(id).length === 1 && appsOf(id)[0]?.[0] === app);

  await underWay();
  await updateMachineSettings(userId, id, { region: null });
  await only(before);
  assert.equal((await getDeployment(userId, id)).status, "live");

  await underWay();
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
  await only(before);
  await startDeployment(userId, id);
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");

  await underWay();
  await updateMachineSettings(userId, id, { region: "lhr" });
  assert.equal(await changed(id), "done");
  assert.equal((await getDeployment(userId, id)).machine?.region, "lhr");
  await retireSecondary(id);
  await waitFor("one app is left", async () => appsOf(id).length === 1);
  assert.deepEqual(appsOf(id)[0]?.slice(1), ["lhr"]);

  await underWay();
  await deleteDeployment(userId, id);
  await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(appsOf(id), []);
});

test("a stopped deployment keeps its machine until the new one exists", async () => {
  const id = await deployLiveFixture(userId);
  const before = await appOf(id);
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
  await updateMachineSettings(userId, id, { region: "fra" });
  fly.setRegionFull("fra", true);
  await startDeployment(userId, id);
  const failing = await waitForStatus(userId, id, "failing", "live");
  assert.equal(failing.error?.code, "no_capacity", JSON.stringify(failing.error));
  await waitFor("nothing is left of it", async () => appsOf(id).length === 1);
  assert.deepEqual(appsOf(id), [[before, "iad"]]);
  fly.setRegionFull("fra", false);
  await restartDeployment(userId, id);
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  await waitFor("the one before is gone", async () => appsOf(id).length === 1);
  assert.deepEqual(appsOf(id)[0]?.slice(1), ["fra"]);
});

test("settings that keep a machine from starting are reverted", async () => {
  // A request through Fly's proxy can start the machine before Catwalk orders it to. Then there is no order to refuse.
  const refuseStart = async () => {
    const id = await deployLiveFixture(userId);
    const app = await appOf(id);
    const [before] = fly.machines(app);
    await untilQuiet(app);
    fly.inject({
      match: { method: "POST", path: `/apps/${app}/machines/${before?.id}/start` },
      answer: 412,
      error: "could not reserve resource for machine: insufficient memory available to fulfill request",
    });
    await updateMachineSettings(userId, id, { memoryMb: 2048 });
    return { id, app, before, change: await changed(id) };
  };
  let refused = await refuseStart();
  for (let attempt = 2; refused.change === "done" && attempt <= 3; attempt++) refused = await refuseStart();
  const { id, app, before, change } = refused;
  assert.ok(change !== "done" && change.error?.code === "no_capacity", JSON.stringify(change));
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.deepEqual([view.status, view.machine?.memoryMb], ["live", 512], JSON.stringify(view.error));
  const [after] = fly.machines(app);
  assert.deepEqual([after?.id, after?.config.guest?.memory_mb], [before?.id, 512]);
  assert.match(await callTool(id, "report"), RAN);
});

test("a region without room, chosen while the machine is resized, leaves it with its first settings", async () => {
  const id = await deployLiveFixture(userId);
  await updateMachineSettings(userId, id, { memoryMb: 1024 });
  fly.setRegionFull("fra", true);
  try {
    const { machine } = await updateMachineSettings(userId, id, { region: "fra" });
    assert.equal(machine?.change?.state, "running");
    const change = await changed(id);
    assert.ok(change !== "done" && change.error?.code === "no_capacity", JSON.stringify(change));
  } finally {
    fly.setRegionFull("fra", false);
  }
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.deepEqual(
    [view.status, view.machine?.memoryMb, view.machine?.region],
    ["live", 512, null],
    JSON.stringify(view.error),
  );
  assert.match(await callTool(id, "report"), RAN);
});

test("new values reach a machine in one change, and it serves until then", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true })];
  const id = await deployLiveFixture(userId, "works", { inputs, values: { API_TOKEN: "first" } });
  const app = await appOf(id);
  const [before] = fly.machines(app);
  const session = await openTestSession(id);
  await untilQuiet(app);
  fly.forget();
  await replaceInputs(userId, id, { API_TOKEN: "second" });
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  assert.match(await session.callTool("report"), /second/);
  const orders = fly.requests.filter(
    ({ method, path }) => method === "POST" && path.includes(`/machines/${before?.id}`),
  );
  const ended = orders.map(({ path }) => path.split(String(before?.id))[1]).filter((order) => order !== "/lease");
  assert.deepEqual(ended, ["", "/start"]);
  // Told to restart, it does, also where nothing about it changes.
  const pid = fly.machines(app)[0]?.pid;
  await restartDeployment(userId, id);
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  assert.notEqual(fly.machines(app)[0]?.pid, pid);
});

test("a new image means a new machine; if it cannot be made, the old one goes on serving", async () => {
  const id = await deployLiveFixture(userId);
  const before = await appOf(id);
  try {
    await setSettings({ fly_image: image.replace(/@.*$/, ":there-is-none") });
    await restartDeployment(userId, id);
    const change = await changed(id);
    assert.ok(change !== "done" && change.error?.code === "image_not_found", JSON.stringify(change));
    assert.equal((await getDeployment(userId, id)).status, "live");
    await waitFor("nothing is left of it", async () => appsOf(id).length === 1);
    assert.match(await callTool(id, "report"), RAN);

    const { digest } = fly.addImage("mcp-host", "newer");
    await setSettings({ fly_image: digest });
    await restartDeployment(userId, id);
    assert.equal(await changed(id), "done");
    await retireSecondary(id);
    const after = await appOf(id);
    assert.notEqual(after, before);
    assert.deepEqual(appsOf(id), [[after, "iad"]]);
    assert.equal(fly.machines(after)[0]?.config.image, digest);

    // One that nobody reaches has nothing to go on serving; it gets another token.
    await setSettings({ fly_image: image });
    await db().deployment.update({ where: { id }, data: { hostTokenCiphertext: "v1:0:0:0" } });
    await restartDeployment(userId, id);
    assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
    assert.equal(fly.machines(await appOf(id))[0]?.config.image, image);
    assert.match(await callTool(id, "report"), RAN);
  } finally {
    await setSettings({ fly_image: image });
  }
});

test("an app without its deployment's machine can be found and removed; one in use cannot", async () => {
  const id = await deployLiveFixture(userId);
  const app = await appOf(id);
  const stray = `${app}-7`;
  const headers = { authorization: fly.token, "content-type": "application/json" };
  const body = JSON.stringify({ name: stray, org_slug: fly.org, network: stray });
  assert.equal((await fetch(`${fly.url}/v1/apps`, { method: "POST", headers, body })).status, 201);
  const listed = (await listApps()).filter(({ deploymentId }) => deploymentId === id);
  assert.deepEqual(
    listed.map((found) => [found.app, found.isOrphaned]).sort(),
    [
      [app, false],
      [stray, true],
    ].sort(),
  );
  await assert.rejects(removeOrphan(app), { code: "conflict" });
  await removeOrphan(stray);
  assert.deepEqual(
    appsOf(id).map(([name]) => name),
    [app],
  );
});
