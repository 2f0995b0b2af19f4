// Recognizes errors by their shape and imports nothing, so that pages in the browser can bundle it.

/** Prisma's codes for a database that is unreachable, refuses the login or has no connection left. */
const PRISMA_CODES = new Set([
  "P1000",
  "P1001",
  "P1002",
  "P1003",
  "P1008",
  "P1010",
  "P1011",
  "P1017",
  "P2024",
  "P2037",
]);

/** The same conditions as Prisma's driver adapter reports them. */
const ADAPTER_KINDS = new Set([
  "AuthenticationFailed",
  "ConnectionClosed",
  "DatabaseAccessDenied",
  "DatabaseDoesNotExist",
  "DatabaseNotReachable",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
]);

/**
 * SQLSTATE classes and codes with that meaning: 08 connection, 28 authorization, 53 out of disk, memory or connections, 57P
 * shut down or starting, 25006 read-only (a standby that was not promoted), 3D000 no such database.
 */
const SQL_STATES = /^(08...|28...|53...|57P0.|25006|3D000)$/;

/** Operating system codes. Prisma passes them on as its own when pg's connection fails with one. */
const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Messages that pg sends without a code, or Prisma with a code that has other meanings too. */
const MESSAGES =
  /^(Transaction API error: Unable to start a transaction in the given time|Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after calling end)/;

/**
 * Tells whether an error of Prisma or pg means that the database is unavailable for now: unreachable, starting, shutting down,
 * read-only or out of connections. Errors of other network calls do not count.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!isObject(error)) return false;
  const { name, code, message, meta, severity, cause } = error;
  if (typeof message === "string" && MESSAGES.test(message)) return true;
  if (typeof code === "string") {
    const isPrismas = name === "PrismaClientKnownRequestError";
    if (isPrismas && (PRISMA_CODES.has(code) || NETWORK_CODES.has(code))) return true;
    if (typeof severity === "string" && SQL_STATES.test(code)) return true;
  }
  if (name === "PrismaClientInitializationError") return true;
  if (name === "DriverAdapterError" && isObject(cause)) {
    if (ADAPTER_KINDS.has(String(cause.kind)) || SQL_STATES.test(String(cause.originalCode))) return true;
  }
  return (isObject(meta) && isDatabaseUnavailable(meta.driverAdapterError)) || isDatabaseUnavailable(cause);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
