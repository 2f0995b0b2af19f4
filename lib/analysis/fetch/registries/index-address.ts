import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Address of a Python package index (simple repository API). */
export interface IndexAddress {
  /** URL with a trailing slash, without user and password. */
  url: URL;
  /** Authorization header made of the address's user and password. Sent to this origin only. */
  authorization: string | null;
}

/**
 * File where the build keeps the index that the build machine's package client uses, for hosts without one: see
 * lib/cli/python-index.ts.
 */
export const BUILT_INDEX_PATH = "lib/analysis/generated/python-index.json";

const VARIABLE_NAMES = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"];
const builtSchema = z.object({ url: z.string() });

/**
 * An invalid or forbidden index address. The message names the variable, never the address, which may hold a password.
 */
export class IndexAddressError extends Error {}

/** Returns whether the environment names an index. */
export function namesIndex(variables: Record<string, string | undefined>): boolean {
  return VARIABLE_NAMES.some((variable) => variables[variable]);
}

/**
 * Returns the index that the environment names, else the one of this host's settings, else the one that the build found,
 * else null.
 *
 * @param builtFile file that the build wrote
 * @param ofThisHost the index that this host's pip or uv is configured with
 * @throws IndexAddressError
 */
export async function indexAddress(
  variables: Record<string, string | undefined>,
  builtFile: string = join(process.cwd(), BUILT_INDEX_PATH),
  ofThisHost: string | null = null,
): Promise<IndexAddress | null> {
  const name = VARIABLE_NAMES.find((variable) => variables[variable]);
  // uv allows a name in front: NAME=URL.
  if (name) return parseIndexAddress(name, variables[name]?.replace(/^[\w.-]+=/, "") ?? "", variables);
  if (ofThisHost !== null) return parseIndexAddress("The index of this host's settings", ofThisHost, variables);
  const text = await readFile(/* turbopackIgnore: true */ builtFile, "utf8").catch(() => null);
  if (text === null) return null;
  const built = builtSchema.safeParse(JSON.parse(text));
  return built.success ? parseIndexAddress("The address that the build found", built.data.url, variables) : null;
}

/**
 * @param what names the address in error messages
 * @throws IndexAddressError
 */
function parseIndexAddress(what: string, text: string, variables: Record<string, string | undefined>): IndexAddress {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "https:" && !(url.protocol === "http:" && mayBePlain(url, variables)))) {
    throw new IndexAddressError(`${what} is no address of a package index that Catwalk may ask: https, or this host`);
  }
  const credentials = url.username || url.password ? `${decoded(url.username)}:${decoded(url.password)}` : null;
  url.username = "";
  url.password = "";
  url.hash = "";
  url.search = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { url, authorization: credentials && `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/**
 * Returns whether plain http is allowed: on this host, or where the operator trusts the host with pip's or uv's own setting.
 */
function mayBePlain(url: URL, variables: Record<string, string | undefined>): boolean {
  const trusted = `${variables.PIP_TRUSTED_HOST ?? ""} ${variables.UV_INSECURE_HOST ?? ""}`.split(/[\s,]+/);
  return (
    /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname) ||
    [url.hostname, url.host].some((host) => trusted.includes(host))
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
