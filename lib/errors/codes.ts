interface ErrorFacts {
  /** The HTTP status of an answer with this code. */
  status: number;
  meaning: string;
  /** Its `detail` holds the platform's own words with the id of its answer, and nothing that a server printed. */
  isPlatform?: boolean;
  /** True if the failed try had a machine run, which costs money; true unless given. */
  startsMachine?: boolean;
  /** The failure is over once the platform reports the machine as healthy. Others stay until a call succeeds. */
  isClearedByPlatform?: boolean;
}

/**
 * Every code that the API, a server action or a deployment's step can give, with its HTTP status, its meaning and what else
 * follows from it. docs/errors.md has a section for each; a test holds the two together. Codes of steps have the status 422:
 * they are kept with the deployment and shown there.
 */
export const ERROR_CODES = {
  internal: { status: 500, meaning: "A defect in Catwalk." },
  invalid_request: { status: 400, meaning: "The body is not JSON, or not of the documented shape." },
  unauthenticated: { status: 401, meaning: "No session, or an unknown API token." },
  forbidden: { status: 403, meaning: "The account may not do this, or the request came from another site." },
  not_found: { status: 404, meaning: "Nothing of yours has this id." },
  conflict: { status: 409, meaning: "The object is in a state that does not allow this." },
  too_large: { status: 413, meaning: "The body is larger than allowed." },
  rate_limited: { status: 429, meaning: "Too many attempts; the answer says when to try again." },
  quota_reached: { status: 403, meaning: "The person's quota of deployments or of running ones is used up." },
  analyses_used_up: { status: 429, meaning: "The person's quota of analyses is used up until the day is over." },
  database_unavailable: { status: 503, meaning: "PostgreSQL is away." },
  misconfigured: { status: 500, meaning: "A setting is missing or wrong; the message names it." },

  invalid_source: { status: 422, meaning: "What was pasted is no source that Catwalk reads." },
  ambiguous_source: {
    status: 422,
    meaning: "A package of this name is on npm and on PyPI; `choices` has what to send for each.",
  },
  source_not_found: { status: 404, meaning: "The repository or package does not exist, is empty, or is private." },
  source_unreadable: {
    status: 422,
    meaning: "Reading the source takes more time, memory or disk space than Catwalk allows.",
  },
  not_an_mcp_server: { status: 422, meaning: "There is no MCP server in it." },
  unsupported_server: {
    status: 422,
    meaning: "It is a server that Catwalk cannot run: a hosted URL only, or source without a package.",
  },
  upstream_unavailable: { status: 502, meaning: "GitHub or a package registry is out of reach." },
  upstream_rate_limited: { status: 429, meaning: "GitHub's hourly limit is used up; a token raises it." },
  invalid_inputs: { status: 422, meaning: "Inputs are missing, unknown or of the wrong type; `fields` names each." },
  warning_not_accepted: { status: 422, meaning: "A warning of the analysis has to be accepted first." },

  encryption_key_missing: { status: 422, meaning: "No configured key opens the deployment's credentials." },
  package_not_found: { status: 422, meaning: "The registry has no such package." },
  version_not_found: { status: 422, meaning: "The package has no such version." },
  no_bin: { status: 422, meaning: "The package brings no command to start." },
  install_failed: { status: 422, meaning: "The package client could not install it." },
  hash_mismatch: { status: 422, meaning: "The registry has other files than those that were installed first." },
  registry_unavailable: { status: 422, meaning: "The package registry is out of reach." },
  python_missing: { status: 422, meaning: "A Python server needs uv or Python on the machine." },
  crashed_at_start: { status: 422, meaning: "The server exited before it answered." },
  missing_credential: { status: 422, meaning: "The server exited and named a variable that it needs." },
  handshake_timeout: { status: 422, meaning: "The server runs but did not answer initialize in time." },
  handshake_failed: { status: 422, meaning: "The server answered initialize or tools/list with an error." },
  out_of_memory: { status: 422, meaning: "The server was ended for its use of memory.", isClearedByPlatform: true },
  crashed: {
    status: 422,
    meaning: "The server or its machine keeps ending; the last lines say why.",
    isClearedByPlatform: true,
  },
  no_capacity: {
    status: 422,
    meaning: "The platform has no room for the machine in this region.",
    isPlatform: true,
    startsMachine: false,
  },
  image_not_found: {
    status: 422,
    meaning: "The image of mcp-host cannot be found or pulled.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  fly_not_configured: {
    status: 422,
    meaning: "Fly's token, organization or the image of mcp-host is not set.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  fly_token_refused: {
    status: 422,
    meaning: "Fly refuses the token, or it may not do this.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  fly_payment_needed: {
    status: 422,
    meaning: "Fly's trial has ended, or the organization is not paid for.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  fly_rate_limited: {
    status: 429,
    meaning: "Fly answers too many requests; it is tried again later.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  app_name_taken: {
    status: 422,
    meaning: "The Fly app's name belongs to another organization.",
    isPlatform: true,
    startsMachine: false,
  },
  machine_missing: {
    status: 422,
    meaning: "The machine was destroyed from outside; it can be made anew.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  machine_changed: {
    status: 422,
    meaning: "The machine was changed from outside; it can be put right.",
    isPlatform: true,
    startsMachine: false,
    isClearedByPlatform: true,
  },
  machine_unavailable: {
    status: 422,
    meaning: "The machine could not be created or started.",
    isClearedByPlatform: true,
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Returns the facts of a code; undefined for text that is none, such as a code that an older Catwalk kept. */
function factsOf(code: string): ErrorFacts | undefined {
  return Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode] : undefined;
}

export function isPlatform(code: string): boolean {
  return factsOf(code)?.isPlatform ?? false;
}

export function startsMachine(code: string): boolean {
  return factsOf(code)?.startsMachine ?? true;
}

export function isClearedByPlatform(code: string): boolean {
  return factsOf(code)?.isClearedByPlatform ?? false;
}
