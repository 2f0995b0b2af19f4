import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { importJWK, SignJWT, UnsecuredJWT } from "jose";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import { db } from "../db/client.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { verifyAccessToken } from "./access-token.ts";
import { issuer } from "./issuer.ts";
import { ACCESS_TOKEN_S, SIGNING_KEY_LEAD_S, SIGNING_KEY_S } from "./lifetimes.ts";
import { loadSigningKeys, signingKeys } from "./signing-keys.ts";

let cleanUp: () => Promise<void>;
before(async () => {
  cleanUp = await prepareCatwalk();
});
after(() => cleanUp());

const deploymentId = "01890000-0000-7000-8000-000000000001";
const nowS = () => Math.floor(Date.now() / 1_000);

interface Change {
  claims?: Record<string, unknown>;
  typ?: string;
  kid?: string;
}

/** An access token as the authorization server signs it, but for what a test changes. */
async function sign({ claims = {}, typ = "at+jwt", kid }: Change = {}): Promise<string> {
  const [jwk] = (await signingKeys()).privateJwks;
  assert(jwk);
  const payload = {
    iss: issuer(),
    aud: formatConnectorUrl(deploymentId),
    sub: "user",
    client_id: "client",
    gid: "grant",
    iat: nowS(),
    exp: nowS() + 60,
    ...claims,
  };
  const header = { alg: "ES256", typ, kid: kid ?? jwk.kid ?? "" };
  return new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(jwk, "ES256"));
}

test("instances that start together make one key", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => loadSigningKeys()));
  assert.equal(new Set(all.map(({ version }) => version)).size, 1);
  assert.equal(await db().oAuthSigningKey.count(), 1);
});

test("a token that is right is read", async () => {
  assert.deepEqual(await verifyAccessToken(await sign()), {
    audience: formatConnectorUrl(deploymentId),
    grantId: "grant",
    userId: "user",
    clientId: "client",
    expiresAt: nowS() + 60,
  });
});

test("a token that is forged, expired, early, of another kind or issuer is refused", async () => {
  const right = await sign();
  const [header = "", payload = "", signature = ""] = right.split(".");
  const changed = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload, "base64url").toString()), gid: "x" }),
  );
  const unsigned = new UnsecuredJWT({ gid: "grant" }).setIssuer(issuer()).setAudience("x").encode();
  const noneHeader = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"x"}').toString("base64url");
  const [jwk] = (await signingKeys()).publicJwks;
  const hmac = await new SignJWT(JSON.parse(Buffer.from(payload, "base64url").toString()))
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: jwk?.kid ?? "" })
    .sign(Buffer.from(JSON.stringify(jwk)));
  for (const [name, token] of Object.entries({
    "another payload": `${header}.${changed.toString("base64url")}.${signature}`,
    "another signature": `${header}.${payload}.${randomBytes(64).toString("base64url")}`,
    "no signature": `${header}.${payload}.`,
    unsigned,
    "alg none": `${noneHeader}.${payload}.${signature}`,
    "a public key as a secret": hmac,
    expired: await sign({ claims: { exp: nowS() - 31 } }),
    early: await sign({ claims: { iat: nowS() + 60 } }),
    "another issuer": await sign({ claims: { iss: "https://elsewhere.example" } }),
    "an id token": await sign({ typ: "JWT" }),
    "an unknown key": await sign({ kid: "unknown" }),
    "without a grant": await sign({ claims: { gid: undefined } }),
    huge: `${"x".repeat(5_000)}.x.x`,
    nonsense: "a.b.c",
  })) {
    assert.equal(await verifyAccessToken(token), null, name);
  }
});

test("a token that is remembered ends when its time is over", async () => {
  const token = await sign();
  assert(await verifyAccessToken(token));
  assert(await verifyAccessToken(token, Date.now() + 80_000));
  assert.equal(await verifyAccessToken(token, Date.now() + 95_000), null);
});

test("a successor is published before it signs, and the old key stays as long as its signatures are valid", async () => {
  const start = new Date();
  const [first] = (await loadSigningKeys(start)).publicJwks;
  const due = new Date(start.getTime() + SIGNING_KEY_S * 1_000 + 1_000);
  const published = await loadSigningKeys(due);
  assert.equal(published.publicJwks.length, 2);
  assert.equal(published.privateJwks[0]?.kid, first?.kid);
  const signs = new Date(due.getTime() + SIGNING_KEY_LEAD_S * 1_000 + 1_000);
  const taken = await loadSigningKeys(signs);
  assert.notEqual(taken.privateJwks[0]?.kid, first?.kid);
  assert.notEqual(taken.version, published.version);
  assert(taken.verifiers.has(first?.kid ?? ""));
  const over = new Date(signs.getTime() + (ACCESS_TOKEN_S + 25 * 60 * 60) * 1_000);
  const left = await loadSigningKeys(over);
  assert(!left.verifiers.has(first?.kid ?? ""));
  assert.equal(left.publicJwks.length, 1);
});

test("a key that no encryption key opens signs no more and still verifies", async () => {
  const [lost] = (await loadSigningKeys()).publicJwks;
  setVariables({ ENCRYPTION_KEY: randomBytes(32).toString("base64") });
  delete (globalThis as typeof globalThis & { [key: symbol]: unknown })[Symbol.for("catwalk.cipher")];
  const keys = await loadSigningKeys();
  assert.equal(keys.publicJwks.length, 2);
  assert.equal(keys.privateJwks.length, 1);
  assert.notEqual(keys.privateJwks[0]?.kid, lost?.kid);
  assert(keys.verifiers.has(lost?.kid ?? ""));
});
