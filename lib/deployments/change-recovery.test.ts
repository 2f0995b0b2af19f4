import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { db } from "../db/client.ts";
import { deleteDeployment, getDeployment, updateMachineSettings } from "./service.ts";
import { callTool } from "./testing/call-tool.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { setUpFlyDeployments } from "./testing/set-up.ts";
import { waitFor, waitForStatus } from "./testing/settings.ts";
import { killWorkerChild, killWorkerChildren, startWorkerChild } from "./testing/worker-child.ts";

// A process that is killed in the middle of moving a machine, at its requests to Fly.

// This process only asks for steps; others take them.
const { userId, fly } = await setUpFlyDeployments({ timeScale: 0.01, worker: "stopping", onEnd: killWorkerChildren });

/** Kills the process when it has sent so many requests to Fly; false when the change had ended before. */
async function killAtRequest(child: ChildProcess, number: number, isOver: () => Promise<boolean>): Promise<boolean> {
  let over = false;
  const ending = waitFor("the change has ended", async () => over || (await isOver())).then(() => {
    over = true;
  });
  while (!over && fly.requests.length < number) await new Promise((resolve) => setTimeout(resolve, 1));
  const inTime = !over;
  over = true;
  await ending;
  if (inTime) await killWorkerChild(child);
  return inTime;
}

const apps = () => fly.apps().filter(({ isDeleting }) => !isDeleting);
const rowOf = (id: string) => db().deployment.findUniqueOrThrow({ where: { id } });
const changeState = async (id: string) => (await getDeployment(userId, id)).machine?.change?.state ?? "none";

/** The machine whose place was taken is not waited for. */
async function untilOneIsLeft(id: string): Promise<void> {
  await waitFor("one app is left", async () => {
    await db()
      .$executeRaw`update deployments set spare_until = now() where id = ${id}::uuid and spare_until is not null`;
    return (await rowOf(id)).secondaryMachine === null && apps().length === 1;
  });
}

test("after a kill in mid-move, the next process finishes it and leaves one machine", async () => {
  const { id } = await deployFixture(userId, "works");
  let child = startWorkerChild();
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  let kills = 0;
  let region = "iad";
  // Every third: each of them takes seconds.
  for (let number = 1; ; number += 3) {
    region = region === "iad" ? "fra" : "iad";
    fly.forget();
    await updateMachineSettings(userId, id, { region });
    const killed = await killAtRequest(child, number, async () => (await changeState(id)) !== "running");
    if (killed) {
      kills++;
      // Either the one or the other serves, while nobody is at it.
      assert.match(await callTool(id, "report"), /\{/);
      child = startWorkerChild();
    }
    await waitFor("the move has ended", async () => (await changeState(id)) !== "running");
    await untilOneIsLeft(id);
    const view = await getDeployment(userId, id);
    const [machine, ...others] = fly.machines(String(apps()[0]?.name));
    assert.deepEqual(
      [view.status, view.error, view.machine?.change, view.machine?.region, machine?.region, others.length],
      ["live", null, null, region, region, 0],
      `killed at request ${number}`,
    );
    assert.match(await callTool(id, "report"), /\{/);
    if (!killed) break;
  }
  assert.ok(kills >= 5, `it was killed ${kills} times`);

  // Where there is no room it is given up, also by who finds it begun.
  fly.setRegionFull("lhr", true);
  const [before] = apps();
  for (const number of [5, 12]) {
    fly.forget();
    await updateMachineSettings(userId, id, { region: "lhr" });
    if (await killAtRequest(child, number, async () => (await changeState(id)) !== "running"))
      child = startWorkerChild();
    await waitFor("it has failed", async () => (await changeState(id)) === "failed");
    await untilOneIsLeft(id);
    assert.equal(apps()[0]?.name, before?.name);
    assert.match(await callTool(id, "report"), /\{/);
  }
  await deleteDeployment(userId, id);
  await waitFor("it is deleted", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(apps(), []);
  assert.deepEqual(fly.violations, []);
});
