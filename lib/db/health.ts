import pg from "pg";
import { processWide } from "../util/process-wide.ts";
import { type DatabaseState, toDatabaseState } from "./state.ts";
import { toPoolConfig } from "./url.ts";

const ANSWER_WITHIN_MS = 2_000;
/**
 * A connection of some age says nothing of new ones: whether there are any left, and whether they may write, which a server decides when
 * they begin.
 */
const MAX_AGE_S = 10;

interface Check {
  pool: pg.Pool;
  /** The question that is under way, so that many who ask at once ask only once. */
  pending: Promise<DatabaseState> | null;
}

/**
 * How PostgreSQL is: whether it answers within two seconds, takes connections, and can be written. It is asked on a
 * connection of its own: when the app's are all busy that is load, and not a database that is away.
 */
export function probeDatabase(): Promise<DatabaseState> {
  const check = processWide<Check>("database-check", () => ({ pool: makePool(), pending: null }));
  check.pending ??= ask(check.pool).finally(() => {
    check.pending = null;
  });
  return check.pending;
}

function makePool(): pg.Pool {
  const { schema: _schema, ...config } = toPoolConfig(process.env.DATABASE_URL ?? "", 1);
  const limits = {
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    maxLifetimeSeconds: MAX_AGE_S,
  };
  const pool = new pg.Pool({ ...config, ...limits });
  // A kept connection that breaks is what the next question finds out.
  pool.on("error", () => undefined);
  return pool;
}

async function ask(pool: pg.Pool): Promise<DatabaseState> {
  try {
    // On for a standby, and wherever default_transaction_read_only says so.
    const { rows } = await pool.query<{ setting: string }>(
      "select current_setting('transaction_read_only') as setting",
    );
    return rows[0]?.setting === "on" ? "read_only" : "up";
  } catch (error) {
    return toDatabaseState(error);
  }
}
