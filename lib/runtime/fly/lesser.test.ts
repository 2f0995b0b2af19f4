import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Fault } from "../../../fly-simulator/src/faults.ts";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { buildRuntime, buildSpec, buildTestAppName, deploymentId, type TestRuntime } from "./testing/runtime.ts";

// A platform that has less than Fly's document: what is there for comfort alone stands between nobody and a machine.

let fly: FlySimulator;
before(async () => {
  fly = await startFlySimulator({ timeScale: 0.01, autostopEveryMs: "never" });
});
after(() => fly.stop());

let number = 0;
const nextId = () => deploymentId(++number);

/** A runtime with a rate limit of its own, which Fly keeps for each token. */
function alone(): TestRuntime {
  return buildRuntime(fly, { token: fly.makeToken({}) });
}

/** Lets an operation of one app fail whenever it is asked for. */
function lacks(id: string, below: string, answer: Fault["answer"], method?: string): void {
  const path = `/apps/${buildTestAppName(id)}${below}`;
  fly.inject({ match: { path, ...(method && { method }) }, times: 1_000, answer });
}

/** The same for one of its machine, which is there by now. */
function lacksOfMachine(id: string, below: string, answer: Fault["answer"]): void {
  lacks(id, `/machines/${fly.machines(buildTestAppName(id))[0]?.id}${below}`, answer);
}

/** Makes a machine, starts it, changes it, stops it, and removes everything. */
async function lives(id: string, whenMade: () => void = () => {}): Promise<void> {
  const { runtime } = alone();
  const spec = buildSpec(id);
  const made = await runtime.create(spec);
  whenMade();
  const started = await runtime.start(made, spec);
  assert.equal((await runtime.describe(started)).state, "started");
  const changed = { ...spec, size: { ...spec.size, memoryMb: 1_024 } };
  const changedRef = await runtime.start(await runtime.create(changed), changed);
  assert.equal(fly.machines(buildTestAppName(id))[0]?.config.guest?.memory_mb, 1_024);
  await runtime.stop(changedRef);
  assert.equal((await runtime.describe(changedRef)).state, "stopped");
  await runtime.destroy(id, changedRef);
  assert.equal(fly.apps().filter(({ name, isDeleting }) => name === buildTestAppName(id) && !isDeleting).length, 0);
}

for (const answer of [403, 404, 405, 501] as const) {
  test(`a machine runs without deploy tokens, leases and waits (${answer})`, async () => {
    const id = nextId();
    lacks(id, "/deploy_token", answer);
    await lives(id, () => {
      lacksOfMachine(id, "/lease", answer);
      if (answer !== 403) lacksOfMachine(id, "/wait", answer);
    });
    const asked = fly.requests.filter(({ path }) => path.includes(`${buildTestAppName(id)}/deploy_token`));
    assert.equal(asked.length, 1, "a token that is not to be had is not asked for at every step");
  });
}

test("a machine runs where Fly assigns no addresses and sets secrets one by one", async () => {
  for (const answer of [404, 405, 501] as const) {
    const id = nextId();
    lacks(id, "/ip_assignments", answer);
    lacks(id, "/secrets", answer);
    await alone().runtime.create(buildSpec(id));
    const app = fly.apps().find(({ name }) => name === buildTestAppName(id));
    assert.deepEqual([app?.ips.length, app?.secrets.length], [0, 5]);
    assert.equal(fly.machines(buildTestAppName(id)).length, 1);
  }
});

test("create succeeds with one kind of address and fails without any", async () => {
  const id = nextId();
  fly.inject({
    match: { method: "POST", path: `/apps/${buildTestAppName(id)}/ip_assignments` },
    after: 1,
    times: 1_000,
    answer: 422,
  });
  await alone().runtime.create(buildSpec(id));
  assert.deepEqual(
    fly
      .apps()
      .find(({ name }) => name === buildTestAppName(id))
      ?.ips.map(({ type }) => type),
    ["shared_v4"],
  );
  const none = nextId();
  lacks(none, "/ip_assignments", 422, "POST");
  await assert.rejects(alone().runtime.create(buildSpec(none)), { code: "machine_unavailable", detail: /status 422/ });
});

test("create waits for a new app that Fly answers with 401, and reports a refused token", async () => {
  const id = nextId();
  fly.inject({ match: { method: "GET", path: `/apps/${buildTestAppName(id)}` }, times: 3, answer: 401 });
  await alone().runtime.create(buildSpec(id));
  assert.equal(fly.machines(buildTestAppName(id)).length, 1);
  const token = fly.makeToken({});
  fly.revokeToken(token);
  await assert.rejects(buildRuntime(fly, { token }).runtime.create(buildSpec(nextId())), { code: "fly_token_refused" });
});

test("slow secrets are set once and waited for", async () => {
  const id = nextId();
  fly.inject({ match: { method: "POST", path: `/apps/${buildTestAppName(id)}/machines` }, times: 3, answer: 412 });
  await alone().runtime.create(buildSpec(id));
  const set = fly.requests.filter(
    ({ method, path }) => method === "POST" && path.endsWith(`${buildTestAppName(id)}/secrets`),
  );
  assert.equal(set.length, 1);
});

test("an image behind a private registry is pinned to the digest that Fly pulled", async () => {
  const id = nextId();
  // Nobody answers there; the simulator knows an image under any registry's name.
  const image = fly.imageTag.replace(/^[^/]*/, "127.0.0.1:1");
  const { runtime } = buildRuntime(fly, { token: fly.makeToken({}), image });
  const spec = buildSpec(id);
  const made = await runtime.create(spec);
  const [, digest] = fly.image.split("@");
  assert.equal(made.image, `${image.replace(/:[^:/]+$/, "")}@${digest}`);
  await runtime.start(made, spec);
  const [machine] = fly.machines(buildTestAppName(id));
  assert.equal(machine?.config.image, made.image);
  const again = await runtime.create(spec);
  assert.deepEqual([again.image, again.machineId], [made.image, machine?.id]);
});
