import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { issuer, SCOPE } from "./issuer.ts";

/** Paths of the authorization server, below the issuer. */
export const OAUTH_PATHS = {
  authorize: "/oauth/authorize",
  token: "/oauth/token",
  register: "/oauth/register",
  revoke: "/oauth/revoke",
  jwks: "/oauth/jwks",
} as const;

/** Client authentication methods at the token endpoint. `none`: with PKCE alone. */
export const TOKEN_AUTH_METHODS = ["none", "client_secret_post", "client_secret_basic"] as const;

/**
 * Returns the URL of a deployment's protected resource metadata: the well-known path comes before the connector URL's own (RFC 9728,
 * section 3.1).
 */
export function resourceMetadataUrl(deploymentId: string): string {
  const url = new URL(formatConnectorUrl(deploymentId));
  return `${url.origin}/.well-known/oauth-protected-resource${url.pathname}`;
}

/** A deployment's protected resource metadata (RFC 9728, section 2). */
export function protectedResourceMetadata(deploymentId: string): Record<string, unknown> {
  return {
    resource: formatConnectorUrl(deploymentId),
    authorization_servers: [issuer()],
    // Not offline_access: MCP 2026-07-28 says that a resource SHOULD NOT list it.
    scopes_supported: [SCOPE],
    bearer_methods_supported: ["header"],
    resource_name: "Catwalk connector",
  };
}

/** The authorization server's metadata (RFC 8414, section 2), in an object of our own: the library would derive it from the Host header. */
export function authorizationServerMetadata(): Record<string, unknown> {
  const base = issuer();
  return {
    issuer: base,
    authorization_endpoint: base + OAUTH_PATHS.authorize,
    token_endpoint: base + OAUTH_PATHS.token,
    registration_endpoint: base + OAUTH_PATHS.register,
    revocation_endpoint: base + OAUTH_PATHS.revoke,
    jwks_uri: base + OAUTH_PATHS.jwks,
    scopes_supported: [SCOPE, "offline_access"],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: TOKEN_AUTH_METHODS,
    revocation_endpoint_auth_methods_supported: TOKEN_AUTH_METHODS,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  };
}

/** The same with the members that OpenID Connect Discovery 1.0 (section 3) requires: some clients hold this document to its schema. */
export function openIdConfiguration(): Record<string, unknown> {
  return {
    ...authorizationServerMetadata(),
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
