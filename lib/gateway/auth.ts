import { createHash } from "node:crypto";
import { equalsInConstantTime } from "../crypto/constant-time.ts";
import type { DeploymentSnapshot } from "./deployment.ts";
import { FAILURES, type Failure } from "./errors.ts";

/** What a deployment's access key looks like: 32 random bytes in base64url behind a prefix that secret scanners can find. */
const ACCESS_KEY_PATTERN = /^cwk_[A-Za-z0-9_-]{43}$/;

/** The id of the access key that the request carries for exactly this deployment, or why it has none. */
export function authenticate(
  authorization: string | null,
  deployment: DeploymentSnapshot,
): { keyId: string; failure: null } | { keyId: null; failure: Failure } {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) {
    return { keyId: null, failure: authorization === null ? toUnauthorized("missing") : toUnauthorized("wrong") };
  }
  if (!ACCESS_KEY_PATTERN.test(token)) return { keyId: null, failure: toUnauthorized("wrong") };
  const hash = createHash("sha256").update(token).digest();
  let keyId: string | null = null;
  for (const key of deployment.keys) {
    // Every key is compared, so that the time tells nothing about which one it was.
    if (equalsInConstantTime(Buffer.from(key.hash, "hex"), hash)) keyId = key.id;
  }
  return keyId === null ? { keyId, failure: toUnauthorized("wrong") } : { keyId, failure: null };
}

/**
 * A 401 with its challenge (RFC 6750, section 3; its parameters are one list, to which an authorization server's metadata can be added). A
 * client that sent no key is told nothing about errors.
 */
function toUnauthorized(key: "missing" | "wrong"): Failure {
  const parameters = ['realm="catwalk"', ...(key === "wrong" ? ['error="invalid_token"'] : [])];
  const failure = key === "wrong" ? FAILURES.keyWrong : FAILURES.keyMissing;
  return { ...failure, headers: { "www-authenticate": `Bearer ${parameters.join(", ")}` } };
}

const ALLOWED_REQUEST_HEADERS = [
  "Authorization",
  "Content-Type",
  "Accept",
  "MCP-Protocol-Version",
  "Mcp-Session-Id",
  "Mcp-Method",
  "Mcp-Name",
  "Last-Event-ID",
];

/** The CORS headers of every answer to a page of an allowed origin. */
export function toCorsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Mcp-Session-Id, WWW-Authenticate, Retry-After",
    vary: "Origin",
  };
}

/** The answer to OPTIONS; with the preflight's headers when a page of an allowed origin asks. */
export function answerPreflight(request: Request, origin: string | null): Response {
  const headers = new Headers({ allow: "POST, GET, DELETE, OPTIONS" });
  if (origin !== null) {
    // Mcp-Param-* headers have names of the tools' own making (MCP 2026-07-28), so those that are asked for are named.
    const asked = (request.headers.get("access-control-request-headers") ?? "").split(",").map((name) => name.trim());
    const parameters = asked.filter((name) => /^mcp-param-[\w-]{1,64}$/i.test(name)).slice(0, 32);
    for (const [name, value] of Object.entries(toCorsHeaders(origin))) headers.set(name, value);
    headers.set("access-control-allow-methods", "POST, GET, DELETE");
    headers.set("access-control-allow-headers", [...ALLOWED_REQUEST_HEADERS, ...parameters].join(", "));
    headers.set("access-control-max-age", "7200");
  }
  return new Response(null, { status: 204, headers });
}
