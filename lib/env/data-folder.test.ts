import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDataFolder, readDataFolderKeys, takeLock } from "./data-folder.ts";

test("keys are made once under concurrent requests", async (context) => {
  const parent = await mkdtemp(join(tmpdir(), "catwalk-keys-"));
  context.after(() => rm(parent, { recursive: true }));
  const folder = await openDataFolder(join(parent, "data"));
  const all = await Promise.all(Array.from({ length: 20 }, () => readDataFolderKeys(folder)));
  for (const keys of all) assert.deepEqual(keys, all[0]);
  assert.notEqual(all[0]?.ENCRYPTION_KEY, all[0]?.NEXTAUTH_SECRET);
  assert.equal((await stat(join(folder, "encryption-key"))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o066, 0, "nobody else may look into it");
});

test("a lock is one process's, and is free when that process is gone", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "catwalk-lock-"));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "lock");
  const program = `
    import { takeLock } from ${JSON.stringify(import.meta.resolve("./data-folder.ts"))};
    console.log(takeLock(${JSON.stringify(file)}) ? "taken" : "refused");
    setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ["--input-type=module-typescript", "-e", program]);
  context.after(() => other.kill("SIGKILL"));
  const [said] = await once(other.stdout, "data");
  assert.equal(String(said).trim(), "taken");
  assert.equal(takeLock(file), null);
  other.kill("SIGKILL");
  await once(other, "exit");
  const release = takeLock(file);
  assert.ok(release);
  release();
  assert.ok(takeLock(file));
});
