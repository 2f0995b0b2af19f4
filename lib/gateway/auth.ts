import { hash } from "node:crypto";
import { equalsInConstantTime } from "../crypto/constant-time.ts";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { FAILURES, type Failure } from "./errors.ts";

/** Form of an access key: 32 random bytes in base64url after a prefix that secret scanners recognize. */
const ACCESS_KEY_PATTERN = /^cwk_[A-Za-z0-9_-]{43}$/;

/** The credential that a request was authenticated with. */
export interface Credential {
  kind: "access-key" | "connected-client";
  /** The access key's id, or the grant's. */
  id: string;
}

/** The access tokens of the authorization server, as far as the gateway needs to know of them. */
export interface AccessTokens {
  /** Returns the claims of a valid token, or null. Rejects while no signing key is known and the database is away. */
  verify(token: string): Promise<{ audience: string; grantId: string; userId: string } | null>;
  /** The audience of a deployment's tokens: its connector URL. */
  audienceOf(deploymentId: string): string;
  /** Returns the URL of a deployment's protected resource metadata. */
  metadataUrlOf(deploymentId: string): string;
  /** The scope that a token needs. */
  scope: string;
}

export type Authentication = { credential: Credential; failure: null } | { credential: null; failure: Failure };

/**
 * Authenticates a request for exactly this deployment: by an access key, or by an access token whose grant is alive.
 *
 * @param tokens null where there is no authorization server: access keys alone open the deployment
 */
export async function authenticate(
  authorization: string | null,
  deployment: DeploymentSnapshot,
  tokens: AccessTokens | null,
): Promise<Authentication> {
  const refuse = (sent: "missing" | "wrong") => toUnauthorized(sent, deployment.deploymentId, tokens);
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (bearer === undefined) return refuse(authorization === null ? "missing" : "wrong");
  const credential = ACCESS_KEY_PATTERN.test(bearer)
    ? findAccessKey(bearer, deployment)
    : await findConnectedClient(bearer, deployment, tokens);
  return credential === null ? refuse("wrong") : { credential, failure: null };
}

/** Returns whether a credential still opens the deployment in its present state. */
export function isAlive({ kind, id }: Credential, now: DeploymentSnapshot): boolean {
  const known = kind === "access-key" ? now.keys : now.grants;
  return known.some((entry) => entry.id === id);
}

function findAccessKey(key: string, deployment: DeploymentSnapshot): Credential | null {
  const digest = hash("sha256", key);
  let id: string | null = null;
  for (const candidate of deployment.keys) {
    // Compares every key, so that the time does not reveal which one matched.
    if (equalsInConstantTime(candidate.hash, digest)) id = candidate.id;
  }
  return id === null ? null : { kind: "access-key", id };
}

/** MCP 2025-11-25, authorization: a server MUST only accept tokens that were issued for it. */
async function findConnectedClient(
  token: string,
  deployment: DeploymentSnapshot,
  tokens: AccessTokens | null,
): Promise<Credential | null> {
  if (tokens === null) return null;
  const claims = await tokens.verify(token);
  if (claims === null || claims.audience !== tokens.audienceOf(deployment.deploymentId)) return null;
  const grant = deployment.grants.find(({ id }) => id === claims.grantId);
  return grant?.userId === claims.userId ? { kind: "connected-client", id: grant.id } : null;
}

/**
 * Returns a 401 with its challenge (RFC 6750, section 3), which names the authorization server's metadata (RFC 9728,
 * section 5.1). A request without a credential gets no error code. Clients parse the challenge with a single regular
 * expression, so all values are quoted.
 */
function toUnauthorized(
  sent: "missing" | "wrong",
  deploymentId: string,
  tokens: AccessTokens | null,
): { credential: null; failure: Failure } {
  const discovery =
    tokens === null ? [] : [`resource_metadata="${tokens.metadataUrlOf(deploymentId)}"`, `scope="${tokens.scope}"`];
  const parameters = ['realm="catwalk"', ...(sent === "wrong" ? ['error="invalid_token"'] : []), ...discovery];
  const failure = sent === "wrong" ? FAILURES.keyWrong : FAILURES.keyMissing;
  return {
    credential: null,
    failure: { ...failure, headers: { "www-authenticate": `Bearer ${parameters.join(", ")}` } },
  };
}
