import { hash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { createMigrationAdapter, withSchemaEngine } from "./schema-engine.ts";
import { toPoolConfig } from "./url.ts";

/** Key of the advisory lock that Prisma's command line takes for a migration. */
const PRISMA_LOCK = 72_707_369;
/** How long to wait for another instance that is migrating, and how often to try the lock. */
const LOCK_WITHIN_MS = 10 * 60_000;
const LOCK_EVERY_MS = 250;

/**
 * Applies the migrations of a folder that the database lacks, each in full or not at all, and records them in
 * `_prisma_migrations` exactly as `prisma migrate deploy` does. Instances that start together migrate one after the other.
 *
 * The lock belongs to a transaction, not to a session: a pooler in transaction mode would give a session's lock to another client.
 *
 * @param url the database, pooled or direct
 * @param folder `prisma/migrations`
 * @returns the names of the migrations that this call applied
 * @throws Error with the database's own reason when a migration fails or the database cannot be reached
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const { schema, max: _max, ...connection } = toPoolConfig(url);
  const lock = new pg.Client(connection);
  // The next query reports a broken connection.
  lock.on("error", () => undefined);
  await lock.connect();
  try {
    const migrationsList = await readMigrations(folder);
    if (await isUpToDate(lock, schema, migrationsList)) return [];
    if (schema !== "public") await createSchema(lock, schema);
    await takeLock(lock);
    const applied = await withSchemaEngine(createMigrationAdapter(url), async (engine) => {
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
 * Returns whether every migration is recorded as applied, and none as begun. Most starts find nothing to do, and the engine would stay in
 * the memory of the process: it is a WebAssembly module of five megabytes that is compiled.
 */
async function isUpToDate(
  client: pg.Client,
  schema: string,
  { migrationDirectories }: MigrationsList,
): Promise<boolean> {
  const applied = `select migration_name, checksum, finished_at is not null as finished
    from ${client.escapeIdentifier(schema)}._prisma_migrations where rolled_back_at is null`;
  type Row = { migration_name: string; checksum: string; finished: boolean };
  // Without the table, or the right to read it, the engine says what there is to say.
  const found = await client.query<Row>(applied).catch(() => null);
  if (found === null || found.rows.some(({ finished }) => !finished)) return false;
  const checksums = new Map(found.rows.map((row) => [row.migration_name, row.checksum]));
  return migrationDirectories.every(
    ({ path, migrationFile }) => checksums.get(path) === hash("sha256", migrationFile.content.value),
  );
}

/**
 * Begins the transaction that holds the lock. Waits outside of a transaction: behind a pooler with few connections, a waiting
 * transaction would hold the connection that the migrating instance needs.
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

/** Finds the migration that is recorded as begun and not finished, or null. */
async function failedMigration(client: pg.Client): Promise<string | null> {
  const unfinished = `select migration_name from _prisma_migrations
    where finished_at is null and rolled_back_at is null order by started_at limit 1`;
  const found = await client.query<{ migration_name: string }>(unfinished).catch(() => null);
  return found?.rows[0]?.migration_name ?? null;
}

/**
 * Makes an engine's error readable. Engine errors may lack the migration's name, end with a trace of the engine, and carry their
 * SQLSTATE only in the text.
 */
function explain(error: unknown, migration: string | null): Error {
  const text = (error instanceof Error ? error.message : String(error)).replace(/\n[ \t]+0: [\s\S]*/, "");
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
    // Two instances that create it at once: one of them gets a duplicate error.
    if (!(error instanceof pg.DatabaseError && (error.code === "23505" || error.code === "42P06"))) throw error;
  }
}

type MigrationsList = Awaited<ReturnType<typeof readMigrations>>;

/** Reads the migrations folder into the form that the schema engine takes. */
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
