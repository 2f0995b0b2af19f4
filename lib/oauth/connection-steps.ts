// The steps of a client on its way to the first call, in words. Imported by pages too, so nothing is imported here.

export type ConnectionStep =
  | "challenge"
  | "discovery"
  | "register"
  | "authorize"
  | "consent"
  | "token"
  | "refresh"
  | "call"
  | "call-limit";

/** Name of a step in the log. */
export const STEP_LABELS: Record<ConnectionStep, string> = {
  challenge: "Call without access",
  discovery: "Looked up how to sign in",
  register: "Registered itself",
  authorize: "Sent a person to sign in",
  consent: "A person decided",
  token: "Fetched its tokens",
  refresh: "Renewed its tokens",
  call: "First call",
  "call-limit": "Called too often",
};

const WORDS: Readonly<Record<string, string>> = {
  no_credential:
    "The client sent no credential, and was told where to sign in. A client that can sign in does so next.",
  credential_refused:
    "The access key or token does not open this deployment: it was revoked, has expired, or is for another one.",
  invalid_client:
    "Catwalk does not know this client, or cannot read its description. Remove the connector there and add it again.",
  invalid_redirect_uri: "The client asks to be answered at an address that it did not register.",
  invalid_target: "The client asked for another resource than this connector URL.",
  invalid_request: "The client sent a request that OAuth does not allow.",
  invalid_scope: "The client asked for a permission that there is not.",
  unauthorized_client: "The client may not do this.",
  unsupported_response_type: "The client asks for a kind of answer that Catwalk does not give.",
  access_denied: "The person pressed Deny.",
  invalid_grant:
    "The code or refresh token was used before, has expired, or belongs to a grant that was ended. The client has to sign in again.",
  unsupported_grant_type: "The client wants tokens in a way that Catwalk does not offer.",
  interaction_required: "The client asked not to show a page, but a person has to decide.",
  consent_required: "The client asked not to show a page, but a person has to decide.",
  too_many_requests: "The client asked too often, and was told to wait.",
  temporarily_unavailable: "Catwalk could not reach its database.",
};

/** What a problem means at one step, where that is not what it means at the others. */
const WORDS_OF_STEP: Readonly<Partial<Record<ConnectionStep, Readonly<Record<string, string>>>>> = {
  register: {
    invalid_redirect_uri:
      "The client wants to be answered at an address that Catwalk does not accept. It takes https, http on the person's own computer, and the schemes of known programs.",
    invalid_client_metadata: "The client described itself in a way that Catwalk cannot read.",
  },
};

/** A problem of a step in a sentence. */
export function explainProblem(step: ConnectionStep, problem: string): string {
  return WORDS_OF_STEP[step]?.[problem] ?? WORDS[problem] ?? "It failed inside Catwalk; the server's log says more.";
}
