import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "../db/client.ts";
import { background } from "./reconcile/background.ts";
import { reconcileDeployment } from "./reconcile/schedule.ts";
import { workerState } from "./reconcile/worker-state.ts";
import { deleteDeployment, getDeployment, listDeployments, updateMachineSettings } from "./service.ts";
import { resolveAlias } from "./testing/alias.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { hasLease } from "./testing/lease-state.ts";
import { setUpFlyDeployments } from "./testing/set-up.ts";
import { createTestAnalysis, waitFor } from "./testing/settings.ts";

// A process as on a platform where none outlives a request: no timer, and what requests leave behind has little time.

resolveAlias();
const CRON_SECRET = "a secret of the clock";
/** Work that goes on after its request was answered. */
const left = new Set<Promise<void>>();
const { userId, fly } = await setUpFlyDeployments({
  env: { VERCEL: "1", CRON_SECRET },
  onEnd: async () => {
    await Promise.all(left);
  },
});
const { GET: cron } = (await import(`${"../../app/api/cron"}/route.ts`)) as {
  GET(request: Request): Promise<Response>;
};

Object.assign(background(), {
  isPassive: true,
  budgetMs: 1_000,
  run: (work: () => Promise<void>) => {
    const done = work().finally(() => left.delete(done));
    left.add(done);
  },
});

const idle = () => waitFor("what was left behind has ended", async () => left.size === 0);
const stepsOf = (id: string) => db().deploymentStep.findMany({ where: { deploymentId: id } });

test("each request for the deployment advances its steps a little, and each step runs once", async () => {
  const { id } = await deployFixture(userId, "works");
  await idle();
  let looks = 0;
  let paused = 0;
  const view = await waitFor("it is live", async () => {
    const before = await getDeployment(userId, id);
    looks++;
    await idle();
    assert.equal(await hasLease(id), false);
    // Nobody looks: nothing happens.
    const first = await stepsOf(id);
    const running = first.find((step) => step.status === "running");
    if (running) {
      paused++;
      assert.ok(running.endedAt, "a step that nobody runs is paused");
      assert.equal(before.steps.find((step) => step.name === running.name)?.endedAt ?? null, null);
    }
    assert.deepEqual(await stepsOf(id), first);
    return (before.status === "live" || before.status === "failing") && before;
  });
  assert.equal(view.status, "live", JSON.stringify(view.error));
  assert.ok(looks > 2 && paused > 0, `it took ${looks} looks and ${paused} pauses`);
  assert.deepEqual([...new Set(view.steps.map((step) => step.attempts))], [1]);
  assert.equal(fly.apps().length, 1);
  assert.equal(fly.machines(fly.apps()[0]?.name ?? "").length, 1);
});

test("a request for the list advances its deployments", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitFor("it is live", async () => {
    const { deployments: all } = await listDeployments(userId);
    await idle();
    return all.find((deployment) => deployment.id === id)?.status === "live";
  });
});

test("the scheduled request alone brings a deployment live and to its end, and needs its secret", async () => {
  const analyses = [await createTestAnalysis(userId, {}), await createTestAnalysis(userId, {})];
  const [unused, younger] = analyses;
  const { id } = await deployFixture(userId, "works");
  const { analysisId } = await db().deployment.findUniqueOrThrow({ where: { id } });
  await db().$executeRaw`update analyses set created_at = now() - interval '31 days' where id <> ${younger}::uuid`;
  await db().$executeRaw`update analyses set created_at = now() - interval '29 days' where id = ${younger}::uuid`;
  await idle();
  const ask = (authorization?: string) =>
    cron(new Request("http://127.0.0.1:3999/api/cron", { headers: authorization ? { authorization } : {} }));
  for (const wrong of [undefined, "Bearer", "Bearer another secret", CRON_SECRET]) {
    assert.equal((await ask(wrong)).status, 401, String(wrong));
  }
  const answer = await ask(`Bearer ${CRON_SECRET}`);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { advanced: 1 });
  const row = await db().deployment.findUniqueOrThrow({ where: { id } });
  assert.equal(row.status, "live", JSON.stringify(row.error));

  // Analyses that no deployment came from are kept for a month.
  const kept = await db().analysis.findMany({ where: { id: { in: [...analyses, String(analysisId)] } } });
  assert.deepEqual(kept.map((analysis) => analysis.id).sort(), [younger, analysisId].sort());
  assert.ok(!kept.some((analysis) => analysis.id === unused));

  // It looks at machines, too.
  const [app] = fly.apps().filter(({ name }) => name === (row.machine as { app: string }).app);
  const [machine] = fly.machines(app?.name ?? "");
  await fly.destroyMachine(app?.name ?? "", machine?.id ?? "");
  await db().$executeRaw`update deployments set looked_at = null where id = ${id}::uuid`;
  assert.deepEqual(await (await ask(`Bearer ${CRON_SECRET}`)).json(), { advanced: 0 });
  const { error } = await db().deployment.findUniqueOrThrow({ where: { id } });
  assert.equal((error as { code: string }).code, "machine_missing");

  await deleteDeployment(userId, id);
  await waitFor("it is gone", async () => {
    await ask(`Bearer ${CRON_SECRET}`);
    return (await db().deployment.count({ where: { id } })) === 0;
  });
});

test("requests advance a move a little each time, and the old machine goes when its time is over", async () => {
  const { id } = await deployFixture(userId, "works");
  const looked = async (isDone: () => Promise<boolean>) => {
    await waitFor("looks have done it", async () => {
      await getDeployment(userId, id);
      await idle();
      return isDone();
    });
  };
  const row = () => db().deployment.findUniqueOrThrow({ where: { id } });
  await looked(async () => ["live", "failing"].includes((await row()).status));
  const before = (await row()).machine as { app: string };
  fly.setRegionFull("fra", true);
  await updateMachineSettings(userId, id, { region: "fra" });
  await looked(async () => (await getDeployment(userId, id)).machine?.change?.state === "failed");
  await looked(async () => (await row()).secondaryMachine === null);
  fly.setRegionFull("fra", false);
  await updateMachineSettings(userId, id, { region: "fra" });
  await looked(async () => (await row()).change === null);
  const { machine, status } = await row();
  assert.equal(status, "live");
  assert.equal((machine as { region: string }).region, "fra");
  await db().$executeRaw`update deployments set spare_until = now() where id = ${id}::uuid`;
  await looked(async () => (await row()).secondaryMachine === null);
  const left = fly.apps().filter(({ name, isDeleting }) => !isDeleting && name.startsWith(before.app));
  assert.deepEqual(
    left.map(({ name }) => name),
    [(machine as { app: string }).app],
  );
});

test("a step that is interrupted repeatedly ends with the platform's word on the machine", async () => {
  const { options } = workerState();
  workerState().options = { ...options, interruptedTimeoutMs: 3_000 };
  try {
    const { id } = await deployFixture(userId, "silent");
    const row = await waitFor("it has failed", async () => {
      await reconcileDeployment(id, { budgetMs: 1_000 });
      const now = await db().deployment.findUniqueOrThrow({ where: { id } });
      return now.status === "failing" && now;
    });
    const { code, message } = row.error as { code: string; message: string };
    assert.equal(code, "machine_unavailable", message);
    assert.match(message, /not ready in time/);
    const failed = (await stepsOf(id)).filter((step) => step.status === "failed");
    assert.equal(failed.length, 1);
    assert.ok(failed[0]?.endedAt);
    await waitFor("its machine is stopped", async () => {
      const [machine] = fly.machines((row.machine as { app: string }).app);
      return machine?.state === "stopped";
    });
  } finally {
    workerState().options = options;
  }
});

test("a failure is reported although its step was interrupted", async () => {
  const { id } = await deployFixture(userId, "crashes");
  const row = await waitFor("it has failed", async () => {
    await reconcileDeployment(id, { budgetMs: 500 });
    const now = await db().deployment.findUniqueOrThrow({ where: { id } });
    return now.status === "failing" && now;
  });
  assert.equal((row.error as { code: string }).code, "crashed_at_start");
});
