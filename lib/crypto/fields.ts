// Fields of the associated data for a deployment's ciphertexts other than its inputs. An input's key cannot contain a tab, so no
// input can take one of these names.

/** The bearer that a machine's mcp-host demands. */
export const HOST_TOKEN_FIELD = "\tmcp-host token";

/** The platform's token for one deployment's machine. */
export const MACHINE_TOKEN_FIELD = "\tmachine token";

/** The places of what a client sent and got in a call. */
export function callPayloadPlaces(deploymentId: string, callId: string) {
  const place = (part: string) => ({ scope: deploymentId, field: `\tcall ${callId} ${part}` });
  return { request: place("request"), response: place("response") };
}

/** The place of a private key that signs access tokens. */
export function signingKeyPlace(keyId: string): { scope: string; field: string } {
  return { scope: "oauth", field: `signing-key.${keyId}` };
}

/** The place of the secret of a client that registered at the authorization server. */
export function clientSecretPlace(clientId: string): { scope: string; field: string } {
  return { scope: "oauth", field: `client-secret.${clientId}` };
}
