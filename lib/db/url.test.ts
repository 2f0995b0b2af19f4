import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { poolConfig } from "./url.ts";

/** What pg would connect to, and whether it would check the server's certificate. */
function parametersOf(url: string) {
  const { host, port, database, user, password, ssl } = new pg.Client(poolConfig(url));
  // Its types say boolean; it holds the options of TLS where there are any.
  return { host, port, database, user, password, ssl: ssl as unknown };
}

test("both schemes, and passwords with every character", () => {
  const expected = { host: "db.example.com", port: 6543, database: "cat", user: "me", password: "p@ss/wörd?" };
  for (const scheme of ["postgres", "postgresql"]) {
    const url = `${scheme}://me:${encodeURIComponent(expected.password)}@db.example.com:6543/cat`;
    assert.partialDeepStrictEqual(parametersOf(url), expected);
  }
});

test("sslmode means what it means to libpq", () => {
  const ssl = (mode: string) => parametersOf(`postgres://me:x@db/cat?sslmode=${mode}`).ssl;
  assert.equal(ssl("disable"), false);
  for (const mode of ["require", "prefer", "no-verify"]) assert.deepEqual(ssl(mode), { rejectUnauthorized: false });
  assert.deepEqual(ssl("verify-full"), {});
  assert.equal(parametersOf("postgres://me:x@db/cat").ssl, false);
});

test("settings of other drivers are passed over, the schema becomes the search path", () => {
  const config = poolConfig("postgres://me:x@db/cat?pgbouncer=true&connection_limit=5&schema=tenant");
  assert.equal(config.schema, "tenant");
  assert.doesNotMatch(config.connectionString ?? "", /schema/);
  assert.equal(poolConfig("postgres://me:x@db/cat").schema, "public");
});

test("what is no URL of PostgreSQL is refused without being repeated", () => {
  for (const url of ["secret-word", "mysql://me:secret-word@db/cat", ""]) {
    assert.throws(
      () => poolConfig(url),
      (error: Error) => /^DATABASE_URL/.test(error.message) && !error.message.includes("secret-word"),
    );
  }
});
