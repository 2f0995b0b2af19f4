import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { DEPLOYMENT_CACHE_LIMITS, DeploymentCache, type DeploymentCacheLimits } from "./deployment-cache.ts";
import { GatewayError } from "./errors.ts";
import { TestSource } from "./testing/gateway.ts";
import { eventually } from "./testing/http.ts";

function setUp(limits: Partial<DeploymentCacheLimits> = {}) {
  const source = new TestSource();
  const clock = { now: 0 };
  const deployments = new DeploymentCache(source, { ...DEPLOYMENT_CACHE_LIMITS, ...limits }, () => clock.now);
  return { source, clock, deployments };
}

function failsWith(reason: string) {
  return (error: unknown) => error instanceof GatewayError && error.failure.reason === reason;
}

const away = () => Promise.reject(new Error("Can't reach database server"));
const hanging = () => new Promise<void>(() => {});

test("concurrent requests read a deployment once", async () => {
  const { source, deployments } = setUp();
  const { id } = source.add("http://a");
  const found = await Promise.all(Array.from({ length: 50 }, () => deployments.find(id)));
  assert(found.every((deployment) => deployment?.deploymentId === id));
  await deployments.find(id.toUpperCase());
  assert.equal(source.loads, 1);
});

test("an entry in use is refreshed in the background", async () => {
  const { source, clock, deployments } = setUp();
  const { id, deployment } = source.add("http://a");
  await deployments.find(id);
  deployment.status = "sleeping";
  clock.now = 9_999;
  await deployments.find(id);
  assert.equal(source.loads, 1);
  clock.now = 10_000;
  assert.equal((await deployments.find(id))?.status, "live");
  await eventually(async () => (await deployments.find(id))?.status === "sleeping", "the refresh");
  assert.equal(source.loads, 2);
});

test("an entry unused for a while is read again before it is used", async () => {
  const { source, clock, deployments } = setUp();
  const { id, deployment } = source.add("http://a");
  await deployments.find(id);
  deployment.keys = [];
  clock.now = 60_000;
  assert.deepEqual((await deployments.find(id))?.keys, []);
});

test("a refused call reads the entry again, once for all calls within a moment", async () => {
  const { source, clock, deployments } = setUp();
  const { id, deployment } = source.add("http://a");
  await deployments.find(id);
  deployment.keys = [];
  const refused = () => Promise.all(Array.from({ length: 50 }, () => deployments.recheck(id)));
  for (const found of await refused()) assert.deepEqual(found?.keys, []);
  assert.equal(source.loads, 2);
  deployment.keys = [{ id: "new", hash: "00" }];
  for (const found of await refused()) assert.equal(found?.keys.length, 1);
  assert.equal(source.loads, 3);
  clock.now = 1_000;
  source.onLoad = away;
  assert.equal((await deployments.recheck(id))?.keys.length, 1);
  assert.equal(await deployments.recheck("0199d7a4-0000-7000-8000-00000000dead"), null);
});

test("no call uses an entry older than a known change", async () => {
  const { source, deployments } = setUp();
  const { id, deployment } = source.add("http://a");
  await deployments.find(id);
  deployment.keys = [];
  source.announce(id);
  assert.deepEqual((await deployments.find(id))?.keys, []);
  source.deployments.delete(id);
  source.announce(id);
  assert.equal(await deployments.find(id), null);
});

test("a change during a read causes another read", async () => {
  const { source, deployments } = setUp();
  const { id, deployment } = source.add("http://a");
  await deployments.find(id);
  source.announce(id);
  // The reading has its answer, with the key, when the key is revoked.
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const load = source.loadOne.bind(source);
  source.loadOne = async (asked) => {
    const old = await load(asked);
    source.loadOne = load;
    await held;
    return old;
  };
  const finding = deployments.find(id);
  await eventually(() => source.loads === 2, "the reading");
  deployment.keys = [];
  source.announce(id);
  release();
  assert.deepEqual((await finding)?.keys, []);
});

test("cached entries serve for a day while the database is away, without waiting", async () => {
  const { source, clock, deployments } = setUp({ loadTimeoutMs: 50, refreshWaitMs: 50 });
  const { id } = source.add("http://a");
  const other = source.add("http://b");
  await deployments.find(id);
  for (const outage of [away, hanging]) {
    source.onLoad = outage;
    for (const age of [30_000, 120_000, 3_600_000]) {
      clock.now += age;
      assert.equal((await deployments.find(id))?.deploymentId, id);
    }
    await assert.rejects(deployments.find(other.id), failsWith("database_unavailable"));
  }
  clock.now += 86_400_000;
  await assert.rejects(deployments.find(id), failsWith("database_unavailable"));
  source.onLoad = () => Promise.resolve();
  await eventually(async () => {
    clock.now += 2_000;
    return (await deployments.find(id).catch(() => null)) !== null;
  }, "the database's return");
  assert.equal((await deployments.find(other.id))?.deploymentId, other.id);
});

test("a database known to be away is not asked on every call", async () => {
  const { source, clock, deployments } = setUp();
  const { id } = source.add("http://a");
  await deployments.find(id);
  source.onLoad = away;
  clock.now = 100_000;
  for (let call = 0; call < 100; call++) await deployments.find(id);
  assert.equal(source.loads, 2);
  clock.now += 2_000;
  await deployments.find(id);
  assert.equal(source.loads, 3);
});

test("a deployment that cannot be decrypted does not count as a database outage", async () => {
  const { source, deployments } = setUp();
  const { id } = source.add("http://a");
  source.onLoad = () => Promise.reject(new AppError("encryption_key_missing", "No key opens it."));
  await assert.rejects(deployments.find(id), failsWith("credentials_unreadable"));
  source.onLoad = () => Promise.reject(new AppError("database_unavailable", "PostgreSQL is away."));
  await assert.rejects(deployments.find(id), failsWith("database_unavailable"));
});

test("unknown ids are remembered for a moment, and malformed ids are never looked up", async () => {
  const { source, clock, deployments } = setUp();
  const unknown = "01890000-0000-7000-8000-000000000000";
  for (let call = 0; call < 10; call++) assert.equal(await deployments.find(unknown), null);
  assert.equal(source.loads, 1);
  for (const nonsense of ["", "x", "__proto__", "' or 1=1 --", `${unknown}0`, "../..", "a".repeat(100_000)]) {
    assert.equal(await deployments.find(nonsense), null);
  }
  assert.equal(source.loads, 1);
  const created = source.add("http://a");
  source.deployments.set(unknown, { ...created.deployment, deploymentId: unknown });
  clock.now = 3_000;
  assert.equal((await deployments.find(unknown))?.deploymentId, unknown);
});

test("made-up ids fill neither memory nor the database's queue", async () => {
  const { source, deployments } = setUp({ maxEntries: 10, maxLoads: 4, loadTimeoutMs: 1_000 });
  const { id } = source.add("http://a");
  await deployments.find(id);
  const ids = Array.from({ length: 100 }, (_, n) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`);
  for (const made of ids) {
    await deployments.find(made);
    // An entry in use stays.
    await deployments.find(id);
  }
  assert.equal(source.loads, 101);

  source.onLoad = hanging;
  const pending = ids.slice(0, 4).map((made) => deployments.find(made.replace("0189", "0190")));
  for (const promise of pending) promise.catch(() => {});
  await assert.rejects(deployments.find("01910000-0000-7000-8000-000000000000"), failsWith("database_unavailable"));
  assert.equal((await deployments.find(id))?.deploymentId, id);
});

test("a flood of made-up ids is looked up in a few queries, and keeps no real deployment out", async () => {
  const { source, deployments } = setUp();
  const { id } = source.add("http://a");
  const load = source.load.bind(source);
  const queries: number[] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  source.load = async (ids) => {
    queries.push(ids.length);
    await held;
    return await load(ids);
  };
  const flood = Array.from({ length: 1_900 }, (_, n) =>
    deployments.find(`01890000-0000-7000-8000-${String(n).padStart(12, "0")}`),
  );
  const real = deployments.find(id);
  release();
  assert.equal((await real)?.deploymentId, id);
  assert((await Promise.all(flood)).every((deployment) => deployment === null));
  assert(queries.length <= 6, `the flood took ${queries.length} queries`);
});

test("ids beyond the queue's bound are refused, and later ones are read again", async () => {
  const { source, deployments } = setUp({ loadTimeoutMs: 200 });
  const { id } = source.add("http://a");
  source.onLoad = hanging;
  const flood = Array.from({ length: 10_100 }, (_, n) =>
    deployments.find(`01890000-0000-7000-8000-${String(n).padStart(12, "0")}`),
  );
  const settled = await Promise.allSettled(flood);
  assert(settled.every(({ status }) => status === "rejected"));
  source.onLoad = () => Promise.resolve();
  await eventually(async () => (await deployments.find(id).catch(() => null)) !== null, "the database's return");
});
