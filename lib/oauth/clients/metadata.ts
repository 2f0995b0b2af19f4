import { z } from "zod";
import { redirectKind } from "./redirect-uris.ts";

/** Client metadata (RFC 7591, section 2) in the one form in which the authorization server reads it. */
export interface ClientMetadata {
  client_id: string;
  client_name: string;
  redirect_uris: string[];
  token_endpoint_auth_method: "none" | "client_secret_post" | "client_secret_basic";
  grant_types: ["authorization_code", "refresh_token"];
  response_types: ["code"];
  /** Always native: the library takes loopback redirects on any port from no other. */
  application_type: "native";
  client_uri?: string;
}

const MAX_REDIRECTS = 10;
const MAX_NAME_CHARACTERS = 100;

const shapeSchema = z.object({
  redirect_uris: z.array(z.string()).min(1).max(MAX_REDIRECTS),
  client_name: z.string().nullish().catch(null),
  client_uri: z.string().nullish().catch(null),
});

/** Why client metadata is refused, in the terms of RFC 7591, section 3.2.2. */
export class ClientMetadataError extends Error {
  readonly code: "invalid_redirect_uri" | "invalid_client_metadata";

  constructor(code: ClientMetadataError["code"], message: string) {
    super(message);
    this.name = "ClientMetadataError";
    this.code = code;
  }
}

/**
 * Client metadata as clients really send it, reduced to what counts here. Scopes, contacts, keys, `null` members and an
 * `application_type` of web are dropped: a strict reader refuses whole clients for them.
 *
 * @param raw the JSON that a client sent, or that its metadata document has
 * @throws ClientMetadataError for redirects that are missing, too many, or not allowed
 */
export function tidyClientMetadata(
  raw: unknown,
  clientId: string,
  authMethod: ClientMetadata["token_endpoint_auth_method"],
): ClientMetadata {
  const parsed = shapeSchema.safeParse(raw);
  if (!parsed.success) {
    const isRedirect = parsed.error.issues.some((issue) => issue.path[0] === "redirect_uris");
    throw new ClientMetadataError(
      isRedirect ? "invalid_redirect_uri" : "invalid_client_metadata",
      `redirect_uris must be a list of 1 to ${MAX_REDIRECTS} texts`,
    );
  }
  const refused = parsed.data.redirect_uris.find((uri) => redirectKind(uri) === null);
  if (refused !== undefined) {
    throw new ClientMetadataError(
      "invalid_redirect_uri",
      `redirect_uris: ${JSON.stringify(refused.slice(0, 200))} is neither https, nor http on loopback, nor a known app's own scheme`,
    );
  }
  const clientUri = httpsUrl(parsed.data.client_uri);
  return {
    client_id: clientId,
    client_name: displayName(parsed.data.client_name) ?? redirectName(parsed.data.redirect_uris),
    redirect_uris: [...new Set(parsed.data.redirect_uris)],
    token_endpoint_auth_method: authMethod,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
    ...(clientUri && { client_uri: clientUri }),
  };
}

/** A name that fits on one line and cannot turn the text around it (Unicode bidirectional controls), or null. */
function displayName(name: string | null | undefined): string | null {
  const clean = name
    ?.slice(0, 4 * MAX_NAME_CHARACTERS)
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return clean ? [...clean].slice(0, MAX_NAME_CHARACTERS).join("") : null;
}

function redirectName([first = ""]: string[]): string {
  return URL.parse(first)?.host || "A client without a name";
}

function httpsUrl(text: string | null | undefined): string | null {
  const url = text && text.length < 500 ? URL.parse(text) : null;
  return url?.protocol === "https:" ? url.href : null;
}
