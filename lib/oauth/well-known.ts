import { db } from "../db/client.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { recordConnectionEvent } from "./connection-log.ts";
import { oauthError, openJson, preflight } from "./cors.ts";
import { rememberDiscovery } from "./discoveries.ts";
import { deploymentOf, issuer } from "./issuer.ts";
import { authorizationServerMetadata, openIdConfiguration, protectedResourceMetadata } from "./metadata.ts";

const CACHE = { "cache-control": "public, max-age=300" };
const RESOURCE_PREFIX = "oauth-protected-resource/";

/**
 * Answers a request below `/.well-known/`.
 *
 * @param path what follows that, without a slash at its beginning
 */
export async function handleWellKnown(request: Request, path: string): Promise<Response> {
  if (request.method === "OPTIONS") return preflight("GET");
  if (path === "oauth-authorization-server") return openJson(authorizationServerMetadata(), { headers: CACHE });
  if (path === "openid-configuration") return openJson(openIdConfiguration(), { headers: CACHE });
  if (path.startsWith(RESOURCE_PREFIX)) {
    const deploymentId = deploymentOf(`${issuer()}/${path.slice(RESOURCE_PREFIX.length)}`);
    if (deploymentId !== null) return resourceMetadata(request, deploymentId);
  }
  // One document at the root cannot name every connector URL: clients that ask there go on to the path's own.
  return oauthError(404, "not_found", "There is no such document. A deployment's is at its own path.");
}

async function resourceMetadata(request: Request, deploymentId: string): Promise<Response> {
  try {
    const row = await db().deployment.findFirst({
      where: { id: deploymentId, desired: { not: "deleted" } },
      select: { id: true },
    });
    if (row === null) return oauthError(404, "not_found", "There is no deployment at this address.");
    const client = request.headers.get("user-agent");
    await recordConnectionEvent({ deploymentId, step: "discovery", problem: null, client });
    await rememberDiscovery(request.headers, deploymentId);
    return openJson(protectedResourceMetadata(deploymentId), { headers: CACHE });
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return oauthError(503, "temporarily_unavailable", "Catwalk cannot reach its database.", { "retry-after": "5" });
  }
}
