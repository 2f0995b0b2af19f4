import { env } from "../env/env.ts";

/** The only scope there is: to use one deployment. */
export const SCOPE = "mcp";

const CONNECTOR_PATH = /^\/api\/mcp\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/**
 * The authorization server's identifier (RFC 8414, section 2): the public base URL without a path or a slash at its end. It never
 * comes from a request: a Host header could name any place.
 */
export function issuer(): string {
  return new URL(env().publicUrl).origin;
}

/** Returns the deployment whose connector URL this is, to the letter, or null. */
export function deploymentOf(resource: string): string | null {
  const { publicUrl } = env();
  if (!resource.startsWith(publicUrl)) return null;
  return CONNECTOR_PATH.exec(resource.slice(publicUrl.length))?.[1] ?? null;
}

/**
 * A resource indicator as clients write it, in the spelling of the connector URL: without a slash at the end, with the scheme and
 * host in lower case and no default port. Returns the text as it is when it names no connector URL.
 */
export function canonicalResource(resource: string): string {
  const url = URL.parse(resource);
  if (url === null || url.hash !== "" || url.search !== "" || url.username !== "" || url.password !== "")
    return resource;
  const canonical = url.origin + url.pathname.replace(/\/$/, "");
  return deploymentOf(canonical) === null ? resource : canonical;
}
