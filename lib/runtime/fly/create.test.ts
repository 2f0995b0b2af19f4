import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { AppError } from "../../errors/app-error.ts";
import {
  buildRuntime,
  buildSpec,
  buildTestAppName,
  deploymentId,
  installation,
  type TestRuntime,
  until,
} from "./testing/runtime.ts";

// Making a machine, whatever goes wrong on the way. None is started here.

let fly: FlySimulator;
let test1: TestRuntime;
before(async () => {
  fly = await startFlySimulator({ timeScale: 0.01, autostopEveryMs: "never" });
  test1 = buildRuntime(fly);
});
after(() => fly.stop());

let number = 0;
const nextId = () => deploymentId(++number);

const answers = [408, 409, 412, 422, 429, 500, 502, 503, 504, "cut-before", "cut-after"] as const;

/** One app with one machine, two addresses and the secrets, all of them once. */
function assertWhole(id: string): void {
  const app = fly.apps().filter(({ name }) => name === buildTestAppName(id));
  assert.equal(app.length, 1);
  assert.equal(app[0]?.network, buildTestAppName(id));
  assert.deepEqual(app[0]?.ips.map(({ type }) => type).sort(), ["shared_v4", "v6"]);
  assert.deepEqual(app[0]?.secrets.sort(), [
    "MCP_ARGS",
    "MCP_HOST_TOKEN",
    "MCP_REDACT",
    "MCP_SERVER_ENV",
    "MCP_SERVER_FILES",
  ]);
  assert.equal(fly.machines(buildTestAppName(id)).length, 1);
}

/** Makes it, and where that ends with a cause makes it again, as a person's retry does. */
async function createWithRetry(id: string): Promise<void> {
  const { runtime } = alone();
  try {
    await runtime.create(buildSpec(id));
  } catch (error) {
    assert.ok(error instanceof AppError && error.code !== "internal", String(error));
    assert.ok(error.hint);
    await runtime.create(buildSpec(id));
  }
}

/** A runtime with a rate limit of its own, which Fly keeps for each token. */
function alone(): TestRuntime {
  return buildRuntime(fly, { token: fly.makeToken({}) });
}

const steps = [
  { method: "GET", below: "" },
  { method: "POST", below: "/deploy_token" },
  { method: "GET", below: "/ip_assignments" },
  { method: "POST", below: "/ip_assignments" },
  { method: "GET", below: "/machines" },
  { method: "GET", below: "/secrets" },
  { method: "POST", below: "/secrets" },
  { method: "POST", below: "/machines" },
];

for (const { method, below } of steps) {
  test(`create makes one app and one machine, whatever ${method} …${below} answers`, async () => {
    await Promise.all(
      answers.map(async (answer) => {
        const id = nextId();
        fly.inject({ match: { method, path: `/apps/${buildTestAppName(id)}${below}` }, answer });
        await createWithRetry(id);
        assertWhole(id);
      }),
    );
  });
}

test("create does not repeat a request that Fly carried out despite its error", async () => {
  await Promise.all(
    ["/machines", "/ip_assignments", "/secrets"].flatMap((below) =>
      [408, 500, 503].map(async (answer) => {
        const id = nextId();
        fly.inject({
          match: { method: "POST", path: `/apps/${buildTestAppName(id)}${below}` },
          answer: answer as 408 | 500 | 503,
          done: true,
          times: 2,
        });
        await alone().runtime.create(buildSpec(id));
        assertWhole(id);
      }),
    ),
  );
});

test("create finds the app whose creation lost its answer", async () => {
  for (const answer of answers) {
    const id = nextId();
    fly.inject({ match: { method: "POST", path: "/apps" }, answer });
    await createWithRetry(id);
    assertWhole(id);
  }
});

test("two processes that create the same machine create one", async () => {
  const other = buildRuntime(fly);
  const id = nextId();
  const refs = await Promise.all([test1.runtime.create(buildSpec(id)), other.runtime.create(buildSpec(id))]);
  assertWhole(id);
  assert.equal(refs[0]?.machineId, refs[1]?.machineId);
});

test("create returns an existing machine and destroys a second one", async () => {
  const id = nextId();
  const ref = await test1.runtime.create(buildSpec(id));
  const again = await test1.runtime.create(buildSpec(id));
  assert.deepEqual(again, ref);
  const [machine] = fly.machines(buildTestAppName(id));
  const response = await fetch(`${fly.url}/v1/apps/${buildTestAppName(id)}/machines`, {
    method: "POST",
    headers: { authorization: fly.token, "content-type": "application/json" },
    body: JSON.stringify({ name: "clone", config: machine?.config, skip_launch: true }),
  });
  assert.equal(response.status, 200);
  assert.equal(fly.machines(buildTestAppName(id)).length, 2);
  assert.deepEqual(await test1.runtime.create(buildSpec(id)), ref);
  await until(() => fly.machines(buildTestAppName(id)).length === 1, "the second machine goes");
  assertWhole(id);
});

test("a new region recreates the machine and destroys the old one", async () => {
  const id = nextId();
  const size = { memoryMb: 512, alwaysOn: false };
  const first = await test1.runtime.create(buildSpec(id, { size: { ...size, region: null } }));
  assert.equal(first.region, "iad");
  const second = await test1.runtime.create(buildSpec(id, { size: { ...size, region: "fra" } }));
  assert.equal(second.region, "fra");
  await until(() => fly.machines(buildTestAppName(id)).length === 1, "the first machine goes");
  assertWhole(id);
  // Where nothing was chosen it stays where it is, whatever the settings say now.
  test1.settings.region = "syd";
  const third = await test1.runtime.create(buildSpec(id, { size: { ...size, region: null } }));
  test1.settings.region = "iad";
  assert.equal(third.machineId, second.machineId);
});

test("a new image recreates the machine, the same image under another tag does not", async () => {
  const id = nextId();
  const { runtime, settings } = alone();
  const first = await runtime.create(buildSpec(id));
  settings.image = fly.image;
  assert.equal((await runtime.create(buildSpec(id))).machineId, first.machineId);
  settings.image = fly.addImage("mcp-host", "next").tag;
  const second = await runtime.create(buildSpec(id));
  assert.notEqual(second.machineId, first.machineId);
  assert.notEqual(second.image, first.image);
  await until(() => fly.machines(buildTestAppName(id)).length === 1, "the first machine goes");
  assertWhole(id);
});

test("a new version of Catwalk's own image recreates a machine at its next create, and starts it unchanged until then", async () => {
  const id = nextId();
  const { runtime, settings } = alone();
  settings.image = fly.addImage("catwalk", "deployment-2", "app").tag;
  settings.isAppImage = true;
  const first = await runtime.create(buildSpec(id));
  assert.match(String(first.image), /\/catwalk@sha256:/);
  assert.equal(await runtime.isOutdated(first), false);
  const app = buildTestAppName(id);
  assert.equal(fly.machines(app)[0]?.config.init?.cmd?.[0], "node");

  settings.image = fly.addImage("catwalk", "deployment-3", "app").tag;
  assert.equal(await runtime.isOutdated(first), true);
  const started = await runtime.start(first, buildSpec(id));
  assert.deepEqual([started.machineId, started.image], [first.machineId, first.image]);
  assert.equal(fly.machines(app)[0]?.config.image, first.image);
  await runtime.stop(started);

  const second = await runtime.create(buildSpec(id), started);
  assert.notEqual(second.machineId, first.machineId);
  assert.notEqual(second.image, first.image);
  // An image of mcp-host alone needs no command.
  settings.image = fly.image;
  settings.isAppImage = false;
  const third = await runtime.create(buildSpec(id), second);
  await until(() => fly.machines(app).length === 1, "the earlier machine goes");
  assert.equal(fly.machines(app)[0]?.config.init, undefined);
  assert.equal(third.isAppImage, undefined);
  assertWhole(id);
});

test("a full region fails with regions that have capacity, and the chosen one works", async () => {
  const id = nextId();
  const size = { memoryMb: 512, alwaysOn: false };
  fly.setRegionFull("lhr", true);
  await assert.rejects(test1.runtime.create(buildSpec(id, { size: { ...size, region: "lhr" } })), {
    code: "no_capacity",
    message: /London \(lhr\)/,
    hint: /another region.* Fly has room in Virginia \(iad\), Frankfurt \(fra\), Sydney \(syd\)\./,
    detail: /fly-request-id/,
  });
  // What Fly does not say is no further failure.
  fly.inject({ match: { path: "/platform/placements" }, answer: 503 });
  await assert.rejects(test1.runtime.create(buildSpec(id, { size: { ...size, region: "lhr" } })), {
    code: "no_capacity",
    hint: /later\.$/,
  });
  await test1.runtime.create(buildSpec(id, { size: { ...size, region: "fra" } }));
  fly.setRegionFull("lhr", false);
  assertWhole(id);
});

test("a taken app name is reported, and deleting the deployment leaves that app alone", async () => {
  const id = nextId();
  fly.takeName(buildTestAppName(id));
  await assert.rejects(test1.runtime.create(buildSpec(id)), { code: "app_name_taken" });
  await test1.runtime.destroy(id, null);
  assert.equal(fly.apps().filter(({ name }) => name === buildTestAppName(id)).length, 1);
});

const lasting = [
  {
    answer: 409,
    error: "aborted: could not reserve resource for machine: insufficient memory available to fulfill request",
    code: "no_capacity",
  },
  { answer: 412, error: "insufficient resources to create new machine", code: "no_capacity" },
  {
    answer: 403,
    error: 'organization "acme" is using 2048 MB of memory in iad which is over the allowed quota',
    code: "no_capacity",
  },
  { answer: 422, error: "region iad is not available", code: "no_capacity" },
  {
    answer: 403,
    error: "trial has ended, please add a credit card by visiting https://fly.io/trial",
    code: "fly_payment_needed",
  },
] as const;

for (const { answer, error, code } of lasting) {
  test(`"${error}" fails at once, neither as a refused token nor as a transient failure`, async () => {
    const id = nextId();
    const { runtime } = alone();
    const from = fly.requests.length;
    fly.inject({ match: { method: "POST", path: `/apps/${buildTestAppName(id)}/machines` }, answer, error, times: 9 });
    await assert.rejects(runtime.create(buildSpec(id)), { code, detail: new RegExp(error.slice(0, 20)) });
    const asked = fly.requests.slice(from).map(({ operation }) => operation);
    assert.equal(asked.filter((operation) => operation === "Machines_create").length, 1);
    assert.equal(asked.filter((operation) => operation === "App_create_deploy_token").length, 1);
    await runtime.destroy(id, null);
  });
}

test("create waits for secrets that have not reached every host", async () => {
  const id = nextId();
  const error = "min_secrets_version 3 is not yet available on this app";
  fly.inject({ match: { method: "POST", path: `/apps/${buildTestAppName(id)}/machines` }, answer: 412, error });
  await alone().runtime.create(buildSpec(id));
  assertWhole(id);
});

test("an unpaid account is not reported as a taken name", async () => {
  const id = nextId();
  const error = "trial has ended, please add a credit card";
  fly.inject({ match: { method: "GET", path: `/apps/${buildTestAppName(id)}` }, answer: 403, error });
  await assert.rejects(alone().runtime.create(buildSpec(id)), { code: "fly_payment_needed" });
});

test("destroy refuses an app of another organization, and succeeds once it is deleted by hand", async () => {
  const id = nextId();
  const ref = { ...(await alone().runtime.create(buildSpec(id))), org: "acme" };
  const other = buildRuntime(fly, { org: "other", token: fly.makeToken({ org: "other" }) });
  await assert.rejects(other.runtime.destroy(id, ref), {
    code: "fly_token_refused",
    hint: new RegExp(buildTestAppName(id)),
  });
  await assert.rejects(other.runtime.describe(ref), { code: "fly_token_refused" });
  assertWhole(id);
  await fly.destroyApp(buildTestAppName(id));
  await other.runtime.destroy(id, ref);
});

test("a missing image fails before anything is created", async () => {
  const { runtime } = buildRuntime(fly, { image: fly.imageTag.replace(/:latest$/, ":nothing") });
  const id = nextId();
  await assert.rejects(runtime.create(buildSpec(id)), { code: "image_not_found", message: /nothing/ });
  assert.equal(fly.apps().filter(({ name }) => name === buildTestAppName(id)).length, 0);
  const digest = buildRuntime(fly, { image: fly.image.replace(/[0-9a-f]{64}$/, "0".repeat(64)) });
  await assert.rejects(digest.runtime.create(buildSpec(id)), { code: "image_not_found", detail: /fly-request-id/ });
});

test("create without an image names the command that makes one", async () => {
  const { runtime } = buildRuntime(fly, { image: null });
  await assert.rejects(runtime.create(buildSpec(nextId())), {
    code: "fly_not_configured",
    hint: /fly apps create catwalk-image-abcd1234 --org personal && fly deploy mcp-host .*--push .*MCP_HOST_IMAGE/,
  });
});

test("a refused token is reported and never shown", async () => {
  const revoked = fly.makeToken({});
  fly.revokeToken(revoked);
  for (const token of [revoked, "FlyV1 fm2_unknown"]) {
    const { runtime } = buildRuntime(fly, { token });
    await assert.rejects(runtime.create(buildSpec(nextId())), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "fly_token_refused");
      assert.doesNotMatch(JSON.stringify(error.toBody()), /fm2_/);
      return true;
    });
  }
});

test("an app's deploy token is renewed, replaced when refused, and removed with the app", async () => {
  const id = nextId();
  const ref = await test1.runtime.create(buildSpec(id));
  await test1.runtime.describe(ref);
  const kept = JSON.parse(test1.kept.get(id) ?? "{}");
  assert.equal(kept.app, buildTestAppName(id));
  assert.ok(kept.expiresAtMs - Date.now() < 31 * 24 * 3_600_000);
  fly.revokeToken(kept.token);
  // One that is refused is replaced.
  await test1.runtime.describe(ref);
  assert.notEqual(JSON.parse(test1.kept.get(id) ?? "{}").token, kept.token);
  // One that ends soon is renewed before it does.
  const soon = { ...JSON.parse(test1.kept.get(id) ?? "{}"), expiresAtMs: Date.now() + 3_600_000 };
  test1.kept.set(id, JSON.stringify(soon));
  await test1.runtime.describe(ref);
  assert.ok(JSON.parse(test1.kept.get(id) ?? "{}").expiresAtMs > soon.expiresAtMs);
  await test1.runtime.destroy(id, ref);
  assert.equal(test1.kept.get(id), undefined);
});

test("the organization's token works while the database is away", async () => {
  const id = nextId();
  const { runtime, database } = alone();
  const ref = await runtime.create(buildSpec(id));
  database.failure = Object.assign(new Error("connect ECONNREFUSED"), {
    name: "PrismaClientKnownRequestError",
    code: "P1001",
  });
  const from = fly.requests.length;
  assert.equal((await runtime.describe(ref)).problem, null);
  assert.deepEqual(
    fly.requests.slice(from).map(({ operation, token }) => [operation, token]),
    [["Machines_show", "org"]],
  );
  database.failure = null;
  await runtime.describe(ref);
  assert.equal(fly.requests.at(-1)?.token, "deploy");
});

test("the organization's token only creates, lists and deletes apps and creates deploy tokens", async () => {
  const id = nextId();
  const { runtime } = alone();
  const from = fly.requests.length;
  const ref = await runtime.create(buildSpec(id));
  await runtime.describe(ref);
  await runtime.stop(ref);
  await runtime.destroy(id, ref);
  const byOrg = fly.requests.slice(from).filter(({ token }) => token === "org");
  const allowed = ["Apps_list", "Apps_show", "Apps_create", "Apps_delete", "App_create_deploy_token"];
  assert.deepEqual(
    byOrg.map(({ operation }) => operation).filter((operation) => !allowed.includes(operation ?? "")),
    [],
  );
});

test("every request follows Fly's document and names this installation's apps", () => {
  assert.deepEqual(fly.violations, []);
  const names = fly.apps().map(({ name }) => name);
  assert.ok(names.every((name) => name.startsWith(`cw-${installation}-`)));
});
