/** State of the database. With `read_only` and `no_connections` the server answers but cannot be used. */
export type DatabaseState = "up" | "down" | "read_only" | "no_connections";

/** Messages of poolers without a connection left; they have no SQLSTATE for it. */
const POOLER_IS_FULL = /no more connections allowed|max_client_conn|too many (?:clients|connections)/i;

/** SQLSTATEs: read_only_sql_transaction and too_many_connections. */
const READ_ONLY = "25006";
const NO_CONNECTIONS = "53300";

/**
 * Derives the database's state from an error of Prisma or pg for which `isDatabaseUnavailable` is true; `down` unless the error
 * says more.
 */
export function toDatabaseState(error: unknown): Exclude<DatabaseState, "up"> {
  for (const { code, message } of listCauses(error)) {
    if (code === READ_ONLY) return "read_only";
    if (code === NO_CONNECTIONS || POOLER_IS_FULL.test(message)) return "no_connections";
  }
  return "down";
}

function* listCauses(error: unknown, depth = 0): Generator<{ code: string; message: string }> {
  if (typeof error !== "object" || error === null || depth > 4) return;
  const found: Record<string, unknown> = { ...error };
  const message = error instanceof Error ? error.message : String(found.message ?? "");
  yield { code: String(found.originalCode ?? found.code ?? ""), message };
  if (error instanceof Error) yield* listCauses(error.cause, depth + 1);
  if (typeof found.meta === "object" && found.meta !== null && "driverAdapterError" in found.meta) {
    yield* listCauses(found.meta.driverAdapterError, depth + 1);
  }
}
