import assert from "node:assert/strict";
import { after, test } from "node:test";
import { db } from "../db/client.ts";
import { workerState } from "../deployments/reconcile/worker-state.ts";
import { deployFixture } from "../deployments/testing/fixtures.ts";
import { waitFor } from "../deployments/testing/settings.ts";
import type { DeploymentView } from "../deployments/view.ts";
import type { RunningApp } from "./testing/app.ts";
import { createFlyHosting, McpTestClient } from "./testing/fly-hosting.ts";

// The app as `fly launch` leaves it: with the documented secrets, the variables that Fly sets itself, and no image of mcp-host.

const hosting = await createFlyHosting();
const { fly, userId, ask } = hosting;
// This process only puts deployments into the database.
workerState().isStopping = true;
after(() => hosting.close());

test("a fresh app on Fly brings a server live from its own image, and an update reaches it with a restart", async (context) => {
  const launched = { ...fly.appEnv, MCP_HOST_IMAGE: "" };
  const app = await hosting.startInstance(context, launched);
  const { id } = await deployFixture(userId, "works");
  await waitUntilLive(app, id);
  const client = new McpTestClient(id, await createKey(app, id));
  await client.open(app.url);
  const callTool = async (base: string) => {
    const { status } = await client.request(base, "tools/call", { name: "report", arguments: {} });
    assert.equal(status, 200);
  };
  await callTool(app.url);
  const first = onlyMachine();
  assert.match(first.config.image ?? "", /\/catwalk@sha256:[0-9a-f]{64}$/);
  await app.stop();

  const next = fly.addImage("catwalk", "deployment-2", "app");
  const updated = await hosting.startInstance(context, { ...launched, FLY_IMAGE_REF: next.tag });
  await waitUntilLive(updated, id);
  await callTool(updated.url);
  const kept = onlyMachine();
  assert.deepEqual([kept.id, kept.version, kept.pid], [first.id, first.version, first.pid]);

  assert.equal((await ask(updated, "POST", `/api/deployments/${id}/restart`)).status, 202);
  // The earlier machine serves until the new one has answered, and is then drained and deleted.
  await waitFor("a machine with the new image serves", async () => {
    const { machine } = await db().deployment.findUniqueOrThrow({ where: { id }, select: { machine: true } });
    return (machine as { image?: string }).image === next.digest;
  });
  await waitUntilLive(updated, id);
  const again = new McpTestClient(id, await createKey(updated, id));
  await again.open(updated.url);
  assert.equal((await again.request(updated.url, "tools/call", { name: "report", arguments: {} })).status, 200);
  assert.deepEqual(fly.violations, []);
});

function machines() {
  return fly.apps().flatMap(({ name, isDeleting }) => (isDeleting ? [] : fly.machines(name)));
}

function onlyMachine() {
  const [machine, ...others] = machines();
  assert.ok(machine);
  assert.deepEqual(others, []);
  return machine;
}

async function waitUntilLive(app: RunningApp, id: string): Promise<void> {
  await waitFor("it is live", async () => {
    const { status, body } = await ask(app, "GET", `/api/deployments/${id}`);
    assert.equal(status, 200);
    const view = body as DeploymentView;
    assert.notEqual(view.status, "failing", JSON.stringify(view.error));
    return view.status === "live";
  });
}

async function createKey(app: RunningApp, id: string): Promise<string> {
  const { body } = await ask(app, "POST", `/api/deployments/${id}/keys`, { name: "test" });
  return (body as { key: string }).key;
}
