import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { db } from "../db/client.ts";
import { FIXTURE_PACKAGE } from "../deployments/testing/registry.ts";
import { createTestAnalysis, waitFor } from "../deployments/testing/settings.ts";
import type { DeploymentView } from "../deployments/view.ts";
import type { RunningApp } from "./testing/app.ts";
import { createFlyHosting, McpTestClient } from "./testing/fly-hosting.ts";

// Two instances of the app on one PostgreSQL, as behind one address, with machines on a played Fly.

const hosting = await createFlyHosting();
const { fly, userId, ask } = hosting;
after(() => hosting.close());

async function deploy(app: RunningApp): Promise<string> {
  const server = { name: "fixture", package: FIXTURE_PACKAGE, version: "1.0.0", args: ["works"] };
  const analysis_id = await createTestAnalysis(userId, server);
  const { status, body } = await ask(app, "POST", "/api/deployments", { analysis_id, inputs: {} });
  assert.equal(status, 201, JSON.stringify(body));
  return (body as { id: string }).id;
}

async function viewOf(app: RunningApp, id: string): Promise<DeploymentView> {
  const { status, body } = await ask(app, "GET", `/api/deployments/${id}`);
  assert.equal(status, 200);
  return body as DeploymentView;
}

function untilLive(app: RunningApp, id: string): Promise<DeploymentView> {
  return waitFor("it is live", async () => {
    const view = await viewOf(app, id);
    assert.notEqual(view.status, "failing", JSON.stringify(view.error));
    return view.status === "live" && view;
  });
}

async function makeKey(app: RunningApp, id: string): Promise<{ id: string; key: string }> {
  const { status, body } = await ask(app, "POST", `/api/deployments/${id}/keys`, { name: "test" });
  assert.equal(status, 201);
  return body as { id: string; key: string };
}

const report = { name: "report", arguments: {} };

test("two instances share the work, and when one is killed the other goes on with all of it", async (context) => {
  // The load below makes more calls a second than one client may.
  const settings = { GATEWAY_MAX_CALLS_PER_S: "0" };
  const [one, two] = await Promise.all([
    hosting.startInstance(context, settings),
    hosting.startInstance(context, settings),
  ]);

  // What one does is seen through the other, and a call through the other waits for it.
  const first = await deploy(one);
  const { key } = await makeKey(one, first);
  const client = new McpTestClient(first, key);
  const opened = client.open(two.url);
  const live = await untilLive(two, first);
  assert.ok(live.steps.every((step) => step.status === "done"));

  // A session that was begun through one is used through both.
  await opened;
  for (const { url } of [one, two, one]) {
    const { status, result } = await client.request(url, "tools/call", report);
    assert.equal(status, 200);
    assert.ok(result);
  }

  // A key that is deleted through one is refused by the other, which has just served it.
  const other = await makeKey(one, first);
  const revoked = new McpTestClient(first, other.key);
  await revoked.open(two.url);
  assert.equal((await ask(one, "DELETE", `/api/deployments/${first}/keys/${other.id}`)).status, 204);
  await waitFor("the other instance refuses it", async () => {
    return (await revoked.request(two.url, "tools/list")).status === 401;
  });

  // Load through both, while one is killed in the middle of another deployment's steps.
  const answers = { one: 0, two: 0 };
  const failures: unknown[] = [];
  let isOver = false;
  const load = async (name: keyof typeof answers, { url }: RunningApp) => {
    const worker = new McpTestClient(first, key);
    await worker.open(url);
    while (!isOver) {
      const answer = await worker.request(url, "tools/call", report).catch((error: unknown) => ({ status: 0, error }));
      if (answer.status === 200) answers[name]++;
      else if (name === "two") failures.push(answer);
      else return;
      await delay(5);
    }
  };
  const loads = [load("one", one), load("one", one), load("two", two), load("two", two)];
  await waitFor("both answer calls", async () => answers.one > 10 && answers.two > 10);
  const second = await deploy(one);
  await waitFor("the first instance is at its steps", async () => {
    const rows = await db().deploymentStep.findMany({ where: { deploymentId: second, status: "running" } });
    return rows.some((step) => step.name === "installing" || step.name === "preparing");
  });
  one.process.kill("SIGKILL");
  await once(one.process, "exit");
  const before = answers.two;
  await untilLive(two, second);
  await waitFor("calls go on", async () => answers.two > before + 20);
  isOver = true;
  await Promise.all(loads);
  assert.deepEqual(failures, []);

  // The session goes on, and nothing was made twice.
  assert.equal((await client.request(two.url, "tools/call", report)).status, 200);
  assert.equal(fly.apps().length, 2);
  for (const { name } of fly.apps()) assert.equal(fly.machines(name).length, 1, name);
  assert.deepEqual(fly.violations, []);

  for (const id of [first, second]) assert.equal((await ask(two, "DELETE", `/api/deployments/${id}`)).status, 202);
  await waitFor("nothing is left", async () => fly.apps().every(({ isDeleting }) => isDeleting));
});
