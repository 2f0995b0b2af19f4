import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "./database.ts";

test("every test database is migrated and its own", async () => {
  const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  try {
    assert.equal(new Set(databases.map((database) => database.url)).size, 3);
    for (const database of databases) {
      const client = new pg.Client(database.url);
      await client.connect();
      const { rows } = await client.query("select count(*)::int as migrations from _prisma_migrations");
      assert.ok(rows[0].migrations > 0);
      assert.equal((await client.query("select * from users")).rowCount, 0);
      await client.end();
    }
  } finally {
    for (const database of databases) await database.drop();
  }
  const gone = new pg.Client(databases[0]?.url);
  await assert.rejects(gone.connect(), { code: "3D000" });
});
