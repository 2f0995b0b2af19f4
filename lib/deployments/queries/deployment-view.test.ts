import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "../../db/client.ts";
import { createDeployment, getDeployment, listDeployments, stopDeployment } from "../service.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestAnalysis } from "../testing/settings.ts";

const { userId } = await setUpDeployments({ registry: false, worker: "stopping" });
const analysisId = await createTestAnalysis(userId, { package: "@scope/server", version: "1.2.3" });
const { id } = await createDeployment(userId, { analysisId, inputs: {} });

/** Writes status and steps together, as the last step does. */
async function writeTogether(status: "deploying" | "live"): Promise<void> {
  await db().$transaction([
    db().deployment.update({ where: { id }, data: { status } }),
    db().deploymentStep.updateMany({
      where: { deploymentId: id },
      data: { status: status === "live" ? "done" : "pending" },
    }),
  ]);
}

test("a view shows status and steps of one moment, however often they change meanwhile", async () => {
  await writeTogether("deploying");
  let isReading = true;
  const writing = (async () => {
    while (isReading) for (const status of ["live", "deploying"] as const) await writeTogether(status);
  })();
  const seen = new Set<string>();
  for (let reads = 0; reads < 300; reads++) {
    const { status, steps } = await getDeployment(userId, id);
    // A machine that is not there makes a live deployment of this host a sleeping one.
    const said = status === "deploying" ? "deploying" : "live";
    seen.add(`${said}: ${steps.every((step) => step.status === "done") ? "all done" : "open"}`);
  }
  isReading = false;
  await writing;
  assert.deepEqual(
    [...seen].filter((one) => !["deploying: open", "live: all done"].includes(one)),
    [],
  );
  assert.equal(seen.size, 2);
});

test("what its owner wants stands beside the status until the status follows", async () => {
  await writeTogether("live");
  const stopping = await stopDeployment(userId, id);
  assert.deepEqual([stopping.desired, stopping.status === "stopped"], ["stopped", false]);
  const { deployments } = await listDeployments(userId);
  assert.equal(deployments[0]?.desired, "stopped");
});
