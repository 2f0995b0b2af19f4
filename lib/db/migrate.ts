import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { migrationAdapter, withSchemaEngine } from "./schema-engine.ts";
import { toPoolConfig } from "./url.ts";

/** The number under which Prisma's own command line locks a database that it migrates. */
const PRISMA_LOCK = 72_707_369;
/** How long another instance may take that is migrating already, and how often it is looked whether it is done. */
const LOCK_WITHIN_MS = 10 * 60_000;
const LOCK_EVERY_MS = 250;

/**
 * Applies the migrations of a folder that the database does not have yet, each as a whole or not at all, and records them in
 * `_prisma_migrations` exactly as `prisma migrate deploy` does. Instances that start together migrate one after the other.
 *
 * The lock belongs to a transaction and not to a session, so that it holds behind a pooler that pools by transaction too.
 *
 * @param url the database, pooled or direct
 * @param folder `prisma/migrations`
 * @returns the names of the migrations that were applied now
 * @throws Error with the database's own reason when a migration fails or the database cannot be reached
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const { schema, max: _max, ...connection } = toPoolConfig(url);
  const lock = new pg.Client(connection);
  // A connection that breaks is reported by the query that needs it.
  lock.on("error", () => undefined);
  await lock.connect();
  try {
    if (schema !== "public") await createSchema(lock, schema);
    await takeLock(lock);
    const migrationsList = await readMigrations(folder);
    const applied = await withSchemaEngine(migrationAdapter(url), async (engine) => {
      const filters = { externalTables: [], externalEnums: [] };
      return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
    }).catch(async (error: unknown) => {
      throw explain(error, await failedMigration(lock));
    });
    await lock.query("commit");
    return applied;
  } finally {
    await lock.end();
  }
}

/**
 * Begins the transaction that holds the lock. Who waits does so outside of one: in a pooler with few connections the waiting would
 * take those that the other needs to get done.
 */
async function takeLock(client: pg.Client): Promise<void> {
  for (const end = Date.now() + LOCK_WITHIN_MS; ; await delay(LOCK_EVERY_MS)) {
    await client.query("begin");
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_xact_lock($1) as taken", [
      PRISMA_LOCK,
    ]);
    if (rows[0]?.taken) break;
    await client.query("rollback");
    if (Date.now() > end) throw new Error("another migration has been holding its lock for ten minutes");
  }
  await client.query("set local statement_timeout = 0");
  await client.query("set local idle_in_transaction_session_timeout = 0");
}

/** The migration that is recorded as begun and not ended; null where there is none, or none can be seen. */
async function failedMigration(client: pg.Client): Promise<string | null> {
  const unfinished = `select migration_name from _prisma_migrations
    where finished_at is null and rolled_back_at is null order by started_at limit 1`;
  const found = await client.query<{ migration_name: string }>(unfinished).catch(() => null);
  return found?.rows[0]?.migration_name ?? null;
}

/**
 * The engine's errors do not always name the migration, end with where in the engine they came about, and have their SQLSTATE in
 * the text alone.
 */
function explain(error: unknown, migration: string | null): Error {
  const text = (error instanceof Error ? error.message : String(error)).replace(/\n\s+0: [\s\S]*$/, "");
  const reason = text
    .replace(/^external connector error\n/, "")
    .replace(/^(?:Error querying the database: )?ERROR: /, "");
  const isNamed = migration === null || reason.includes(migration);
  const message = isNamed ? reason : `the migration ${migration} failed: ${reason}`;
  const isReadOnly = /in a read-only transaction|Database error code: 25006/.test(message);
  return Object.assign(new Error(message, { cause: error }), isReadOnly && { code: "25006", severity: "ERROR" });
}

async function createSchema(client: pg.Client, schema: string): Promise<void> {
  try {
    await client.query(`create schema if not exists ${client.escapeIdentifier(schema)}`);
  } catch (error) {
    // Of two that make it in the same moment one may be told so.
    if (!(error instanceof pg.DatabaseError && (error.code === "23505" || error.code === "42P06"))) throw error;
  }
}

/** The migrations folder in the form that the schema engine reads. */
export async function readMigrations(folder: string) {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok" as const, value: await readFile(join(folder, name, "migration.sql"), "utf8") },
      },
    })),
  );
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: await readFile(join(folder, "migration_lock.toml"), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories,
  };
}
