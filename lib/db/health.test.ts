import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toAppError } from "../errors/app-error.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { createClient } from "./client.ts";
import { migrateWhenReachable } from "./connect.ts";
import { probeDatabase } from "./health.ts";
import { migrate } from "./migrate.ts";
import { type DatabaseState, toDatabaseState } from "./state.ts";
import { createTestCluster, giveAway, type TestCluster } from "./testing/cluster.ts";

// What happens to a real server, what health says of it, and that the app's own connections come through it.

const folder = join(import.meta.dirname, "..", "..", "prisma", "migrations");
let cluster: TestCluster;
let client: ReturnType<typeof createClient>;

before(async () => {
  cluster = await createTestCluster();
  await cluster.start();
  await migrate(cluster.url(), folder);
  // Not its superuser, for whom PostgreSQL makes exceptions.
  await cluster.sql("create role app login password 'secret'; grant all on all tables in schema public to app");
  const url = `postgresql://app:secret@127.0.0.1:${cluster.port}/postgres?sslmode=disable`;
  process.env.DATABASE_URL = url;
  client = createClient(url);
});
after(async () => {
  await client?.$disconnect();
  await cluster?.remove();
});

/** Health notices within the age of its connection. */
async function untilState(expected: DatabaseState): Promise<void> {
  while ((await probeDatabase()) !== expected);
}

/** Writes as the app does. */
const write = () =>
  client.user.upsert({ where: { email: "a@example.com" }, create: { email: "a@example.com" }, update: { name: "A" } });

/** That a write fails as a database that is away, which the gateway goes on without, and that it is told why. */
async function assertAway(expected: Exclude<DatabaseState, "up">): Promise<void> {
  for (const attempt of [write, () => client.$transaction((inside) => inside.user.deleteMany())]) {
    await assert.rejects(attempt, (error) => {
      assert.equal(toDatabaseState(error), expected);
      return isDatabaseUnavailable(error) && toAppError(error).code === "database_unavailable";
    });
  }
}

/** That all is well again, without a new client. */
async function assertBack(): Promise<void> {
  await untilState("up");
  while ((await write().catch(() => null)) === null);
}

/** Ends the app's connections, and waits until they have ended. */
const endConnections = () =>
  cluster.sql("select pg_terminate_backend(pid, 60000) from pg_stat_activity where usename = 'app'");

test("a server that stops is down, and up when it is started again", async () => {
  await assertBack();
  await cluster.stop();
  await untilState("down");
  await assertAway("down");
  await cluster.start();
  await assertBack();
});

test("a server that restarts under the app's connections is survived", async () => {
  await Promise.all([write(), client.user.count(), client.user.count()]);
  await cluster.stop();
  await cluster.start();
  await assertBack();
});

test("a database that was made read-only, as hosts do when a disk is full", async () => {
  await cluster.sql("alter database postgres set default_transaction_read_only = on");
  await endConnections();
  await untilState("read_only");
  await assertAway("read_only");
  assert.ok((await client.user.count()) > 0, "what is there can be read");
  await cluster.sql("set transaction_read_only = off; alter database postgres reset default_transaction_read_only");
  await endConnections();
  await assertBack();
});

test("a cluster that became read-only under its connections", async () => {
  await cluster.sql("alter system set default_transaction_read_only = on");
  await cluster.sql("select pg_reload_conf()");
  await untilState("read_only");
  await assertAway("read_only");
  await cluster.sql("alter system reset default_transaction_read_only");
  await cluster.sql("select pg_reload_conf()");
  await assertBack();
});

test("a standby that nobody promoted: health says so, a start needs nothing written, and promoting mends it", async () => {
  await cluster.stop();
  const signal = join(cluster.folder, "data", "standby.signal");
  await writeFile(signal, "");
  await giveAway(cluster.account, signal);
  await cluster.start();
  await untilState("read_only");
  await assertAway("read_only");
  const options = { withinMs: 0, say: () => undefined, variables: {} };
  assert.deepEqual(await migrateWhenReachable(cluster.url(), folder, options), []);
  await cluster.sql("select pg_promote()");
  await assertBack();
});

test("no connection left, for the role or at all", async () => {
  for (const scope of ["role app", "database postgres"]) {
    await cluster.sql(`alter ${scope} connection limit 0`);
    await endConnections();
    await untilState("no_connections");
    await assertAway("no_connections");
    await cluster.sql(`alter ${scope} connection limit -1`);
    await assertBack();
  }
  await cluster.stop();
  // One for a superuser, and none for anybody else.
  await cluster.start({ max_connections: "1", superuser_reserved_connections: "0", reserved_connections: "0" });
  const holder = createClient(cluster.url("sslmode=disable&connection_limit=1"));
  await holder.$queryRaw`select 1`;
  await untilState("no_connections");
  await assertAway("no_connections");
  await holder.$disconnect();
  await assertBack();
  await cluster.stop();
  await cluster.start();
});

test("a start on a database that cannot be written, and one without a connection left, says which", async () => {
  await cluster.sql("create database empty");
  await cluster.sql("alter database empty set default_transaction_read_only = on");
  const options = { withinMs: 0, say: () => undefined, variables: {} };
  const url = cluster.url().replace("/postgres?", "/empty?");
  await assert.rejects(migrateWhenReachable(url, folder, options), /can only be read/);
  await cluster.sql("alter role app connection limit 0");
  const apps = process.env.DATABASE_URL ?? "";
  await assert.rejects(migrateWhenReachable(apps, folder, options), /no connection left/);
});
