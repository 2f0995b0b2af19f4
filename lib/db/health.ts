import pg from "pg";
import { processWide } from "../process-wide.ts";
import { poolConfig } from "./url.ts";

const ANSWER_WITHIN_MS = 2_000;

interface Check {
  pool: pg.Pool;
  /** The question that is under way, so that many who ask at once ask only once. */
  pending: Promise<boolean> | null;
}

/**
 * Whether PostgreSQL answers within two seconds. It is asked on a connection of its own: when the app's are all busy that is
 * load, and not a database that is away.
 */
export function isDatabaseUp(): Promise<boolean> {
  const check = processWide<Check>("database-check", () => ({ pool: makePool(), pending: null }));
  check.pending ??= ask(check.pool).finally(() => {
    check.pending = null;
  });
  return check.pending;
}

function makePool(): pg.Pool {
  const { schema: _schema, ...config } = poolConfig(process.env.DATABASE_URL ?? "", 1);
  const limits = { connectionTimeoutMillis: ANSWER_WITHIN_MS, query_timeout: ANSWER_WITHIN_MS };
  const pool = new pg.Pool({ ...config, ...limits });
  // A kept connection that breaks is what the next question finds out.
  pool.on("error", () => undefined);
  return pool;
}

async function ask(pool: pg.Pool): Promise<boolean> {
  try {
    await pool.query("select 1");
    return true;
  } catch {
    return false;
  }
}
