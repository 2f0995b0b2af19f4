import type { PoolConfig } from "pg";

/**
 * Pool settings for a PostgreSQL URL as an operator has it: `postgres://` or `postgresql://`, pooled or direct, any
 * `sslmode`. Settings of other drivers (`pgbouncer`, `connection_limit`) are ignored by pg; `schema` is not one of its own
 * and becomes the search path.
 *
 * @param url the DATABASE_URL
 * @param max connections in the pool
 * @throws TypeError when the URL is not one of PostgreSQL; its text never contains the URL, which holds a password
 */
export function poolConfig(url: string, max = 10): PoolConfig & { schema: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError("DATABASE_URL is not a URL");
  }
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    throw new TypeError("DATABASE_URL must begin with postgres:// or postgresql://");
  }
  const schema = parsed.searchParams.get("schema") ?? "public";
  parsed.searchParams.delete("schema");
  // libpq's meaning of `require` and `prefer` is encryption without a check of the certificate, which is what hosts that
  // hand out such URLs rely on; pg on its own would treat them as verify-full.
  const sslMode = parsed.searchParams.get("sslmode");
  if ((sslMode === "require" || sslMode === "prefer") && !parsed.searchParams.has("uselibpqcompat")) {
    parsed.searchParams.set("uselibpqcompat", "true");
  }
  return {
    connectionString: parsed.toString(),
    schema,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 300_000,
    // Managed pools drop connections after ten minutes; ours are renewed before.
    maxLifetimeSeconds: 600,
    keepAlive: true,
  };
}
