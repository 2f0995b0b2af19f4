import assert from "node:assert/strict";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { canEnter, ensurePostgresAccount } from "./account.ts";
import { ensureUsableBinaries, findPackagedBinaries } from "./binaries.ts";

test("binaries in a folder that the account cannot enter are copied to where it can", {
  skip: process.getuid?.() === 0 ? false : "needs root",
}, async (context) => {
  const account = await ensurePostgresAccount();
  assert.ok(account);
  const [closed, open] = [await mkdtemp(join(tmpdir(), "catwalk-")), await mkdtemp(join(tmpdir(), "catwalk-"))];
  context.after(() => Promise.all([closed, open].map((folder) => rm(folder, { recursive: true }))));
  await chmod(open, 0o755);
  assert.equal(await canEnter(closed, account), false);
  assert.equal(await canEnter(join(open, "not", "there", "yet"), account), true);

  const packaged = findPackagedBinaries();
  const folder = join(closed, "native");
  await cp(packaged.folder, folder, { recursive: true, verbatimSymlinks: true });
  const hidden = { folder, postgres: join(folder, "bin", "postgres"), initdb: join(folder, "bin", "initdb") };
  const usable = await ensureUsableBinaries(hidden, account, join(open, "shelf"));
  assert.match(usable.postgres, new RegExp(`^${open}/shelf/postgresql-[\\d.]+-\\w+/bin/postgres$`));
  assert.deepEqual(await ensureUsableBinaries(hidden, account, join(open, "shelf")), usable);
  assert.equal(await ensureUsableBinaries(hidden, null, join(open, "shelf")), hidden);
});
