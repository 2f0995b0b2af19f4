import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { runApp } from "../cli/testing/app.ts";
import { migrateWhenReachable } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { createTestDatabase } from "./testing/database.ts";
import { toPoolConfig } from "./url.ts";

const migrations = resolve(import.meta.dirname, "..", "..", "prisma", "migrations");

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(toPoolConfig(url));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function database(context: TestContext): Promise<string> {
  const { url, drop } = await createTestDatabase();
  context.after(drop);
  return url;
}

/** The real migrations and one more. */
async function withMigration(context: TestContext, sql: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "catwalk-migrations-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await cp(migrations, folder, { recursive: true });
  await mkdir(join(folder, "99990101000000_next"));
  await writeFile(join(folder, "99990101000000_next", "migration.sql"), sql);
  return folder;
}

const options = { withinMs: 0, say: () => undefined, variables: {} };

test("a migration is applied as a whole, whatever semicolons it has", async (context) => {
  const url = await database(context);
  const folder = await withMigration(
    context,
    `create table next_things (text text default 'a;b');
     create function next_number() returns int language plpgsql as $$ begin return 7; end $$;
     insert into next_things default values;`,
  );
  assert.deepEqual(await migrate(url, folder), ["99990101000000_next"]);
  assert.deepEqual(await query(url, "select text, next_number() as number from next_things"), [
    { text: "a;b", number: 7 },
  ]);
});

test("a migration that fails leaves nothing of itself, and its reason, until it is put right", async (context) => {
  const url = await database(context);
  const folder = await withMigration(context, "create table half (id int); select 1 / 0;");
  await assert.rejects(migrateWhenReachable(url, folder, options), /99990101000000_next[\s\S]*division by zero/);
  assert.deepEqual(await query(url, "select to_regclass('half') as half"), [{ half: null }]);
  await writeFile(join(folder, "99990101000000_next", "migration.sql"), "create table half (id int);");
  await assert.rejects(migrateWhenReachable(url, folder, options), (error: Error) => {
    assert.match(error.message, /99990101000000_next.*failed/);
    // Nothing of the engine's own code is of use to who reads this.
    assert.doesNotMatch(error.message, /schema-engine|\.rs:/);
    return true;
  });
  // What docs/operations.md says to do then.
  await query(url, "delete from _prisma_migrations where finished_at is null and rolled_back_at is null");
  assert.deepEqual(await migrate(url, folder), ["99990101000000_next"]);
});

test("a database role without rights gets an error that names the missing ones", async (context) => {
  const url = await database(context);
  const role = `bare_${randomBytes(4).toString("hex")}`;
  await query(url, `create role ${role} login password 'secret'; grant select on _prisma_migrations to ${role}`);
  // The database is gone by then, and with it what was granted there.
  context.after(() => query(process.env.TEST_DATABASE_URL ?? "", `drop role ${role}`));
  const bare = Object.assign(new URL(url), { username: role, password: "secret" }).toString();
  const folder = await withMigration(context, "create table next_things (id int);");
  await assert.rejects(migrateWhenReachable(bare, folder, options), /permission denied/);
});

test("a migration under way elsewhere is waited for", async (context) => {
  const url = await database(context);
  const holder = new pg.Client(toPoolConfig(url));
  await holder.connect();
  // As Prisma's own command line locks.
  await holder.query("select pg_advisory_lock(72707369)");
  const waiting = migrate(url, await withMigration(context, "create table next_things (id int);"));
  const tried = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and query in ('rollback', 'ROLLBACK')`;
  while ((await query(url, tried))[0]?.count !== 1);
  assert.deepEqual(await query(url, "select to_regclass('next_things') as it"), [{ it: null }]);
  await holder.end();
  assert.deepEqual(await waiting, ["99990101000000_next"]);
});

test("a database that is up to date is not locked, and an edited migration is left to the engine", {
  timeout: 60_000,
}, async (context) => {
  const url = await database(context);
  const holder = new pg.Client(toPoolConfig(url));
  await holder.connect();
  await holder.query("select pg_advisory_lock(72707369)");
  assert.deepEqual(await migrate(url, migrations), []);
  await holder.query("update _prisma_migrations set checksum = 'another'");
  let isDone = false;
  const waiting = migrate(url, migrations).finally(() => {
    isDone = true;
  });
  const tried = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and query in ('rollback', 'ROLLBACK')`;
  while ((await query(url, tried))[0]?.count !== 1);
  assert.equal(isDone, false);
  await holder.query("select pg_advisory_unlock(72707369)");
  await holder.end();
  assert.deepEqual(await waiting, []);
});

test("a schema of its own gets the tables", async (context) => {
  const url = await database(context);
  const own = `${url}${url.includes("?") ? "&" : "?"}schema=own`;
  assert.ok((await migrate(own, migrations)).length > 0);
  assert.deepEqual(await query(url, "select to_regclass('own.users')::text as users"), [{ users: "own.users" }]);
  assert.deepEqual(await migrate(own, migrations), []);
});

test("the command changes no database for a preview on Vercel, and production's before its build", async (context) => {
  const url = await database(context);
  await query(url, "drop schema public cascade; create schema public");
  const key = () => randomBytes(32).toString("base64");
  const settings = {
    DATABASE_URL: url,
    ENCRYPTION_KEY: key(),
    NEXTAUTH_SECRET: key(),
    VERCEL: "1",
    FLY_API_TOKEN: "x",
  };
  const command = (environment: string) =>
    runApp({
      dataFolder: tmpdir(),
      program: ["lib/cli/migrate.ts"],
      settings: { ...settings, VERCEL_ENV: environment },
    });
  for (const environment of ["preview", "development"]) {
    assert.deepEqual(await command(environment), {
      code: 0,
      output: "Not the production deployment: the database stays as it is.\n",
    });
  }
  assert.deepEqual(await query(url, "select to_regclass('_prisma_migrations') as it"), [{ it: null }]);
  const { code, output } = await command("production");
  assert.equal(code, 0, output);
  assert.match(output, /Applied the migration \d+_init\.[\s\S]*The database is up to date\.\n$/);
});

test("access keys of earlier versions belong to the deployment's owner from then on", async (context) => {
  const url = await database(context);
  const folder = await mkdtemp(join(tmpdir(), "catwalk-migrations-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const before = (source: string) => !/\/\d{14}_/.test(source) || source < join(migrations, "20261129");
  await cp(migrations, folder, { recursive: true, filter: before });
  await query(url, "drop schema public cascade; create schema public");
  await migrate(url, folder);
  const owner = "00000000-0000-7000-8000-000000000001";
  await query(
    url,
    `insert into users (id, email) values ('${owner}', 'owner@example.com');
     insert into deployments (id, owner_id, name, source, spec, runtime, updated_at)
       values ('00000000-0000-7000-8000-000000000002', '${owner}', 'old', 'npm:old', '{}', 'local', now());
     insert into access_keys (id, deployment_id, name, key_hash, prefix)
       values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002', 'laptop', 'hash', 'cwk_');`,
  );
  await migrate(url, migrations);
  assert.deepEqual(await query(url, "select name, user_id from access_keys"), [{ name: "laptop", user_id: owner }]);
});
