import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFlySimulator } from "../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../fly-simulator/src/simulator-types.ts";
import { makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import { db } from "../db/client.ts";
import { loadInstallationId } from "../runtime/fly/apps/installation.ts";
import { buildAppName } from "../runtime/fly/apps/naming.ts";
import { listRegionChoices } from "../runtime/fly/regions.ts";
import { buildSpec } from "../runtime/fly/testing/runtime.ts";
import { getFlyRuntime } from "../runtime/runtimes.ts";
import { listApps, listRegions, removeOrphan } from "./leftover-apps.ts";
import { loadOfferedRegions } from "./offered-regions.ts";

let fly: FlySimulator;
let close: () => Promise<void>;
before(async () => {
  close = await prepareCatwalk();
  fly = await startFlySimulator({ timeScale: 0.01, autostopEveryMs: "never" });
  setVariables(fly.env);
});
after(async () => {
  await close();
  await fly.stop();
});

test("an installation has one id, even when two requests race", async () => {
  const ids = await Promise.all([loadInstallationId(), loadInstallationId(), loadInstallationId()]);
  assert.equal(new Set(ids).size, 1);
  assert.match(ids[0] ?? "", /^[a-z0-9]{8}$/);
  assert.equal(await loadInstallationId(), ids[0]);
});

test("orphaned apps are listed and removed, and no others", async () => {
  const { id: ownerId } = await makeOwner();
  const row = await db().deployment.create({
    data: { ownerId, name: "kept", source: "x", spec: {}, runtime: "fly" },
  });
  const kept = await getFlyRuntime().create(buildSpec(row.id));
  // Its token is kept with the deployment, encrypted.
  const { machineTokenCiphertext } = await db().deployment.findUniqueOrThrow({ where: { id: row.id } });
  assert.match(machineTokenCiphertext ?? "", /^v1\./);
  const orphan = "0199d7a4-0000-7000-8000-00000000dead";
  const left = await getFlyRuntime().create(buildSpec(orphan));
  const others = [buildAppName("zzzz9999", orphan), "somebodys-app"];
  for (const name of others) {
    const made = await fetch(`${fly.url}/v1/apps`, {
      method: "POST",
      headers: { authorization: fly.makeToken({}), "content-type": "application/json" },
      body: JSON.stringify({ name, org_slug: fly.org }),
    });
    assert.equal(made.status, 201);
  }
  const apps = await listApps();
  assert.deepEqual(
    apps.map(({ app, deploymentId, deploymentName, isOrphaned }) => ({
      app,
      deploymentId,
      deploymentName,
      isOrphaned,
    })),
    [
      { app: left.app, deploymentId: orphan, deploymentName: null, isOrphaned: true },
      { app: kept.app, deploymentId: row.id, deploymentName: "kept", isOrphaned: false },
    ],
  );
  assert.equal(apps[0]?.createdAt, new Date(0x0199d7a40000).toISOString());
  await assert.rejects(removeOrphan(String(kept.app)), { code: "conflict" });
  for (const name of [...others, "../x"]) await assert.rejects(removeOrphan(name), { code: "not_found" });
  await removeOrphan(String(left.app));
  await removeOrphan(String(left.app));
  assert.deepEqual(
    fly
      .apps()
      .map(({ name }) => name)
      .sort(),
    [kept.app, ...others].sort(),
  );
  await getFlyRuntime().destroy(row.id, kept);
});

test("pages offer Fly's regions, keep them through an outage, and ask again with a new token", async () => {
  const token = fly.makeToken({});
  setVariables({ FLY_API_TOKEN: undefined });
  assert.equal(await loadOfferedRegions(), null);
  setVariables({ FLY_API_TOKEN: token });
  const offered = await loadOfferedRegions();
  assert.deepEqual(listRegionChoices("fra", offered), ["fra", "lhr", "syd", "iad"]);
  const from = fly.requests.length;
  await loadOfferedRegions();
  assert.equal(fly.requests.length, from);
});

test("regions come from Fly, and fail without a token", async () => {
  assert.deepEqual(
    (await listRegions()).map(({ code }) => code),
    ["iad", "fra", "lhr", "syd"],
  );
  setVariables({ FLY_API_TOKEN: undefined });
  await assert.rejects(listApps(), { code: "fly_not_configured" });
  assert.deepEqual(fly.violations, []);
});
