import { parseDatabaseUrl } from "./url.ts";

type Variables = Record<string, string | undefined>;

/** Replacements that turn the pooled address of a known host into its direct one. */
const POOLED_HOSTS: readonly [pattern: RegExp, direct: string][] = [
  // Fly's managed PostgreSQL.
  [/^pgbouncer\.(?=[\w-]+\.flympg\.net$)/, "direct."],
  // Neon: ep-NAME-pooler.REGION.PROVIDER.neon.tech
  [/-pooler(?=\.(?:[\w-]+\.)+neon\.tech$)/, ""],
];

/** Variables in which hosting integrations set the direct address beside a pooled `DATABASE_URL`. */
const UNPOOLED_VARIABLES = ["DATABASE_URL_UNPOOLED", "POSTGRES_URL_NON_POOLING"];

/**
 * Lists the addresses at which migrations can reach the database, the best first. `DIRECT_URL` is the only one where it is set.
 * Otherwise the direct address that an integration set or the host's name implies comes before `url` itself.
 *
 * @param url the DATABASE_URL
 * @throws TypeError when it is not a PostgreSQL URL
 */
export function listMigrationUrls(url: string, variables: Variables): string[] {
  if (variables.DIRECT_URL) return [variables.DIRECT_URL];
  const unpooled = UNPOOLED_VARIABLES.map((name) => variables[name]).filter(
    (candidate): candidate is string => candidate !== undefined && isSameDatabase(candidate, url),
  );
  return [...new Set([...unpooled.slice(0, 1), ...directAddress(url), url])];
}

function directAddress(url: string): string[] {
  const { host } = parseDatabaseUrl(url);
  const [pattern, direct] = POOLED_HOSTS.find(([pooled]) => pooled.test(host)) ?? [];
  return pattern === undefined || direct === undefined ? [] : [url.replace(host, host.replace(pattern, direct))];
}

/** A leftover variable of another database must not receive this one's migrations. */
function isSameDatabase(candidate: string, url: string): boolean {
  try {
    const [direct, pooled] = [parseDatabaseUrl(candidate), parseDatabaseUrl(url)];
    const expected = directAddress(url)[0];
    const hosts = [pooled.host, expected === undefined ? undefined : parseDatabaseUrl(expected).host];
    return direct.database === pooled.database && hosts.includes(direct.host);
  } catch {
    return false;
  }
}
