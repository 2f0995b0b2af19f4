import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withOrigin } from "../admin-log/origin.ts";
import { disconnect } from "../db/client.ts";
import { findRunningEmbeddedPostgres, startEmbeddedPostgres } from "../db/embedded/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { takeLock } from "../env/data-folder.ts";
import { prepareEnvironment } from "../env/prepare.ts";
import { StartError } from "../errors/start-error.ts";
import { toTerminalText } from "../errors/terminal-text.ts";

/** How long a command waits for a Catwalk that is starting on the same data folder. */
const WAIT_MS = 60_000;

/**
 * Runs a command on Catwalk's data and exits. It uses the settings of `npm start`, and the embedded PostgreSQL unless
 * `DATABASE_URL` is set, beside a running Catwalk or alone. A failure prints one sentence without a stack, and exits with 1.
 */
export async function runCommand(work: () => Promise<void>): Promise<never> {
  let stop = async (): Promise<void> => undefined;
  try {
    const dataFolder = await prepareEnvironment();
    if (!process.env.DATABASE_URL) stop = await reachDatabase(dataFolder);
    await withOrigin({ userId: null, address: null, via: "command line" }, work);
    process.exitCode = 0;
  } catch (error) {
    console.error(toTerminalText(error));
    process.exitCode = 1;
  }
  await disconnect().catch(() => undefined);
  await stop().catch((error: unknown) => console.error(toTerminalText(error)));
  process.exit();
}

/** Sets DATABASE_URL to the data folder's PostgreSQL. Returns a function that stops it if this call started it. */
async function reachDatabase(dataFolder: string): Promise<() => Promise<void>> {
  for (const end = Date.now() + WAIT_MS; ; await delay(200)) {
    const release = takeLock(join(dataFolder, "lock"));
    if (release) {
      const server = await startEmbeddedPostgres(dataFolder);
      process.env.DATABASE_URL = server.url;
      await migrate(server.url, join(import.meta.dirname, "..", "..", "prisma", "migrations"));
      return () => server.stop().finally(release);
    }
    const running = await findRunningEmbeddedPostgres(dataFolder);
    if (running) {
      process.env.DATABASE_URL = running;
      return async () => undefined;
    }
    if (Date.now() > end) throw new StartError("Catwalk is starting on this data folder: try again when it runs.");
  }
}
