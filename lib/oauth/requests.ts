import { canonicalResource, SCOPE } from "./issuer.ts";

/** Parameters of OpenID Connect that a request without `openid` must not have, and that clients send all the same. */
const DROPPED = [
  "nonce",
  "max_age",
  "id_token_hint",
  "login_hint",
  "claims",
  "claims_locales",
  "acr_values",
  "ui_locales",
  "display",
  "authorization_details",
];
const KEPT_PROMPTS = new Set(["none", "consent"]);

/**
 * An authorization request's parameters as clients really send them, in the form that the protocol engine takes. What decides about
 * security (client_id, redirect_uri, response_type, state, code_challenge and its method) passes unchanged.
 */
export function tidyAuthorizationRequest(parameters: URLSearchParams): URLSearchParams {
  const tidy = new URLSearchParams(parameters);
  for (const name of DROPPED) tidy.delete(name);
  // There is one scope. Clients ask for none, for another vendor's, or for those of OpenID Connect.
  tidy.set("scope", SCOPE);
  const prompts = (tidy.get("prompt") ?? "").split(/\s+/).filter((prompt) => KEPT_PROMPTS.has(prompt));
  if (prompts.length > 0) tidy.set("prompt", prompts.join(" "));
  else tidy.delete("prompt");
  tidyResource(tidy);
  return tidy;
}

/** The same for a token request. What is left out is what the code or the refresh token was issued for. */
export function tidyTokenRequest(parameters: URLSearchParams): URLSearchParams {
  const tidy = new URLSearchParams(parameters);
  tidy.delete("scope");
  tidyResource(tidy);
  return tidy;
}

/** Spells resources as connector URLs, and keeps one of those that are then equal. An empty one is none. */
function tidyResource(parameters: URLSearchParams): void {
  const resources = new Set(
    parameters
      .getAll("resource")
      .filter((resource) => resource !== "")
      .map(canonicalResource),
  );
  parameters.delete("resource");
  for (const resource of resources) parameters.append("resource", resource);
}
