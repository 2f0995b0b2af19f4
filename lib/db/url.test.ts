import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { listMigrationUrls } from "./direct-url.ts";
import { toPoolConfig } from "./url.ts";

/** What pg would connect to. */
function parametersOf(url: string) {
  const { host, port, database, user, password } = new pg.Client(toPoolConfig(url));
  return { host, port, database, user, password };
}

test("both schemes, and passwords with every character", () => {
  const expected = { host: "db.example.com", port: 6543, database: "cat", user: "me", password: "p@ss/wörd?#%" };
  for (const scheme of ["postgres", "postgresql"]) {
    const url = `${scheme}://me:${encodeURIComponent(expected.password)}@db.example.com:6543/cat`;
    assert.deepEqual(parametersOf(url), expected);
  }
  assert.equal(parametersOf("postgres://me:100%sure@db/cat").password, "100%sure");
});

test("URLs as hosts hand them out", () => {
  const cases: [url: string, host: string, port: number, database: string][] = [
    ["postgres://me:x@cat-db.flycast:5432/cat?sslmode=disable", "cat-db.flycast", 5432, "cat"],
    ["postgres://me:x@top2.nearest.of.cat-db.internal:5432/cat", "top2.nearest.of.cat-db.internal", 5432, "cat"],
    ["postgresql://fly-user:x@pgbouncer.k1z8.flympg.net/fly-db", "pgbouncer.k1z8.flympg.net", 5432, "fly-db"],
    [
      "postgresql://me:x@ep-cool-1-pooler.eu-2.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
      "ep-cool-1-pooler.eu-2.aws.neon.tech",
      5432,
      "neondb",
    ],
    ["postgres://me:x@[fdaa:0:1::3]:5433/cat", "fdaa:0:1::3", 5433, "cat"],
    ["postgres://me:x@/cat?host=/var/run/postgresql", "/var/run/postgresql", 5432, "cat"],
    ["postgres:///cat?host=/var/run/postgresql&port=5433&user=me&password=x", "/var/run/postgresql", 5433, "cat"],
    ["postgres://me:x@%2Fvar%2Frun%2Fpostgresql/cat", "/var/run/postgresql", 5432, "cat"],
  ];
  for (const [url, host, port, database] of cases) {
    const user = url.includes("fly-user") ? "fly-user" : "me";
    assert.deepEqual(parametersOf(url), { host, port, database, user, password: "x" }, url);
  }
});

test("the pool's size is the operator's word, then the URL's; connections are renewed within ten minutes", () => {
  assert.equal(toPoolConfig("postgres://me:x@db/cat?pgbouncer=true&connection_limit=5").max, 5);
  assert.equal(toPoolConfig("postgres://me:x@db/cat?connection_limit=5", 2).max, 2);
  const { max, idleTimeoutMillis, maxLifetimeSeconds } = toPoolConfig("postgres://me:x@db/cat?connection_limit=no");
  assert.equal(max, 10);
  assert.equal(idleTimeoutMillis, 300_000);
  assert.ok((maxLifetimeSeconds ?? Number.POSITIVE_INFINITY) < 600);
});

test("options are passed on, and the schema joins them", () => {
  assert.equal(toPoolConfig("postgres://me:x@db/cat?options=endpoint%3Dep-1").options, "endpoint=ep-1");
  const { schema, options } = toPoolConfig("postgres://me:x@db/cat?schema=ten%20ant&options=-c%20lock_timeout%3D1");
  assert.equal(schema, "ten ant");
  assert.equal(options, '-c lock_timeout=1 -c search_path="ten\\ ant"');
  assert.equal(toPoolConfig("postgres://me:x@db/cat").schema, "public");
});

test("anything but a PostgreSQL URL is refused without repeating it", () => {
  const urls = ["secret-word", "mysql://me:secret-word@db/cat", "", "postgres://me:secret-word#1@db/cat"];
  for (const url of [
    ...urls,
    "postgres://secret-word:x@db/cat?sslmode=wrong",
    "postgres://me:secret-word@db:port/cat",
  ]) {
    assert.throws(
      () => toPoolConfig(url),
      (error: Error) => /^DATABASE_URL/.test(error.message) && !error.message.includes("secret-word"),
      url,
    );
  }
});

test("migrations go past a pooler whose direct address is known", () => {
  const urls = (url: string, variables = {}) => listMigrationUrls(url, variables);
  const fly = "postgresql://fly-user:x@pgbouncer.k1z8.flympg.net/fly-db";
  assert.deepEqual(urls(fly), ["postgresql://fly-user:x@direct.k1z8.flympg.net/fly-db", fly]);
  const neon = "postgresql://me:x@ep-cool-1-pooler.eu-2.aws.neon.tech/neondb?sslmode=require";
  const unpooled = neon.replace("-pooler", "");
  assert.deepEqual(urls(neon), [unpooled, neon]);
  assert.deepEqual(urls(neon, { DATABASE_URL_UNPOOLED: unpooled }), [unpooled, neon]);
  // Of a store that was connected before this one.
  const other = "postgresql://me:x@ep-other-2.eu-2.aws.neon.tech/neondb";
  assert.deepEqual(urls(neon, { DATABASE_URL_UNPOOLED: other }), [unpooled, neon]);
  assert.deepEqual(urls("postgres://me:x@db/cat"), ["postgres://me:x@db/cat"]);
  assert.deepEqual(urls(neon, { DIRECT_URL: other, DATABASE_URL_UNPOOLED: unpooled }), [other]);
});
