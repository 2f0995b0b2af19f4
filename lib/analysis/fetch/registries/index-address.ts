import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Where a Python package index's simple repository API is. */
export interface IndexAddress {
  /** With a slash at its end, without user and password. */
  url: URL;
  /** The Authorization header that the address's user and password make; for this origin only. */
  authorization: string | null;
}

/** What the build asked the machine's own package client, kept for where there is none: see lib/cli/python-index.ts. */
export const BUILT_INDEX_PATH = "lib/analysis/generated/python-index.json";

const VARIABLE_NAMES = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"];
const builtSchema = z.object({ url: z.string() });

/** An index's address that is none, or that may not be asked; its message names the variable and never the address. */
export class IndexAddressError extends Error {}

/**
 * The index that the environment names, else the one that the build found; null where neither says anything.
 *
 * @param builtFile where the build's answer is
 * @throws IndexAddressError
 */
export async function indexAddress(
  variables: Record<string, string | undefined>,
  builtFile: string = join(process.cwd(), BUILT_INDEX_PATH),
): Promise<IndexAddress | null> {
  const name = VARIABLE_NAMES.find((variable) => variables[variable]);
  // uv permits a name in front: NAME=URL.
  if (name) return parseIndexAddress(name, variables[name]?.replace(/^[\w.-]+=/, "") ?? "", variables);
  const text = await readFile(/* turbopackIgnore: true */ builtFile, "utf8").catch(() => null);
  if (text === null) return null;
  const built = builtSchema.safeParse(JSON.parse(text));
  return built.success ? parseIndexAddress("The address that the build found", built.data.url, variables) : null;
}

/** @param what names the address in the error that this throws @throws IndexAddressError */
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

/** Without encryption only on this host, or where the operator trusts the host in words of pip or uv. */
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
