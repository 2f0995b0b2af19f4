import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { PoolConfig } from "pg";
import { NegotiatedSocket } from "./negotiated-socket.ts";

/** Connections in the pool unless the operator or the URL sets another number. */
const DEFAULT_POOL_SIZE = 10;
const CONNECT_WITHIN_MS = 5_000;
const MAX_CONNECT_TIMEOUT_S = 60;

/** The parts of a PostgreSQL URL. */
export interface DatabaseUrl {
  /** A name, an address without brackets, or the folder of a Unix socket; "localhost" if the URL has none. */
  host: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  parameters: URLSearchParams;
}

/**
 * Parses a PostgreSQL URL as libpq does: `postgres://` or `postgresql://`, with a host name, an IPv6 address in brackets, or a
 * socket's folder, percent-encoded in place of the host or as the parameter `host`.
 *
 * @throws TypeError when it is not one; the message never contains the URL, which holds a password
 */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new TypeError(
      URL.canParse(url) ? "DATABASE_URL must begin with postgres:// or postgresql://" : "DATABASE_URL is not a URL",
    );
  }
  // libpq allows a user without a host, a URL does not.
  const parsed = URL.parse(url.replace(/^([^/]+:\/\/[^/?#]*@)(?=[/?]|$)/, "$1localhost"));
  if (parsed === null) throw new TypeError("DATABASE_URL is not a URL");
  if (parsed.hash !== "") throw new TypeError("DATABASE_URL has a #, which has to be written as %23 in it");
  const { searchParams: parameters } = parsed;
  return {
    host: parameters.get("host") || decode(parsed.hostname).replace(/^\[(.*)\]$/, "$1") || "localhost",
    port: Number(parameters.get("port") || parsed.port || 5432),
    user: parameters.get("user") || decode(parsed.username) || undefined,
    password: parameters.get("password") || decode(parsed.password) || undefined,
    database: parameters.get("dbname") || decode(parsed.pathname.slice(1)) || undefined,
    parameters,
  };
}

/**
 * Converts a PostgreSQL URL, pooled or direct, to the settings of a pg client or pool. `sslmode` has libpq's meaning:
 *
 * | sslmode | connection |
 * | --- | --- |
 * | `disable` | plain |
 * | none, `allow`, `prefer` | encrypted where the server offers it |
 * | `require`, `no-verify` | encrypted, the certificate not checked; with `sslrootcert`, `require` is `verify-ca` |
 * | `verify-ca` | the certificate is of that authority; without `sslrootcert`, as `verify-full` |
 * | `verify-full` | and in the host's name; by the system's authorities where `sslrootcert` names none |
 *
 * `connection_limit` sets the size of the pool and `schema` the search path. Settings of other drivers (`pgbouncer`) are ignored.
 *
 * @param url the DATABASE_URL
 * @param max connections in the pool; overrides the URL
 * @throws TypeError as `parseDatabaseUrl`, and for an unknown sslmode or an unreadable certificate file
 */
export function toPoolConfig(url: string, max?: number): PoolConfig & { schema: string } {
  const { parameters, ...address } = parseDatabaseUrl(url);
  const schema = parameters.get("schema") || "public";
  const searchPath =
    schema === "public" ? "" : ` -c search_path="${schema.replaceAll('"', '""').replace(/[\s\\]/g, "\\$&")}"`;
  return {
    ...address,
    ...toEncryption(parameters),
    schema,
    options: `${parameters.get("options") ?? ""}${searchPath}`.trim() || undefined,
    application_name: parameters.get("application_name") || "catwalk",
    max: max ?? (parseWholeNumber(parameters.get("connection_limit")) || DEFAULT_POOL_SIZE),
    connectionTimeoutMillis: parseConnectTimeoutMs(parameters),
    idleTimeoutMillis: 300_000,
    // Managed pools drop connections after ten minutes; ours are renewed before.
    maxLifetimeSeconds: 540,
    keepAlive: true,
  };
}

function toEncryption(parameters: URLSearchParams): Pick<PoolConfig, "ssl" | "stream" | "enableChannelBinding"> {
  const mode = parameters.get("sslmode") ?? parseSslFlag(parameters.get("ssl"));
  const ca = readAuthority(parameters.get("sslrootcert"));
  const identity = { cert: readParameterFile(parameters, "sslcert"), key: readParameterFile(parameters, "sslkey") };
  const withTls = (options: ConnectionOptions) => ({
    ssl: Object.fromEntries(Object.entries({ ...identity, ...options }).filter(([, value]) => value !== undefined)),
    enableChannelBinding: /^(prefer|require)$/.test(parameters.get("channel_binding") ?? ""),
  });
  switch (mode) {
    case "disable":
      return { ssl: false };
    case null:
    case "allow":
    case "prefer":
      return { ssl: false, stream: () => new NegotiatedSocket() };
    case "require":
      return ca ? withTls({ ca, checkServerIdentity: () => undefined }) : withTls({ rejectUnauthorized: false });
    case "no-verify":
      return withTls({ rejectUnauthorized: false });
    case "verify-ca":
      // The system's authorities issue certificates to anyone, so the name must be checked too.
      return ca ? withTls({ ca, checkServerIdentity: () => undefined }) : withTls({});
    case "verify-full":
      return withTls({ ca });
    default:
      throw new TypeError("DATABASE_URL has an sslmode that PostgreSQL does not know");
  }
}

/** `ssl=true`, as drivers other than libpq write it. */
function parseSslFlag(flag: string | null): string | null {
  if (flag === "true" || flag === "1") return "verify-full";
  if (flag === "false" || flag === "0") return "disable";
  return flag === "no-verify" ? flag : null;
}

function readAuthority(name: string | null): string | undefined {
  return name === null || name === "system" ? undefined : readPem("sslrootcert", name);
}

function readParameterFile(parameters: URLSearchParams, name: string): string | undefined {
  const path = parameters.get(name);
  return path ? readPem(name, path) : undefined;
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new TypeError(`DATABASE_URL names a file as ${name} that cannot be read`);
  }
}

/** libpq's 0 means no timeout; here it means the default. */
function parseConnectTimeoutMs(parameters: URLSearchParams): number {
  const timeoutS = parseWholeNumber(parameters.get("connect_timeout"));
  return timeoutS ? Math.min(timeoutS, MAX_CONNECT_TIMEOUT_S) * 1000 : CONNECT_WITHIN_MS;
}

function parseWholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that was not encoded itself.
    return text;
  }
}
