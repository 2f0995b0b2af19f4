import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startFlySimulator } from "../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../fly-simulator/src/simulator-types.ts";
import { db } from "../db/client.ts";
import { workerState } from "./reconcile/worker-state.ts";
import { deleteDeployment, getDeployment, updateMachineSettings } from "./service.ts";
import { callTool } from "./testing/call-tool.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { startFixtureRegistry } from "./testing/registry.ts";
import { createTestSettings, createTestUser, waitFor, waitForStatus } from "./testing/settings.ts";

// A process that is killed in the middle of moving a machine, at its requests to Fly.

const registry = await startFixtureRegistry();
const settings = await createTestSettings();
const fly: FlySimulator = await startFlySimulator({
  timeScale: 0.01,
  autostopEveryMs: "never",
  hostEnv: { ...process.env, ...registry.env },
});
Object.assign(process.env, settings.env, fly.env);
const children = new Set<ChildProcess>();
let userId: string;
before(async () => {
  userId = await createTestUser();
  // This process only asks for things; others do them.
  workerState().isStopping = true;
});
after(async () => {
  for (const child of children) await kill(child);
  await db().$disconnect();
  await settings.remove();
  await registry.close();
  await fly.stop();
});

function startProcess(): ChildProcess {
  const script = fileURLToPath(import.meta.resolve("./testing/worker-process.ts"));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "inherit"] });
  children.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

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
  if (inTime) await kill(child);
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
  let child = startProcess();
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
      child = startProcess();
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
    if (await killAtRequest(child, number, async () => (await changeState(id)) !== "running")) child = startProcess();
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
