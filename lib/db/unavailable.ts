import { AppError } from "../errors/app-error.ts";

/** What Prisma's adapter calls the reasons for which a database does not answer, or not yet. */
const kinds = new Set([
  "DatabaseNotReachable",
  "DatabaseDoesNotExist",
  "DatabaseAccessDenied",
  "AuthenticationFailed",
  "ConnectionClosed",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
]);

/** SQLSTATE: class 08 (connection), 57P01 to 57P05 (shut down, starting up), 53xxx (out of resources), 25006 (read only). */
const sqlStates = /^(?:08...|57P0[1-5]|53...|25006)$/;

/** Prisma's codes of the same: not reached, timed out, closed, no connection left in the pool. */
const prismaCodes = new Set(["P1000", "P1001", "P1002", "P1003", "P1008", "P1010", "P1011", "P1017", "P2024", "P2037"]);

/** pg reports the end of a connection as an error with a sentence and no code. */
const sentences =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

interface Described {
  code?: unknown;
  message?: unknown;
  meta?: { driverAdapterError?: { cause?: Described & { kind?: unknown; originalCode?: unknown } } };
  cause?: unknown;
}

/** Whether what was thrown says that PostgreSQL is away, and not that a query was wrong. */
export function isDatabaseUnavailable(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { code, message, meta, cause }: Described = thrown;
  if (typeof code === "string" && (prismaCodes.has(code) || sqlStates.test(code))) return true;
  if (typeof message === "string" && sentences.test(message)) return true;
  const reason = meta?.driverAdapterError?.cause;
  if (typeof reason?.kind === "string" && kinds.has(reason.kind)) return true;
  if (typeof reason?.originalCode === "string" && sqlStates.test(reason.originalCode)) return true;
  return cause !== undefined && cause !== thrown && isDatabaseUnavailable(cause);
}

/** The error for a person when what was thrown says that PostgreSQL is away; else null. */
export function databaseUnavailable(thrown: unknown): AppError | null {
  if (!isDatabaseUnavailable(thrown)) return null;
  return new AppError("database_unavailable", "Catwalk cannot reach its database.", {
    hint: "It tries again by itself; servers that are already in use go on working meanwhile.",
    cause: thrown,
  });
}
