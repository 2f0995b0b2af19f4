import { setTimeout as delay } from "node:timers/promises";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { StartError } from "../errors/start-error.ts";
import { listMigrationUrls } from "./direct-url.ts";
import { migrate } from "./migrate.ts";
import { toDatabaseState } from "./state.ts";
import { parseDatabaseUrl } from "./url.ts";

/** SQLSTATEs for which waiting does not help: a refused role or password, and a database that does not exist. */
const REFUSED = /^28/;
const NO_DATABASE = "3D000";

export interface MigrateOptions {
  /** How long to wait for a database that is unreachable or still starting. */
  withinMs: number;
  /** Called with a line for the terminal when it has to wait. */
  say: (line: string) => void;
  signal?: AbortSignal;
  /** The variables that may hold a direct address; this process's environment unless given. */
  variables?: Record<string, string | undefined>;
}

/**
 * Migrates a database, after waiting for it if it is unreachable. Prefers the direct address over a pooler's where it is known
 * and reachable.
 *
 * @param folder `prisma/migrations`
 * @returns the names of the migrations that this call applied
 * @throws StartError with the reason, without the URL, which holds a password
 */
export async function migrateWhenReachable(url: string, folder: string, options: MigrateOptions): Promise<string[]> {
  const targets = listTargets(url, options.variables ?? process.env);
  let hasWaited = false;
  for (const end = Date.now() + options.withinMs; ; await delay(500, undefined, { signal: options.signal })) {
    let failure: StartError | undefined;
    for (const target of targets) {
      try {
        return await migrate(target.url, folder);
      } catch (error) {
        if (!isAway(error)) throw toDefectError(error, target.place);
        failure = toAwayError(error, target.place);
        if (!hasWaited && target === targets.at(-1)) options.say(`Waiting for PostgreSQL at ${target.place}…`);
      }
    }
    hasWaited = true;
    if (failure && Date.now() > end) throw failure;
  }
}

function listTargets(url: string, variables: Record<string, string | undefined>): { url: string; place: string }[] {
  try {
    return listMigrationUrls(url, variables).map((target) => {
      const { host, port } = parseDatabaseUrl(target);
      return { url: target, place: host.startsWith("/") ? host : `${host.includes(":") ? `[${host}]` : host}:${port}` };
    });
  } catch (error) {
    throw new StartError(`${describe(error).message}: it looks like postgresql://USER:PASSWORD@HOST:5432/DATABASE.`);
  }
}

/** Nothing but this connection is in flight, so any network failure is the database's. */
function isAway(error: unknown): boolean {
  const { code } = describe(error);
  if (REFUSED.test(code) || code === NO_DATABASE) return false;
  return isDatabaseUnavailable(error) || /^(ECONN|ENOTFOUND|ENOENT|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE)/.test(code);
}

function toAwayError(error: unknown, place: string): StartError {
  const { code, message } = describe(error);
  switch (toDatabaseState(error)) {
    case "read_only":
      return new StartError(
        `The database at ${place} can only be read and has to be brought up to date: make it writable again, or let DATABASE_URL name the server that is.`,
      );
    case "no_connections":
      return new StartError(
        `PostgreSQL at ${place} has no connection left (${message}): end some, or allow more of them.`,
      );
    default:
      return new StartError(
        `PostgreSQL at ${place} cannot be reached (${code || message}): start it, or correct DATABASE_URL.`,
      );
  }
}

function toDefectError(error: unknown, place: string): StartError {
  const { code, message } = describe(error);
  if (REFUSED.test(code)) return new StartError(`PostgreSQL at ${place} refuses DATABASE_URL: ${message}.`);
  if (code === NO_DATABASE) return new StartError(`PostgreSQL at ${place} answers: ${message}. Create it first.`);
  return new StartError(`The database at ${place} could not be brought up to date: ${message}`);
}

function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message || code };
}
