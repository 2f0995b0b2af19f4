import { createHash } from "node:crypto";
import { equalsInConstantTime } from "../crypto/constant-time.ts";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
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
