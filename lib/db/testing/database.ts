import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { migrate, readMigrations } from "../migrate.ts";
import { toPoolConfig } from "../url.ts";

/** Key of the advisory lock for the template, unique in Catwalk: concurrent test files create it once. */
const TEMPLATE_LOCK = 7_226_813_512;

const folder = join(import.meta.dirname, "..", "..", "..", "prisma", "migrations");

/** A database for one test file. */
export interface TestDatabase {
  /** The `DATABASE_URL` of the database. */
  url: string;
  /** Ends the connections to it and removes it. */
  drop(): Promise<void>;
}

/**
 * Creates a migrated database on the server that `TEST_DATABASE_URL` names. The migrations run once into a template; every other
 * database is a copy of it, which takes milliseconds.
 *
 * @throws Error when the variable is missing or the server cannot be reached
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server)
    throw new Error("TEST_DATABASE_URL is missing: `npm test` sets it, or give the URL of a PostgreSQL server");
  const template = `catwalk_template_${await migrationsHash()}`;
  const name = `catwalk_test_${randomUUID().replaceAll("-", "")}`;
  await withAdmin(server, async (admin) => {
    await admin.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    await createTemplate(admin, server, template);
    await admin.query(`create database ${name} template ${template}`);
  });
  return {
    url: buildUrl(server, name),
    drop: () => withAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`)),
  };
}

async function createTemplate(admin: pg.Client, server: string, template: string): Promise<void> {
  const { rowCount } = await admin.query("select 1 from pg_database where datname = $1", [template]);
  if (rowCount) return;
  // Migrated under another name, so that an interrupted run leaves no template that looks complete.
  const unfinished = `${template}_unfinished`;
  await admin.query(`drop database if exists ${unfinished} with (force)`);
  await admin.query(`create database ${unfinished}`);
  await migrate(buildUrl(server, unfinished), folder);
  // Ends the engine's connections, which may linger and would block the rename.
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [unfinished]);
  await admin.query(`alter database ${unfinished} rename to ${template}`);
}

async function migrationsHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const { path, migrationFile } of (await readMigrations(folder)).migrationDirectories) {
    hash.update(`${path}\0${migrationFile.content.value}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}

async function withAdmin(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const { schema: _schema, max: _max, ...connection } = toPoolConfig(url);
  const admin = new pg.Client(connection);
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function buildUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.toString();
}
