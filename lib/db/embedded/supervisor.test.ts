import assert from "node:assert/strict";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { startEmbeddedPostgres } from "./embedded.ts";
import { findPostmaster } from "./postmaster.ts";
import { readRecord, resolveClusterFolder } from "./record.ts";
import { findReason } from "./supervisor.ts";

test("a start waits for the sessions of a killed server to end", {
  skip: process.platform === "win32" ? "needs POSIX signals" : false,
}, async (context) => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-data-")));
  await chmod(folder, 0o711);
  const first = await startEmbeddedPostgres(folder, { durable: false });
  const client = new pg.Client({ connectionString: first.url });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() pid");
  const session = rows[0]?.pid;
  const record = await readRecord(folder);
  assert.ok(session && record);
  const postmaster = await findPostmaster(resolveClusterFolder(folder, record));
  assert.ok(postmaster);

  // A stopped process stands for one that is in the middle of work.
  process.kill(session, "SIGSTOP");
  context.after(() => {
    try {
      process.kill(session, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  });
  const stopped = first.stop();
  process.kill(postmaster.pid, "SIGKILL");
  await stopped;
  let started = false;
  const second = startEmbeddedPostgres(folder, { durable: false }).then((server) => {
    started = true;
    return server;
  });
  context.after(async () => {
    await second.then((server) => server.stop());
    await rm(folder, { recursive: true, force: true });
  });
  await Promise.race([delay(3_000), second]);
  assert.equal(started, false);
  process.kill(session, "SIGCONT");
  const again = new pg.Client({ connectionString: (await second).url });
  await again.connect();
  await again.end();
});

test("a session of a killed server that ends late does not hide why the next one does not start", () => {
  const occupied =
    "2026-01-01 00:00:00.000 UTC [2] FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use";
  const orphan = "2026-01-01 00:00:00.001 UTC [1] FATAL:  terminating connection due to unexpected postmaster exit";
  const stopped = "2026-01-01 00:00:00.001 UTC [1] FATAL:  terminating connection due to administrator command";
  const other = "2026-01-01 00:00:00.002 UTC [1] FATAL:  the session has failed";
  const hint = "2026-01-01 00:00:00.000 UTC [2] HINT:  Terminate any old server processes";
  const reason = "pre-existing shared memory block (key 1, ID 2) is still in use";
  assert.equal(findReason(`${occupied}\n${hint}\n${orphan}\n`), reason);
  assert.equal(findReason(`${orphan}\n${occupied}\n${hint}\n`), reason);
  assert.equal(findReason(`${occupied}\n${hint}\n${stopped}\n${other}\n`), reason);
  assert.equal(findReason("LOG:  starting\n"), "LOG:  starting");
  assert.equal(findReason(`${orphan}\n`), "");
});
