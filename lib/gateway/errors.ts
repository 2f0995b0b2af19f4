import type { GatewayResponse } from "./http/exchange.ts";

/** A JSON-RPC request's id. */
export type RequestId = string | number;

export interface Failure {
  /** The HTTP status. */
  status: number;
  /** A stable word for programs, as `error.data.code`. */
  reason: string;
  /** A sentence for the person who reads the client's log. */
  message: string;
  /** Underlying cause as a code of docs/errors.md; sent as `error.data.cause`. */
  cause?: string;
  /** After so many seconds it is tried again, as `error.data.retryAfterS`: an error in an event stream has no header. */
  retryAfterS?: number;
  headers?: Record<string, string>;
}

/**
 * JSON-RPC code of every failure before a server is reached. It is the first of the range that JSON-RPC 2.0 (section
 * 5.1) leaves to implementations; the codes that MCP defines have other meanings.
 */
export const GATEWAY_ERROR_CODE = -32000;

/** The text of a JSON-RPC error response. The id is null when the request's own is not known (JSON-RPC 2.0, 5). */
export function formatError(failure: Failure, id: RequestId | null): string {
  const { message, reason, cause, retryAfterS } = failure;
  const more = { ...(cause !== undefined && { cause }), ...(retryAfterS !== undefined && { retryAfterS }) };
  const error = { code: GATEWAY_ERROR_CODE, message, data: { code: reason, ...more } };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

/** Returns a failure as a response whose body is a JSON-RPC error, which every MCP client can read. */
export function toFailureResponse(failure: Failure, id: RequestId | null = null): GatewayResponse {
  return {
    status: failure.status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...failure.headers },
    body: formatError(failure, id),
  };
}

/** Thrown inside the gateway to end a call with this failure. */
export class GatewayError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = "GatewayError";
    this.failure = failure;
  }
}

/**
 * Returns whether a thrown value is a GatewayError, judged by its shape: Next holds one copy of this module per bundle.
 */
export function isGatewayError(error: unknown): error is GatewayError {
  return error instanceof Error && error.name === "GatewayError" && "failure" in error;
}

/** Seconds after which a client should try again what fails for a passing reason. */
const RETRY_AFTER = { "retry-after": "5" };

export const FAILURES = {
  unknown: { status: 404, reason: "not_found", message: "There is no deployment at this address." },
  foreignOrigin: { status: 403, reason: "forbidden", message: "Pages of this origin may not call this deployment." },
  keyMissing: {
    status: 401,
    reason: "unauthenticated",
    message: "This deployment needs a sign-in, or an access key sent as Authorization: Bearer.",
  },
  keyWrong: {
    status: 401,
    reason: "unauthenticated",
    message: "This access key or access token does not open this deployment.",
  },
  method: {
    status: 405,
    reason: "method_not_allowed",
    message: "The MCP endpoint takes POST, GET and DELETE.",
    headers: { allow: "POST, GET, DELETE, OPTIONS" },
  },
  slow: { status: 408, reason: "body_timeout", message: "The request's body did not come in time." },
  stopped: { status: 503, reason: "stopped", message: "This deployment has been stopped by its owner." },
  starting: {
    status: 503,
    reason: "starting",
    message: "This deployment is still starting. Try again in a moment.",
    headers: RETRY_AFTER,
  },
  unavailable: {
    status: 503,
    reason: "machine_unavailable",
    message: "The machine of this deployment cannot be started now. Its page in Catwalk says why.",
    headers: RETRY_AFTER,
  },
  credentials: {
    status: 503,
    reason: "credentials_unreadable",
    message: "Catwalk cannot open what it keeps for this deployment. Its operator has to look.",
  },
  database: {
    status: 503,
    reason: "database_unavailable",
    message: "Catwalk's database is away and this deployment has not been in use lately. Try again in a moment.",
    headers: RETRY_AFTER,
  },
  busy: {
    status: 503,
    reason: "busy",
    message: "Too many calls of this deployment are open at once.",
    headers: RETRY_AFTER,
  },
  lost: {
    status: 502,
    reason: "machine_lost",
    message: "The machine of this deployment went away during the call. Whether the call took effect is not known.",
  },
  refused: {
    status: 502,
    reason: "machine_refused",
    message: "The machine of this deployment did not accept Catwalk's own token. Restart the deployment.",
  },
  nonsense: {
    status: 502,
    reason: "bad_answer",
    message: "What answered for this deployment's machine does not speak MCP.",
  },
  internal: { status: 500, reason: "internal", message: "Something went wrong inside Catwalk." },
} as const satisfies Record<string, Failure>;

/** A client, a person or the clients of a deployment call too often. The one who refuses adds when to try again. */
export const RATE_LIMITED: Failure = {
  status: 429,
  reason: "rate_limited",
  message: "Too many calls in a short time. Wait as long as Retry-After says.",
};

/**
 * Converts an error of the rest of the app for a client: it gets the code alone. The message is for the owner and says
 * more than a client may know. Judged by its shape, because Next holds one copy of AppError per bundle.
 */
export function toFailure(error: unknown): Failure {
  const code = error instanceof Error && error.name === "AppError" && "code" in error ? error.code : null;
  if (code === "not_found") return FAILURES.unknown;
  if (code === "encryption_key_missing") return FAILURES.credentials;
  if (code === "database_unavailable") return FAILURES.database;
  // It is being deployed, or was changed in this very moment.
  if (code === "conflict") return FAILURES.starting;
  if (typeof code !== "string" || code === FAILURES.unavailable.reason) return FAILURES.unavailable;
  const message = `The machine of this deployment cannot be started now (${code}). Its page in Catwalk says why.`;
  return { ...FAILURES.unavailable, message, cause: code };
}
