import assert from "node:assert/strict";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "../db/client.ts";
import { startEmbeddedPostgres } from "../db/embedded/embedded.ts";
import { toAppError } from "./app-error.ts";
import { isDatabaseUnavailable } from "./database-unavailable.ts";

test("a server that stops, is gone or comes back is distinguished from a defect", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-unavailable-")));
  await chmod(folder, 0o711);
  let server = await startEmbeddedPostgres(folder, { durable: false });
  const client = createClient(server.url);
  const small = createClient(server.url, 1);
  try {
    // Two connections in use, one of them inside a transaction, and one idle, when the server goes.
    await Promise.all([client.$queryRaw`select 1`, client.$queryRaw`select 2`, client.$queryRaw`select 3`]);
    const query = client.$queryRaw`select pg_sleep(60)::text`;
    const transaction = client.$transaction((inside) => inside.$queryRaw`select pg_sleep(60)::text`);
    const cut = [query, transaction].map((pending) => assert.rejects(pending, isDatabaseUnavailable));
    await untilBusy(client, 2);
    // A pool whose only connection is in use.
    cut.push(assert.rejects(small.$queryRaw`select pg_sleep(60)::text`, isDatabaseUnavailable));
    await untilBusy(client, 3);
    await assert.rejects(
      small.$transaction((inside) => inside.user.count(), { maxWait: 10 }),
      isDatabaseUnavailable,
    );
    await server.stop();
    await Promise.all(cut);
    await assert.rejects(client.$queryRaw`select 1`, isDatabaseUnavailable);
    await assert.rejects(client.user.count(), (error) => toAppError(error).code === "database_unavailable");
    await assert.rejects(
      client.$transaction((inside) => inside.user.count()),
      isDatabaseUnavailable,
    );

    server = await startEmbeddedPostgres(folder, { durable: false });
    assert.deepEqual(await client.$queryRaw`select 1 as one`, [{ one: 1 }]);
    await assert.rejects(client.$queryRaw`select * from nowhere`, (error) => !isDatabaseUnavailable(error));
  } finally {
    await client.$disconnect();
    await small.$disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("another service that is away is not taken for the database", async () => {
  const refused = await fetch("http://127.0.0.1:1/").catch((error: unknown) => error);
  assert.equal(isDatabaseUnavailable(refused), false);
  assert.equal(toAppError(refused).code, "internal");
});

async function untilBusy(client: ReturnType<typeof createClient>, count: number): Promise<void> {
  for (;;) {
    const rows = await client.$queryRaw<{ busy: number }[]>`
      select count(*)::int as busy from pg_stat_activity where wait_event = 'PgSleep'`;
    if (rows[0]?.busy === count) return;
  }
}
