import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { Directory, type DirectoryLimits, directoryLimits } from "./deployment-cache.ts";
import { GatewayError } from "./errors.ts";
import { TestSource } from "./testing/gateway.ts";
import { eventually } from "./testing/http.ts";

function setUp(limits: Partial<DirectoryLimits> = {}) {
  const source = new TestSource();
  const clock = { now: 0 };
  const directory = new Directory(source, { ...directoryLimits, ...limits }, () => clock.now);
  return { source, clock, directory };
}

function failsWith(reason: string) {
  return (error: unknown) => error instanceof GatewayError && error.failure.reason === reason;
}

const away = () => Promise.reject(new Error("Can't reach database server"));
const hanging = () => new Promise<void>(() => {});

test("a deployment is read once, however many ask at the same time", async () => {
  const { source, directory } = setUp();
  const { id } = source.add("http://a");
  const found = await Promise.all(Array.from({ length: 50 }, () => directory.find(id)));
  assert(found.every((connection) => connection?.deploymentId === id));
  await directory.find(id.toUpperCase());
  assert.equal(source.loads, 1);
});

test("an entry in use is refreshed behind the calls", async () => {
  const { source, clock, directory } = setUp();
  const { id, connection } = source.add("http://a");
  await directory.find(id);
  connection.status = "sleeping";
  clock.now = 9_999;
  await directory.find(id);
  assert.equal(source.loads, 1);
  clock.now = 10_000;
  assert.equal((await directory.find(id))?.status, "live");
  await eventually(async () => (await directory.find(id))?.status === "sleeping", "the refresh");
  assert.equal(source.loads, 2);
});

test("an entry that nobody used for a while is read again before it counts", async () => {
  const { source, clock, directory } = setUp();
  const { id, connection } = source.add("http://a");
  await directory.find(id);
  connection.keys = [];
  clock.now = 60_000;
  assert.deepEqual((await directory.find(id))?.keys, []);
});

test("for a call that is refused an entry is read again, once for all who ask within a moment", async () => {
  const { source, clock, directory } = setUp();
  const { id, connection } = source.add("http://a");
  await directory.find(id);
  connection.keys = [];
  const refused = () => Promise.all(Array.from({ length: 50 }, () => directory.findAgain(id)));
  for (const found of await refused()) assert.deepEqual(found?.keys, []);
  assert.equal(source.loads, 2);
  connection.keys = [{ id: "new", hash: "00" }];
  for (const found of await refused()) assert.equal(found?.keys.length, 1);
  assert.equal(source.loads, 3);
  clock.now = 1_000;
  source.onLoad = away;
  assert.equal((await directory.findAgain(id))?.keys.length, 1);
  assert.equal(await directory.findAgain("0199d7a4-0000-7000-8000-00000000dead"), null);
});

test("after a change no call is answered from what was known before", async () => {
  const { source, directory } = setUp();
  const { id, connection } = source.add("http://a");
  await directory.find(id);
  connection.keys = [];
  source.announce(id);
  assert.deepEqual((await directory.find(id))?.keys, []);
  source.connections.delete(id);
  source.announce(id);
  assert.equal(await directory.find(id), null);
});

test("a change in the middle of a reading has it read once more", async () => {
  const { source, directory } = setUp();
  const { id, connection } = source.add("http://a");
  await directory.find(id);
  source.announce(id);
  // The reading has its answer, with the key, when the key is revoked.
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const load = source.load.bind(source);
  source.load = async (asked) => {
    const old = await load(asked);
    source.load = load;
    await held;
    return old;
  };
  const finding = directory.find(id);
  await eventually(() => source.loads === 2, "the reading");
  connection.keys = [];
  source.announce(id);
  release();
  assert.deepEqual((await finding)?.keys, []);
});

test("what is known is served while the database is away, for a day, and nothing waits", async () => {
  const { source, clock, directory } = setUp({ loadTimeoutMs: 50, refreshWaitMs: 50 });
  const { id } = source.add("http://a");
  const other = source.add("http://b");
  await directory.find(id);
  for (const outage of [away, hanging]) {
    source.onLoad = outage;
    for (const age of [30_000, 120_000, 3_600_000]) {
      clock.now += age;
      assert.equal((await directory.find(id))?.deploymentId, id);
    }
    await assert.rejects(directory.find(other.id), failsWith("database_unavailable"));
  }
  clock.now += 86_400_000;
  await assert.rejects(directory.find(id), failsWith("database_unavailable"));
  source.onLoad = () => Promise.resolve();
  await eventually(async () => {
    clock.now += 2_000;
    return (await directory.find(id).catch(() => null)) !== null;
  }, "the database's return");
  assert.equal((await directory.find(other.id))?.deploymentId, other.id);
});

test("while the database is known to be away it is not asked for every call", async () => {
  const { source, clock, directory } = setUp();
  const { id } = source.add("http://a");
  await directory.find(id);
  source.onLoad = away;
  clock.now = 100_000;
  for (let call = 0; call < 100; call++) await directory.find(id);
  assert.equal(source.loads, 2);
  clock.now += 2_000;
  await directory.find(id);
  assert.equal(source.loads, 3);
});

test("a deployment that cannot be opened is its own trouble, not the database's", async () => {
  const { source, directory } = setUp();
  const { id } = source.add("http://a");
  source.onLoad = () => Promise.reject(new AppError("encryption_key_missing", "No key opens it."));
  await assert.rejects(directory.find(id), failsWith("credentials_unreadable"));
  source.onLoad = () => Promise.reject(new AppError("database_unavailable", "PostgreSQL is away."));
  await assert.rejects(directory.find(id), failsWith("database_unavailable"));
});

test("unknown ids are remembered for a moment, and what is no id is never looked up", async () => {
  const { source, clock, directory } = setUp();
  const unknown = "01890000-0000-7000-8000-000000000000";
  for (let call = 0; call < 10; call++) assert.equal(await directory.find(unknown), null);
  assert.equal(source.loads, 1);
  for (const nonsense of ["", "x", "__proto__", "' or 1=1 --", `${unknown}0`, "../..", "a".repeat(100_000)]) {
    assert.equal(await directory.find(nonsense), null);
  }
  assert.equal(source.loads, 1);
  const created = source.add("http://a");
  source.connections.set(unknown, { ...created.connection, deploymentId: unknown });
  clock.now = 3_000;
  assert.equal((await directory.find(unknown))?.deploymentId, unknown);
});

test("made-up ids fill neither the memory nor the database's queue", async () => {
  const { source, directory } = setUp({ maxEntries: 10, maxLoads: 4, loadTimeoutMs: 1_000 });
  const { id } = source.add("http://a");
  await directory.find(id);
  const ids = Array.from({ length: 100 }, (_, n) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`);
  for (const made of ids) {
    await directory.find(made);
    // One that is in use stays.
    await directory.find(id);
  }
  assert.equal(source.loads, 101);

  source.onLoad = hanging;
  const pending = ids.slice(0, 4).map((made) => directory.find(made.replace("0189", "0190")));
  for (const promise of pending) promise.catch(() => {});
  await assert.rejects(directory.find("01910000-0000-7000-8000-000000000000"), failsWith("database_unavailable"));
  assert.equal((await directory.find(id))?.deploymentId, id);
});
