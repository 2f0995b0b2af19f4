import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "../../db/client.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { acquireLease } from "./lease.ts";
import { RunState, Superseded } from "./run-state.ts";

const { userId: ownerId } = await setUpDeployments({ registry: false });

test("a run ends no step while the deployment is being changed", async () => {
  const steps = { create: [{ name: "preparing" as const, status: "running" as const }] };
  const data = { ownerId, name: "x", source: "npm:x", spec: {}, runtime: "local" as const, steps };
  const { id } = await db().deployment.create({ data });
  const lease = await acquireLease(id);
  const state = lease && (await RunState.load(lease));
  assert.ok(state);
  const changed = Promise.withResolvers<void>();
  const committing = Promise.withResolvers<void>();
  const change = db().$transaction(async (transaction) => {
    await transaction.deployment.update({ where: { id }, data: { generation: { increment: 1 } } });
    await transaction.deploymentStep.updateMany({ where: { deploymentId: id }, data: { status: "pending" } });
    changed.resolve();
    await committing.promise;
  });
  await changed.promise;
  // It has seen nothing of the change yet, and what it writes would outlast it.
  const ended = assert.rejects(state.finishStep("preparing", ""), Superseded);
  // Time to reach the database.
  await new Promise((resolve) => setTimeout(resolve, 300));
  committing.resolve();
  await change;
  await ended;
  const [step] = await db().deploymentStep.findMany({ where: { deploymentId: id } });
  assert.equal(step?.status, "pending");
});
