import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, test } from "node:test";
import { db } from "../db/client.ts";
import { workerState } from "../deployments/reconcile/worker-state.ts";
import { deployFixture } from "../deployments/testing/fixtures.ts";
import { waitFor } from "../deployments/testing/settings.ts";
import type { DeploymentView } from "../deployments/view.ts";
import { runApp, temporaryDataFolder } from "./testing/app.ts";
import { createFlyHosting, McpTestClient } from "./testing/fly-hosting.ts";

// The app as it is on Vercel: no timer, no process that counts on outliving a request.

const hosting = await createFlyHosting();
const { fly, userId, ask, settings } = hosting;
// This process only puts deployments into the database.
workerState().isStopping = true;
after(() => hosting.close());

test("without a timer deployments advance by requests alone, and by the clock", async (context) => {
  const app = await hosting.startInstance(context, { VERCEL: "1" });
  const statusOf = async (id: string) => (await db().deployment.findUniqueOrThrow({ where: { id } })).status;

  const { id } = await deployFixture(userId, "works");
  const { id: other } = await deployFixture(userId, "works");
  // Other requests leave it alone.
  for (let count = 0; count < 20; count++) assert.equal((await fetch(`${app.url}/api/health`)).status, 200);
  assert.equal(await statusOf(id), "pending");

  const view = await waitFor("it is live", async () => {
    const { status, body } = await ask(app, "GET", `/api/deployments/${id}`);
    assert.equal(status, 200);
    const now = body as DeploymentView;
    assert.notEqual(now.status, "failing", JSON.stringify(now.error));
    return now.status === "live" && now;
  });
  assert.deepEqual([...new Set(view.steps.map((step) => step.attempts))], [1]);
  const { body } = await ask(app, "POST", `/api/deployments/${id}/keys`, { name: "test" });
  const client = new McpTestClient(id, (body as { key: string }).key);
  await client.open(app.url);
  assert.equal((await client.request(app.url, "tools/call", { name: "report", arguments: {} })).status, 200);

  assert.equal(await statusOf(other), "pending");
  assert.equal((await fetch(`${app.url}/api/cron`)).status, 401);
  const clock = await fetch(`${app.url}/api/cron`, { headers: { authorization: `Bearer ${settings.CRON_SECRET}` } });
  assert.deepEqual([clock.status, await clock.json()], [200, { advanced: 1 }]);
  assert.equal(await statusOf(other), "live");

  // What an action leaves to be done is done after its answer.
  assert.equal((await ask(app, "DELETE", `/api/deployments/${other}`)).status, 202);
  await waitFor("it is gone", async () => (await db().deployment.count({ where: { id: other } })) === 0);
  assert.equal(fly.apps().filter(({ isDeleting }) => !isDeleting).length, 1);
});

test("local servers are refused on Vercel, with the alternative", async (context) => {
  const dataFolder = await temporaryDataFolder();
  context.after(() => rm(dataFolder, { recursive: true, force: true }));
  const { code, output } = await runApp({ dataFolder, settings: { ...settings, VERCEL: "1", RUNTIME: "local" } });
  assert.equal(code, 1);
  assert.match(output, /RUNTIME cannot be local on Vercel.*FLY_API_TOKEN/);
});
