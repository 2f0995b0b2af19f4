import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TestBrowser } from "./testing/browser.ts";
import { authorizationRequest, register, type TestClient, tokenRequest } from "./testing/client.ts";
import { makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;
let client: TestClient;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId, deploymentId } = await makeOwnerWithDeployment());
  client = await register(server.url);
});

after(() => server.close());

async function read(path: string): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(server.url + path);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

test("a deployment's resource metadata names its connector URL, this server and one scope", async () => {
  const { status, headers, body } = await read(`/.well-known/oauth-protected-resource/api/mcp/${deploymentId}`);
  assert.equal(status, 200);
  assert.equal(body.resource, `${server.url}/api/mcp/${deploymentId}`);
  assert.deepEqual(body.authorization_servers, [server.url]);
  assert.deepEqual(body.scopes_supported, ["mcp"]);
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("cache-control"), "public, max-age=300");
});

test("both discovery documents name the issuer and the fields that clients read", async () => {
  for (const path of ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]) {
    const { status, headers, body } = await read(path);
    assert.equal(status, 200);
    assert.equal(body.issuer, server.url);
    assert.deepEqual(body.code_challenge_methods_supported, ["S256"]);
    assert((body.token_endpoint_auth_methods_supported as string[]).includes("none"));
    assert.equal(body.client_id_metadata_document_supported, true);
    assert.equal(body.authorization_response_iss_parameter_supported, true);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    const keys = (await (await fetch(String(body.jwks_uri))).json()) as { keys: Record<string, unknown>[] };
    assert.deepEqual(
      keys.keys.map(({ alg, kty, use, d }) => [alg, kty, use, d]),
      [["ES256", "EC", "sig", undefined]],
    );
  }
  const { body } = await read("/.well-known/openid-configuration");
  assert.deepEqual(body.subject_types_supported, ["public"]);
  assert.deepEqual(body.id_token_signing_alg_values_supported, ["ES256"]);
});

for (const path of [
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-protected-resource/api/mcp/01890000-0000-7000-8000-000000000000",
  "/.well-known/oauth-protected-resource/api/mcp/nonsense",
  "/.well-known/oauth-authorization-server/api/mcp/x",
  "/.well-known/something-else",
  "/oauth/nothing",
  "/oauth/token/more",
]) {
  test(`${path} is a 404 that pages of other sites can read`, async () => {
    const { status, headers } = await read(path);
    assert.equal(status, 404);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
  });
}

test("a preflight allows the headers that SDKs send from a browser", async () => {
  for (const path of ["/oauth/token", "/oauth/register", "/oauth/revoke", "/.well-known/oauth-authorization-server"]) {
    const response = await fetch(server.url + path, { method: "OPTIONS", headers: { origin: "https://x.example" } });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /MCP-Protocol-Version/);
  }
});

test("a wrong method gets 405 with the right one", async () => {
  const response = await fetch(`${server.url}/oauth/token`);
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST, OPTIONS");
});

/** Variations of real clients that a strict server would refuse. */
for (const [name, change] of Object.entries<Record<string, string | null>>({
  "without a scope": {},
  "with another vendor's scope": { scope: "claudeai" },
  "with scopes of OpenID Connect": { scope: "openid email profile offline_access" },
  "with offline_access and prompt=consent": { scope: "mcp offline_access", prompt: "consent" },
  "with prompt=select_account": { prompt: "select_account" },
  "with a nonce and max_age": { nonce: "1", max_age: "0" },
  "with claims": { claims: '{"id_token":{"email":null}}' },
  "with a hint of who": { login_hint: "owner@example.com", id_token_hint: "e30.e30." },
  "with display and locales": { display: "page", ui_locales: "en de" },
})) {
  test(`an authorization request ${name} gets its code`, async () => {
    const browser = new TestBrowser(server.url);
    await browser.signIn(userId);
    const { url } = authorizationRequest(server.url, client, deploymentId, change);
    assert((await browser.authorize(url)).searchParams.get("code"));
  });
}

test("a connector URL is recognized with a slash, in capitals, and twice", async () => {
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  const connector = `${server.url}/api/mcp/${deploymentId}`;
  for (const resource of [`${connector}/`, connector.replace("http", "HTTP")]) {
    const { url } = authorizationRequest(server.url, client, deploymentId, { resource });
    assert((await browser.authorize(url)).searchParams.get("code"), resource);
  }
  const { url } = authorizationRequest(server.url, client, deploymentId);
  url.searchParams.append("resource", connector);
  assert((await browser.authorize(url)).searchParams.get("code"));
});

test("without a resource the person picks the deployment, and the token is for that one", async () => {
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  const { url, verifier } = authorizationRequest(server.url, client, deploymentId, { resource: null });
  const callback = await browser.authorize(url, "allow", { deployment: deploymentId });
  const answer = await tokenRequest(server.url, {
    grant_type: "authorization_code",
    client_id: client.id,
    code: callback.searchParams.get("code") ?? "",
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
  });
  const tokens = (await answer.json()) as { access_token: string };
  const [, payload = ""] = tokens.access_token.split(".");
  assert.equal(JSON.parse(Buffer.from(payload, "base64url").toString()).aud, `${server.url}/api/mcp/${deploymentId}`);
});

test("prompt=none is answered at the client, since a person has to decide", async () => {
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  const { url } = authorizationRequest(server.url, client, deploymentId, { prompt: "none" });
  const location = new URL((await browser.get(url)).headers.get("location") ?? "");
  assert.equal(location.origin + location.pathname, client.redirectUri);
  assert.match(location.searchParams.get("error") ?? "", /_required$/);
});
