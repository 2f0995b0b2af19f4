import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import pg from "pg";
import { readMigrations } from "../db/migrate.ts";
import { withSchemaEngine } from "../db/schema-engine.ts";
import { toPoolConfig } from "../db/url.ts";

// npm run db:migration -- NAME: writes prisma/migrations/TIMESTAMP_NAME with the difference between the existing migrations and
// prisma/schema.prisma. Needs a DATABASE_URL that may create databases: Prisma replays the migrations in a shadow database.

const CHAR_OID = 18;
const BPCHAR_OID = 1042;

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error("Usage: npm run db:migration -- name_in_snake_case");
  process.exit(2);
}
const folder = join("prisma", "migrations");
const path = join("prisma", "schema.prisma");
const migrationsList = await readMigrations(folder);
const files = [{ path, content: await readFile(path, "utf8") }];
const { stdout } = await withSchemaEngine(shadowingAdapter(process.env.DATABASE_URL ?? ""), (engine) =>
  engine.diff({
    from: { tag: "migrations", ...migrationsList },
    to: { tag: "schemaDatamodel", files },
    script: true,
    exitCode: false,
    filters: { externalTables: [], externalEnums: [] },
  }),
);
if (!stdout || /^-- This is an empty migration/.test(stdout)) {
  console.log("The migrations already say what the schema says.");
} else {
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const target = join(folder, `${stamp}_${name}`);
  await mkdir(target);
  await writeFile(join(target, "migration.sql"), stdout);
  console.log(join(target, "migration.sql"));
}

/**
 * Creates an adapter with two repairs to @prisma/adapter-pg that describing a database needs: columns of PostgreSQL's internal
 * type "char" (OID 18), which it does not know, and a shadow database with the URL's own credentials.
 */
function shadowingAdapter(url: string): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    connect: () => adapterReadingChar(url),
    async connectToShadowDb() {
      const admin = new pg.Client(toPoolConfig(url));
      await admin.connect();
      const database = `catwalk_shadow_${process.pid}`;
      await admin.query(`create database ${database}`);
      const target = new URL(url);
      target.pathname = `/${database}`;
      const shadow = await adapterReadingChar(target.toString());
      const dispose = shadow.dispose.bind(shadow);
      shadow.dispose = async () => {
        await dispose();
        await admin.query(`drop database ${database} with (force)`);
        await admin.end();
      };
      return shadow;
    },
  };
}

async function adapterReadingChar(url: string): Promise<SqlDriverAdapter> {
  const charColumns = new Set<string>();
  const pool = new pg.Pool(toPoolConfig(url, 2));
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryArrayResult>;
  const readingChar = async (...args: unknown[]) => {
    const result = await query(...args);
    for (const field of result.fields ?? []) {
      if (field.dataTypeID !== CHAR_OID) continue;
      charColumns.add(field.name);
      field.dataTypeID = BPCHAR_OID;
    }
    return result;
  };
  const adapter = await new PrismaPg(Object.assign(pool, { query: readingChar }), {
    disposeExternalPool: true,
  }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (sql) => {
    const result = await queryRaw(sql);
    const columnTypes = result.columnTypes.map((type, index) =>
      charColumns.has(result.columnNames[index] ?? "") ? ColumnTypeEnum.Character : type,
    );
    return { ...result, columnTypes };
  };
  return adapter;
}
