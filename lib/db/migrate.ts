import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { migrationAdapter, withSchemaEngine } from "./schema-engine.ts";
import { poolConfig } from "./url.ts";

/** Any number that nothing else of Catwalk uses: two instances that start together migrate one after the other. */
const MIGRATION_LOCK = 7_226_813_511;

/**
 * Applies the migrations of a folder that the database does not have yet, and records them in `_prisma_migrations`
 * exactly as `prisma migrate deploy` does.
 *
 * @param url the database; a direct connection where the operator has both (advisory locks need one session)
 * @param folder `prisma/migrations`
 * @returns the names of the migrations that were applied now
 * @throws Error with the database's own reason when a migration fails or the database cannot be reached
 */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const { schema, max: _max, ...connection } = poolConfig(url);
  const lock = new pg.Client(connection);
  // A connection that breaks is reported by the query that needs it.
  lock.on("error", () => undefined);
  await lock.connect();
  try {
    await lock.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    if (schema !== "public") await lock.query(`create schema if not exists ${lock.escapeIdentifier(schema)}`);
    const migrationsList = await readMigrations(folder);
    return await withSchemaEngine(migrationAdapter(url), async (engine) => {
      const filters = { externalTables: [], externalEnums: [] };
      return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
    });
  } finally {
    await lock.end();
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
