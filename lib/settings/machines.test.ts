import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { makeMember, makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { formatRegion, listRegionChoices } from "../runtime/fly/regions.ts";
import { loadDefaultRegionLabel, loadOfferedRegionLabel, viewMachines } from "./machines.ts";
import { setSettings } from "./settings.ts";

let close: () => Promise<void>;
let owner: SessionUser;
let member: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
  member = await makeMember("member@example.com");
});
after(() => close());
beforeEach(async () => {
  setVariables({ RUNTIME: undefined, FLY_API_TOKEN: undefined, FLY_REGION: undefined, VERCEL: undefined });
  await db().setting.deleteMany();
});

test("only the owner sees where servers run, without the token", async () => {
  await setSettings({ fly_token: "FlyV1 fm2_secret" });
  await assert.rejects(viewMachines(member), (error: unknown) => {
    assert.ok(error instanceof AppError);
    return error.code === "forbidden";
  });
  const view = await viewMachines(owner);
  assert.equal(view.fly.runtime.name, "fly");
  assert.deepEqual(view.deployments, { local: 0, fly: 0 });
  assert.doesNotMatch(JSON.stringify(view), /fm2_secret/);
  assert.equal(view.canRunHere, true);
  setVariables({ VERCEL: "1" });
  assert.equal((await viewMachines(owner)).canRunHere, false);
});

test("a region is offered while new servers run on Fly", async () => {
  assert.equal(await loadOfferedRegionLabel(), null);
  setVariables({ RUNTIME: "fly" });
  assert.equal(await loadOfferedRegionLabel(), "Virginia (iad)");
  await setSettings({ fly_region: "fra" });
  assert.equal(await loadOfferedRegionLabel(), "Frankfurt (fra)");
  setVariables({ RUNTIME: "local", FLY_REGION: "syd" });
  assert.equal(await loadOfferedRegionLabel(), null);
  assert.equal(await loadDefaultRegionLabel(), "Sydney (syd)");
});

test("an unknown region is shown by its code and stays a choice while in use", () => {
  assert.equal(formatRegion("xyz"), "xyz");
  assert.equal(listRegionChoices("xyz")[0], "xyz");
  assert.ok(!listRegionChoices(null).includes("xyz"));
  const offered = [
    { code: "xyz", name: "Atlantis" },
    { code: "fra", name: "Frankfurt, Germany" },
  ];
  assert.equal(formatRegion("xyz", offered), "Atlantis (xyz)");
  assert.deepEqual(listRegionChoices(null, offered), ["xyz", "fra"]);
  assert.deepEqual(listRegionChoices("iad", offered), ["iad", "xyz", "fra"]);
  assert.equal(listRegionChoices("fra").filter((code) => code === "fra").length, 1);
});

test("deployments are counted by organization", async () => {
  const machines = ["acme", "acme", "globex", null].map((org) => org && { app: "cw-app", org });
  for (const [number, machine] of machines.entries()) {
    await db().deployment.create({
      data: {
        ownerId: owner.id,
        name: `at Fly ${number}`,
        source: "npm:test",
        spec: {},
        runtime: "fly",
        ...(machine && { machine }),
      },
    });
  }
  assert.deepEqual((await viewMachines(owner)).organizations, { acme: 2, globex: 1 });
  await db().deployment.deleteMany();
});
