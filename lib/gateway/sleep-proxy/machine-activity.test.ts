import assert from "node:assert/strict";
import { test } from "node:test";
import { TestSource } from "../testing/gateway.ts";
import { MachineActivity, type MachineActivityOptions } from "./machine-activity.ts";

/** Creates a machine that has just answered a call, at a platform that answers as told. */
function answered(word: () => Promise<boolean>, options: Partial<MachineActivityOptions> = {}) {
  const source = new TestSource();
  source.onProbe = word;
  const { deployment } = source.add(null, { runtime: "fly" });
  const machineActivity = new MachineActivity({ source, probeBudgetMs: 60_000, ...options });
  machineActivity.beginCall(deployment)();
  return { source, deployment, machineActivity };
}

test("the platform's word that a machine sleeps counts; it is not asked about a machine that has just answered", async () => {
  const asleep = answered(async () => false, { sureAfterAnswerMs: 0 });
  assert.equal(await asleep.machineActivity.isAwake(asleep.deployment), false);
  assert.equal(asleep.source.probes, 1);
  const sure = answered(async () => false, { sureAfterAnswerMs: 60_000 });
  assert.equal(await sure.machineActivity.isAwake(sure.deployment), true);
  assert.equal(sure.source.probes, 0);
});

test("when the platform is silent, a machine that answered lately counts as awake and any other as asleep", async () => {
  const never = () => new Promise<boolean>(() => {});
  const options = { sureAfterAnswerMs: 0, probeBudgetMs: 1 };
  const lately = answered(never, options);
  assert.equal(await lately.machineActivity.isAwake(lately.deployment), true);
  const long = answered(never, { ...options, awakeAfterAnswerMs: 0 });
  assert.equal(await long.machineActivity.isAwake(long.deployment), false);
});

test("concurrent requests share one wait for a silent platform", async () => {
  const never = () => new Promise<boolean>(() => {});
  const { source, deployment, machineActivity } = answered(never, {
    sureAfterAnswerMs: 0,
    awakeAfterAnswerMs: 0,
    probeBudgetMs: 200,
  });
  assert.equal(await machineActivity.isAwake(deployment), false);
  // A timer may fire up to a millisecond before its time, and that would still be waited for.
  await new Promise((resolve) => setTimeout(resolve, 10));
  const later = machineActivity.isAwake(deployment).then(() => "answered");
  // Before any timer's turn, however long this host takes.
  const turn = new Promise((resolve) => setImmediate(resolve, "waits"));
  assert.equal(await Promise.race([later, turn]), "answered");
  assert.equal(source.probes, 1);
});
