import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testInput } from "../../analysis/testing/input.ts";
import { db } from "../../db/client.ts";
import { fetchHostStatus } from "../../runtime/host-client.ts";
import { getRuntime } from "../../runtime/runtimes.ts";
import { loadSnapshot } from "../load-snapshot.ts";
import { reconcileDeployment } from "../reconcile/schedule.ts";
import { deleteDeployment, updateMachineSettings } from "../service.ts";
import { openTestSession } from "../testing/call-tool.ts";
import { deployLiveFixture } from "../testing/fixtures.ts";
import { listApps, retireSecondary, waitForChange } from "../testing/moves.ts";
import { setUpFlyDeployments } from "../testing/set-up.ts";
import { waitFor } from "../testing/settings.ts";

// What becomes of the machine whose place another one has taken.

const { userId, fly } = await setUpFlyDeployments({ worker: { tickMs: 300 } });

test("a replaced machine stays while a call runs on it, up to a limit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "catwalk-release-"));
  const file = join(folder, "release");
  const id = await deployLiveFixture(userId, "holds", {
    inputs: [testInput("RELEASE_FILE")],
    values: { RELEASE_FILE: file },
  });
  const hasSpare = async () => (await db().deployment.findUniqueOrThrow({ where: { id } })).secondaryMachine !== null;
  const movedDuringCall = async (region: string) => {
    const { machine, hostToken } = (await loadSnapshot(id)) ?? {};
    assert.ok(machine && hostToken);
    const endpoint = await getRuntime("fly").endpoint(machine);
    assert.ok(endpoint);
    const call = (await openTestSession(id)).callTool("second").catch((error: Error) => error);
    await waitFor(
      "the call is on it",
      async () => (await fetchHostStatus(endpoint, hostToken, 5_000)).callsInFlight === 1,
    );
    await updateMachineSettings(userId, id, { region });
    assert.equal(await waitForChange(userId, id), "done");
    // It has been there for as long as it is in any case.
    await db().$executeRaw`update deployments set spare_until = now() + interval '7 minutes' where id = ${id}::uuid`;
    await reconcileDeployment(id);
    await reconcileDeployment(id);
    assert.equal(await hasSpare(), true);
    return { call };
  };
  try {
    const answered = await movedDuringCall("fra");
    await writeFile(file, "");
    assert.match(String(await answered.call), /\{/);
    await waitFor("it is gone", async () => !(await hasSpare()));
    await rm(file);
    const cut = await movedDuringCall("lhr");
    await retireSecondary(id);
    assert.ok((await cut.call) instanceof Error);
  } finally {
    await rm(folder, { recursive: true });
  }
  await deleteDeployment(userId, id);
});

test("an app that Fly does not delete blocks neither probes nor other deletions", async () => {
  const id = await deployLiveFixture(userId);
  const refuse = (times: number) =>
    fly.inject({ match: { method: "DELETE", path: "/apps/{app_name}" }, times, answer: 403, error: "not allowed" });
  const row = () => db().deployment.findUniqueOrThrow({ where: { id } });
  try {
    await updateMachineSettings(userId, id, { region: "fra" });
    assert.equal(await waitForChange(userId, id), "done");
    refuse(1_000);
    await db().$executeRaw`update deployments set spare_until = now() where id = ${id}::uuid`;
    await waitFor("it is put off", async () => Number((await row()).secondaryUntil) > Date.now());
    await waitFor("nobody is at it", async () => (await row()).leaseOwner === null);
    const { leaseUntil, secondaryMachine, status } = await row();
    assert.deepEqual([leaseUntil, secondaryMachine !== null, status], [null, true, "live"]);
    fly.clearFaults();
    refuse(1);
    await deleteDeployment(userId, id);
    await waitFor("one of the two is gone", async () => listApps(fly, id).length === 1);
  } finally {
    fly.clearFaults();
  }
  await waitFor("it is deleted", async () => {
    await db().$executeRaw`update deployments set lease_until = null where id = ${id}::uuid and lease_owner is null`;
    return (await db().deployment.count({ where: { id } })) === 0;
  });
  assert.deepEqual(listApps(fly, id), []);
});
