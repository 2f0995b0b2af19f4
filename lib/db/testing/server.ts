import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded/embedded.ts";

// For `node --test --test-global-setup`: starts one PostgreSQL for all test files unless TEST_DATABASE_URL names a server.

let folder: string | undefined;
let server: EmbeddedPostgres | undefined;

/** Runs before the test files' processes start, which inherit the variable. */
export async function globalSetup(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-test-postgres-")));
  // As root the server runs as another user, which must be able to enter.
  await chmod(folder, 0o711);
  server = await startEmbeddedPostgres(folder, { durable: false });
  process.env.TEST_DATABASE_URL = server.url;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void globalTeardown().finally(() => process.exit(1)));
  }
}

/** Runs after the last test file. */
export async function globalTeardown(): Promise<void> {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
}
