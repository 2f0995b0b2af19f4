import { createHash, createPublicKey, randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { formatConnectorUrl } from "../../deployments/connector-url.ts";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { verifyAccessToken } from "../../oauth/access-token.ts";
import { issuer, SCOPE } from "../../oauth/issuer.ts";
import { resourceMetadataUrl } from "../../oauth/metadata.ts";
import { processWide } from "../../util/process-wide.ts";
import { authenticate } from "../auth.ts";

const CALLS = 20_000;
const FIRST_CALLS = 2_000;
const HOUR_S = 3_600;

/**
 * Measures what checking a credential costs the gateway for each call: an access key, an access token that it has seen, and one that
 * it sees for the first time. Returns a table in Markdown.
 */
export async function measureCredentials(): Promise<string> {
  provideSettings();
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const verifiers = new Map([["bench", createPublicKey({ key: await exportJWK(publicKey), format: "jwk" })]]);
  const keys = { version: "bench", privateJwks: [], publicJwks: [], verifiers };
  processWide("oauth.signing-keys", () => ({ keys, loadedAtMs: Date.now(), loading: null }));

  const accessKey = `cwk_${randomBytes(32).toString("base64url")}`;
  const deployment = {
    deploymentId: randomUUID(),
    keys: [{ id: "key", hash: createHash("sha256").update(accessKey).digest("hex") }],
    grants: [{ id: "grant", userId: "user" }],
  } as unknown as DeploymentSnapshot;
  const audience = formatConnectorUrl(deployment.deploymentId);
  const sign = (jti: number) =>
    new SignJWT({ gid: "grant", client_id: "client", jti: String(jti) })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "bench" })
      .setIssuer(issuer())
      .setAudience(audience)
      .setSubject("user")
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + HOUR_S)
      .sign(privateKey);
  const token = await sign(0);
  const fresh = await Promise.all(Array.from({ length: FIRST_CALLS }, (_, jti) => sign(jti + 1)));
  const tokens = {
    verify: verifyAccessToken,
    audienceOf: formatConnectorUrl,
    metadataUrlOf: resourceMetadataUrl,
    scope: SCOPE,
  };
  const measure = async (credentials: number, choose: (call: number) => string) => {
    const times: number[] = [];
    for (let call = 0; call < credentials; call++) {
      const authorization = `Bearer ${choose(call)}`;
      const startedAt = performance.now();
      const { failure } = await authenticate(authorization, deployment, tokens);
      times.push((performance.now() - startedAt) * 1_000);
      if (failure !== null) throw new Error(failure.message);
    }
    return times.toSorted((a, b) => a - b);
  };
  await measure(CALLS / 10, (call) => (call % 2 === 0 ? accessKey : token));
  const rows = [
    ["an access key", await measure(CALLS, () => accessKey)],
    ["an access token", await measure(CALLS, () => token)],
    ["an access token, the first time", await measure(FIRST_CALLS, (call) => fresh[call] ?? "")],
  ] as const;
  const line = ([name, times]: (typeof rows)[number]) =>
    `| ${name} | ${at(times, 0.5)} | ${at(times, 0.95)} | ${at(times, 0.99)} |`;
  return ["| Checking | p50 µs | p95 µs | p99 µs |", "| --- | --- | --- | --- |", ...rows.map(line)].join("\n");
}

function at(times: readonly number[], share: number): string {
  return (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
}

/** What the modules read; no database is asked. */
function provideSettings(): void {
  process.env.DATABASE_URL ||= "postgresql://nowhere.invalid/none";
  process.env.ENCRYPTION_KEY ||= randomBytes(32).toString("base64");
  process.env.NEXTAUTH_SECRET ||= randomBytes(32).toString("base64");
}
