import { SessionIds } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";

/** Maximum age of a session that mcp-host resumes (MCP_MAX_SESSION_AGE_S). */
const MAX_SESSION_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_DEPLOYMENTS = 10_000;

/** The session ids of a deployment as one client of the gateway has them: a session belongs to the client that opened it. */
export class HeldSessionIds {
  readonly #ids: SessionIds;
  readonly #holder: string;

  /** @param holder id of the access key or of the connected client, as the machine is told it */
  constructor(ids: SessionIds, holder: string) {
    this.#ids = ids;
    this.#holder = holder;
  }

  /** Returns an id for a session that begins with these `initialize` params, or null when it would be too long. */
  seal(initializeParams: Record<string, unknown>, note: string): string | null {
    return this.#ids.seal(initializeParams, note, this.#holder);
  }

  /** Returns the `initialize` params in an id; null when the client has no such session. */
  open(id: string): Record<string, unknown> | null {
    return this.#ids.open(id, this.#holder);
  }

  /** Returns the note in an id, or null when it has none or does not open. */
  readNote(id: string): string | null {
    return this.#ids.readNote(id);
  }
}

/**
 * The session ids of deployments' mcp-hosts, which share what seals them with Catwalk: the machine's token and, as scope, the
 * deployment's id. Which of them have ended is not their matter (`ended-sessions.ts`).
 */
export class DeploymentSessionIds {
  readonly #known = new BoundedMap<string, { hostToken: string; ids: SessionIds }>(MAX_DEPLOYMENTS);

  /** Returns the ids as a client has them. Null while the machine's token is not known. */
  get(deployment: DeploymentSnapshot, holder: string): HeldSessionIds | null {
    const ids = this.#find(deployment);
    return ids && new HeldSessionIds(ids, holder);
  }

  #find({ deploymentId, hostToken }: DeploymentSnapshot): SessionIds | null {
    if (hostToken === null) return null;
    const known = this.#known.get(deploymentId);
    if (known?.hostToken === hostToken) return known.ids;
    const ids = new SessionIds({ secret: hostToken, scope: deploymentId, maxAgeMs: MAX_SESSION_AGE_MS });
    this.#known.set(deploymentId, { hostToken, ids });
    return ids;
  }
}
