import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../errors/start-error.ts";
import { migrate } from "./migrate.ts";
import { isDatabaseUnavailable } from "./unavailable.ts";
import { poolConfig } from "./url.ts";

/** SQLSTATE of a refused role or password, and of a database that does not exist: waiting does not help. */
const REFUSED = /^28/;
const NO_DATABASE = "3D000";

export interface MigrateOptions {
  /** How long to wait for a database that is away or still starting. */
  withinMs: number;
  /** Takes a line when there is something to wait for. */
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Brings a database up to date, waiting for it first if it is away.
 *
 * @param folder `prisma/migrations`
 * @returns the names of the migrations that were applied now
 * @throws StartError that says in a sentence why not, without the URL, which holds a password
 */
export async function migrateWhenReachable(url: string, folder: string, options: MigrateOptions): Promise<string[]> {
  const place = placeOf(url);
  let hasWaited = false;
  for (const end = Date.now() + options.withinMs; ; await delay(500, undefined, { signal: options.signal })) {
    try {
      return await migrate(url, folder);
    } catch (error) {
      const { code, message } = describe(error);
      if (REFUSED.test(code)) throw new StartError(`PostgreSQL at ${place} refuses DATABASE_URL: ${message}.`);
      if (code === NO_DATABASE) throw new StartError(`PostgreSQL at ${place} answers: ${message}. Create it first.`);
      if (!isAway(error, code))
        throw new StartError(`The database at ${place} could not be brought up to date: ${message}`);
      if (Date.now() > end) {
        throw new StartError(
          `PostgreSQL at ${place} cannot be reached (${code || message}): start it, or correct DATABASE_URL.`,
        );
      }
      if (!hasWaited) options.say(`Waiting for PostgreSQL at ${place}…`);
      hasWaited = true;
    }
  }
}

function placeOf(url: string): string {
  try {
    poolConfig(url);
  } catch (error) {
    throw new StartError(`${describe(error).message}: it looks like postgresql://USER:PASSWORD@HOST:5432/DATABASE.`);
  }
  const { hostname, port } = new URL(url);
  return `${hostname || "localhost"}:${port || "5432"}`;
}

/** Only this connection is being tried, so that any failure of the network is the database's. */
function isAway(error: unknown, code: string): boolean {
  return isDatabaseUnavailable(error) || /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE)/.test(code);
}

function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message || code };
}
