import pg from "pg";
import { processWide } from "../util/process-wide.ts";
import { type DatabaseState, toDatabaseState } from "./state.ts";
import { toPoolConfig } from "./url.ts";

const ANSWER_WITHIN_MS = 2_000;
/**
 * The oldest connection that a probe may use, in seconds. An older one does not show whether the server still accepts
 * connections, or whether new ones can write.
 */
const MAX_AGE_S = 10;

interface Check {
  pool: pg.Pool;
  /** The probe in flight: concurrent callers share it. */
  pending: Promise<DatabaseState> | null;
}

/**
 * Probes PostgreSQL: whether it answers within two seconds, accepts connections and can be written. Uses a connection outside
 * the app's pool, since a busy pool is not a database that is down.
 */
export function probeDatabase(): Promise<DatabaseState> {
  const check = processWide<Check>("database-check", () => ({ pool: createPool(), pending: null }));
  check.pending ??= ask(check.pool).finally(() => {
    check.pending = null;
  });
  return check.pending;
}

function createPool(): pg.Pool {
  const { schema: _schema, ...config } = toPoolConfig(process.env.DATABASE_URL ?? "", 1);
  const limits = {
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    maxLifetimeSeconds: MAX_AGE_S,
  };
  const pool = new pg.Pool({ ...config, ...limits });
  // A broken idle connection is reported by the next probe.
  pool.on("error", () => undefined);
  return pool;
}

async function ask(pool: pg.Pool): Promise<DatabaseState> {
  try {
    // On for a standby, and where default_transaction_read_only is set.
    const { rows } = await pool.query<{ setting: string }>(
      "select current_setting('transaction_read_only') as setting",
    );
    return rows[0]?.setting === "on" ? "read_only" : "up";
  } catch (error) {
    return toDatabaseState(error);
  }
}
