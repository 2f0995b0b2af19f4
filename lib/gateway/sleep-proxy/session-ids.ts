import { SessionIds } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";

/** Maximum age of a session that mcp-host resumes (MCP_MAX_SESSION_AGE_S). */
const MAX_SESSION_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_DEPLOYMENTS = 10_000;

/**
 * The session ids of deployments' mcp-hosts, which share what seals them with Catwalk: the machine's token and, as scope, the
 * deployment's id. Which of them have ended is not their matter (`ended-sessions.ts`).
 */
export class DeploymentSessionIds {
  readonly #known = new BoundedMap<string, { hostToken: string; ids: SessionIds }>(MAX_DEPLOYMENTS);

  /** Null while the machine's token is not known. */
  get({ deploymentId, hostToken }: DeploymentSnapshot): SessionIds | null {
    if (hostToken === null) return null;
    const known = this.#known.get(deploymentId);
    if (known?.hostToken === hostToken) return known.ids;
    const ids = new SessionIds({ secret: hostToken, scope: deploymentId, maxAgeMs: MAX_SESSION_AGE_MS });
    this.#known.set(deploymentId, { hostToken, ids });
    return ids;
  }
}
