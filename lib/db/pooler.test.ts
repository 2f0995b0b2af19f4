import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { createClient } from "./client.ts";
import { migrateWhenReachable } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { toDatabaseState } from "./state.ts";
import { createTestCluster, hasProgram, type TestCluster } from "./testing/cluster.ts";
import { startPooler } from "./testing/pooler.ts";

// PgBouncer in transaction mode, as Fly's managed PostgreSQL and Neon put it in front: a session is nobody's own there.

const folder = join(import.meta.dirname, "..", "..", "prisma", "migrations");

/** A server, and a pooler in front of it; null where there is no PgBouncer. */
async function setUp(context: TestContext, settings: Record<string, string> = {}) {
  if (!(await hasProgram("pgbouncer", "--version"))) {
    context.skip("there is no PgBouncer on this host");
    return null;
  }
  const cluster = await createTestCluster();
  context.after(() => cluster.remove());
  await cluster.start();
  const pooler = await startPooler(cluster, settings);
  context.after(() => pooler.stop());
  return { cluster, pooler, url: cluster.url("pgbouncer=true", pooler.address) };
}

async function migrationsOf(cluster: TestCluster) {
  const rows = await cluster.sql("select migration_name from _prisma_migrations where finished_at is not null");
  return rows.map((row) => String(row.migration_name)).sort();
}

test("instances that start together behind a pooler with few connections migrate once and leave no lock", async (context) => {
  const it = await setUp(context, { default_pool_size: "4" });
  if (!it) return;
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(it.url, folder)));
  const names = await migrationsOf(it.cluster);
  assert.ok(names.length > 0);
  assert.deepEqual(applied.flat().sort(), names);
  assert.deepEqual(await migrate(it.url, folder), []);
  const locks = "select count(*)::int as count from pg_locks where locktype = 'advisory'";
  assert.deepEqual(await it.cluster.sql(locks), [{ count: 0 }]);
  // The pooler still has the sessions in which a lock of the session's would have stayed.
  const kept = `select count(*)::int as count from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`;
  assert.notDeepEqual(await it.cluster.sql(kept), [{ count: 0 }]);
});

test("the app's queries and transactions share few connections", async (context) => {
  const it = await setUp(context, { default_pool_size: "2", query_wait_timeout: "120" });
  if (!it) return;
  await migrate(it.url, folder);
  // One waits for the other, and for the pool, as long as a busy host makes it.
  const url = it.cluster.url("pgbouncer=true&connect_timeout=60", it.pooler.address);
  const clients = [createClient(url), createClient(url)];
  const work = clients.flatMap((client, index) =>
    Array.from({ length: 20 }, (_, number) =>
      client.$transaction(
        async (inside) => {
          await inside.$executeRaw`select pg_advisory_xact_lock(1)`;
          const email = `${index}-${number}@example.com`;
          await inside.user.create({ data: { email } });
          return inside.user.findUnique({ where: { email } });
        },
        { maxWait: 60_000, timeout: 60_000 },
      ),
    ),
  );
  assert.ok((await Promise.all(work)).every((user) => user !== null));
  assert.equal(await clients[0]?.user.count(), 40);
  for (const client of clients) await client.$disconnect();
});

test("a server that is gone behind its pooler is away, and back when it is back", async (context) => {
  const it = await setUp(context, { query_wait_timeout: "2" });
  if (!it) return;
  const client = createClient(it.url);
  context.after(() => client.$disconnect());
  assert.deepEqual(await client.$queryRaw`select 1 as one`, [{ one: 1 }]);
  await it.cluster.stop();
  const isDown = (error: unknown) => isDatabaseUnavailable(error) && toDatabaseState(error) === "down";
  // The first may still meet the connection that broke, the next the pooler's own refusal.
  for (let attempt = 0; attempt < 2; attempt++) await assert.rejects(client.$queryRaw`select 1`, isDown);
  await it.cluster.start();
  await until(async () => (await client.$queryRaw`select 1`) !== null);
});

test("a pooler that takes no more clients has no connections left", async (context) => {
  const it = await setUp(context, { max_client_conn: "1" });
  if (!it) return;
  const [first, second] = [createClient(it.url, 1), createClient(it.url, 1)];
  context.after(() => Promise.all([first.$disconnect(), second.$disconnect()]));
  await first.$queryRaw`select 1`;
  const isFull = (error: unknown) => isDatabaseUnavailable(error) && toDatabaseState(error) === "no_connections";
  await assert.rejects(second.$queryRaw`select 1`, isFull);
});

test("where the direct address cannot be reached the pooler's own is used", async (context) => {
  const it = await setUp(context);
  if (!it) return;
  const variables = { DATABASE_URL_UNPOOLED: it.cluster.url("", "127.0.0.1:1") };
  const options = { withinMs: 0, say: () => undefined, variables };
  const applied = await migrateWhenReachable(it.url, folder, options);
  assert.deepEqual(applied.sort(), await migrationsOf(it.cluster));
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false)));
}
