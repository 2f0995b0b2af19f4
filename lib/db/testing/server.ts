import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded/embedded.ts";

let folder: string | undefined;
let server: EmbeddedPostgres | undefined;

/**
 * Starts one PostgreSQL for all test files, unless TEST_DATABASE_URL names a server. Sets that variable, which the processes of the test
 * files inherit.
 */
export async function startTestServer(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-test-postgres-")));
  // As root the server runs as another user, which must be able to enter.
  await chmod(folder, 0o711);
  server = await startEmbeddedPostgres(folder, { durable: false });
  process.env.TEST_DATABASE_URL = server.url;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stopTestServer().finally(() => process.exit(1)));
  }
}

/** Stops the server that {@link startTestServer} has started, and removes its folder. */
export async function stopTestServer(): Promise<void> {
  if (server === undefined || folder === undefined) return;
  delete process.env.TEST_DATABASE_URL;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
