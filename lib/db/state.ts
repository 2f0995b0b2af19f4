/** How the database is: `read_only` and `no_connections` are of a server that answers, but not as it is needed. */
export type DatabaseState = "up" | "down" | "read_only" | "no_connections";

/** How poolers, which have no code for it, say that they have no connection left. */
const POOLER_IS_FULL = /no more connections allowed|max_client_conn|too many (?:clients|connections)/i;

/** SQLSTATEs of a server or a session that can only be read. */
const READ_ONLY = "25006";
const NO_CONNECTIONS = "53300";

/**
 * What an error of a connection or a query, as Prisma or pg threw it, says of the database's state; `down` where it says
 * nothing more. For errors that `isDatabaseUnavailable` knows.
 */
export function toDatabaseState(error: unknown): Exclude<DatabaseState, "up"> {
  for (const { code, message } of causesOf(error)) {
    if (code === READ_ONLY) return "read_only";
    if (code === NO_CONNECTIONS || POOLER_IS_FULL.test(message)) return "no_connections";
  }
  return "down";
}

function* causesOf(error: unknown, depth = 0): Generator<{ code: string; message: string }> {
  if (typeof error !== "object" || error === null || depth > 4) return;
  const found: Record<string, unknown> = { ...error };
  const message = error instanceof Error ? error.message : String(found.message ?? "");
  yield { code: String(found.originalCode ?? found.code ?? ""), message };
  if (error instanceof Error) yield* causesOf(error.cause, depth + 1);
  if (typeof found.meta === "object" && found.meta !== null && "driverAdapterError" in found.meta) {
    yield* causesOf(found.meta.driverAdapterError, depth + 1);
  }
}
