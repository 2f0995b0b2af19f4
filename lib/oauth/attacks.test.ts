import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeMember } from "../auth/testing/people.ts";
import { db } from "../db/client.ts";
import { PENDING_REQUEST_COOKIE, pathAfterInvitation } from "./pending-request.ts";
import { TestBrowser } from "./testing/browser.ts";
import { authorizationRequest, codeForm, register, type TestClient, tokenRequest } from "./testing/client.ts";
import { makeDeployment, makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;
let client: TestClient;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId, deploymentId } = await makeOwnerWithDeployment());
  client = await register(server.url, {
    redirect_uris: ["https://client.example/callback", "http://127.0.0.1/callback"],
  });
});

after(() => server.close());

async function signedIn(id = userId): Promise<TestBrowser> {
  const browser = new TestBrowser(server.url);
  await browser.signIn(id);
  return browser;
}

/** An error page of ours: nothing was sent anywhere. */
async function assertOwnPage(response: Response, status = 400): Promise<string> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("location"), null);
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
  const text = await response.text();
  assert.match(text, /<h1>/);
  assert.doesNotMatch(text, /evil|at .*\.[jt]s:\d/);
  return text;
}

for (const redirect of [
  "https://evil.example/callback",
  "https://client.example.evil.example/callback",
  "https://client.example@evil.example/callback",
  "https://evil.example#@client.example/callback",
  "https://client.example/callback/../evil",
  "https://client.example/callback?evil=1",
  "https://client.example/callback#evil",
  "https://client.example/Callback",
  "https://CLIENT.example/callback",
  "https://client.example:8443/callback",
  "https://client.example\\@evil.example/callback",
  "http://client.example/callback",
  "http://127.0.0.1.evil.example/callback",
  "http://127.0.0.1@evil.example/callback",
  "http://evil@127.0.0.1/callback",
  "http://127.0.0.2/callback",
  "http://2130706433/callback/",
  "http://127.0.0.1:99999/callback",
  "http://localhost/callback",
  "http://127.0.0.1/callback/evil",
  "javascript:alert(1)",
]) {
  test(`nothing is redirected to ${redirect}`, async () => {
    const { url } = authorizationRequest(server.url, client, deploymentId, { redirect_uri: redirect });
    await assertOwnPage(await (await signedIn()).get(url));
  });
}

test("a loopback redirect has any port, another host does not", async () => {
  const { url, verifier } = authorizationRequest(server.url, client, deploymentId, {
    redirect_uri: "http://127.0.0.1:51999/callback",
  });
  const callback = await (await signedIn()).authorize(url);
  assert.equal(callback.origin + callback.pathname, "http://127.0.0.1:51999/callback");
  const form = codeForm({ ...client, redirectUri: "http://127.0.0.1:51999/callback" }, "", verifier);
  const answer = await tokenRequest(server.url, { ...form, code: callback.searchParams.get("code") ?? "" });
  assert.equal(answer.status, 200);
});

test("an unknown client gets our page, whatever redirect it names", async () => {
  const { url } = authorizationRequest(server.url, { ...client, id: "cwp_nobody" }, deploymentId);
  await assertOwnPage(await (await signedIn()).get(url));
});

for (const [name, change] of [
  ["without a challenge", { code_challenge: null, code_challenge_method: null }],
  ["with the challenge in the clear", { code_challenge_method: "plain" }],
  ["with a method left out", { code_challenge_method: null }],
  ["for an implicit token", { response_type: "token" }],
  ["for a hybrid", { response_type: "code id_token" }],
  ["with a request object", { request: "e30.e30." }],
] as const) {
  test(`an authorization request ${name} is refused at the client, with state and issuer`, async () => {
    const { url } = authorizationRequest(server.url, client, deploymentId, change);
    const response = await (await signedIn()).get(url);
    assert.equal(response.status, 303);
    const location = new URL(response.headers.get("location") ?? "");
    assert.equal(location.origin + location.pathname, client.redirectUri);
    const answer = new URLSearchParams(location.search || location.hash.slice(1));
    assert(answer.get("error"));
    assert.equal(answer.get("code"), null);
    assert.equal(answer.get("state"), "a state");
    assert.equal(answer.get("iss"), server.url);
  });
}

test("success and denial name the issuer, so that a client notices a mix-up", async () => {
  const { url } = authorizationRequest(server.url, client, deploymentId);
  const allowed = await (await signedIn()).authorize(url);
  assert.equal(allowed.searchParams.get("iss"), server.url);
  const denied = await (await signedIn()).authorize(url, "deny");
  assert.deepEqual(Object.fromEntries(denied.searchParams), {
    error: "access_denied",
    error_description: "the person did not allow it",
    state: "a state",
    iss: server.url,
  });
});

test("a poisoned Host header changes no address", async () => {
  const headers = { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
  for (const path of [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    `/.well-known/oauth-protected-resource/api/mcp/${deploymentId}`,
  ]) {
    const text = await (await fetch(server.url + path, { headers })).text();
    assert.doesNotMatch(text, /evil/);
    assert.match(text, new RegExp(server.url));
  }
  const { url } = authorizationRequest(server.url, client, deploymentId);
  const response = await fetch(url, { headers, redirect: "manual" });
  assert.match(response.headers.get("location") ?? "", /^\/connect\/[\w-]+$/);
});

test("an invitation that is accepted on the way leads back to the consent page", async () => {
  const response = await new TestBrowser(server.url).get(authorizationRequest(server.url, client, deploymentId).url);
  const path = response.headers.get("location") ?? "";
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith(PENDING_REQUEST_COOKIE)) ?? "";
  assert.match(cookie, /; Path=\/invite; Max-Age=3600; HttpOnly; SameSite=Lax$/);
  assert.equal(pathAfterInvitation(cookie.split(/[=;]/)[1]), path);
  for (const forged of [undefined, "", "//evil.example", "../settings", "x".repeat(200)]) {
    assert.equal(pathAfterInvitation(forged), "/");
  }
});

test("a consent page opened in another browser does nothing", async () => {
  const attacker = await signedIn();
  const page = await attacker.open(authorizationRequest(server.url, client, deploymentId).url);
  const victim = await signedIn();
  const before = await db().connectedClient.count();
  await assertOwnPage(await victim.decide(page, "allow"), 409);
  assert.equal(await db().connectedClient.count(), before);
  // The one who began it has still to decide.
  assert((await attacker.follow(await attacker.decide(page, "allow"))).searchParams.get("code"));
});

test("a form of another site presses nothing", async () => {
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  for (const headers of [
    { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    { origin: "null", "sec-fetch-site": "cross-site" },
    { origin: server.url, "sec-fetch-site": "same-site" },
  ]) {
    await assertOwnPage(await browser.decide(page, "allow", { headers }), 403);
  }
});

test("a decision for an account that is signed in no more goes back to the page", async () => {
  const other = await makeMember("second@example.com");
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  await browser.signIn(other.id);
  const decided = await browser.decide(page, "allow", { form: { account: userId } });
  assert.equal(decided.headers.get("location"), page);
  const unsigned = new TestBrowser(server.url);
  const begun = await unsigned.open(authorizationRequest(server.url, client, deploymentId).url);
  const refused = await unsigned.decide(begun, "allow", { form: { account: userId } });
  assert.equal(refused.headers.get("location"), begun);
});

test("a second press of Allow says that it was answered", async () => {
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  const [first, second] = await Promise.all([browser.decide(page, "allow"), browser.decide(page, "allow")]);
  assert.deepEqual([first.status, second.status].sort(), [303, 409]);
});

test("of two browsers' tabs that go on at the same time one gets a code", async () => {
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  const path = (await browser.decide(page, "allow")).headers.get("location") ?? "";
  const answers = await Promise.all([browser.get(path), browser.get(path), browser.get(path)]);
  const codes = answers.filter((answer) => /[?&]code=/.test(answer.headers.get("location") ?? ""));
  assert.equal(codes.length, 1);
});

test("a person's consent opens no deployment of another's", async () => {
  const stranger = await makeMember("stranger@example.com");
  const browser = await signedIn(stranger.id);
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  assert.equal((await browser.decide(page, "allow")).headers.get("location"), page);
  const unnamed = await browser.open(authorizationRequest(server.url, client, deploymentId, { resource: null }).url);
  const picked = await browser.decide(unnamed, "allow", { form: { deployment: deploymentId } });
  assert.equal(picked.headers.get("location"), unnamed);
  assert.equal(await db().connectedClient.count({ where: { userId: stranger.id } }), 0);
});

test("the client's resource overrides the form's choice", async () => {
  const other = await makeDeployment(userId, "other");
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  await browser.decide(page, "allow", { form: { deployment: other } });
  assert.equal(await db().connectedClient.count({ where: { deploymentId: other } }), 0);
});

for (const resource of ["https://elsewhere.example/api/mcp/1", "urn:something", "not a uri"]) {
  test(`a token for ${resource} is refused at the client`, async () => {
    const { url } = authorizationRequest(server.url, client, deploymentId, { resource });
    const location = new URL((await (await signedIn()).get(url)).headers.get("location") ?? "");
    assert.equal(location.searchParams.get("error"), "invalid_target");
  });
}

test("a request for two deployments is refused at the client", async () => {
  const { url } = authorizationRequest(server.url, client, deploymentId);
  url.searchParams.append("resource", `${server.url}/api/mcp/${await makeDeployment(userId, "second")}`);
  const location = new URL((await (await signedIn()).get(url)).headers.get("location") ?? "");
  assert.equal(location.searchParams.get("error"), "invalid_target");
});

test("a deployment that is deleted while the person thinks is an invalid target", async () => {
  const doomed = await makeDeployment(userId, "doomed");
  const browser = await signedIn();
  const page = await browser.open(authorizationRequest(server.url, client, doomed).url);
  await db().deployment.delete({ where: { id: doomed } });
  const callback = await browser.follow(await browser.decide(page, "allow"));
  assert.equal(callback.searchParams.get("error"), "invalid_target");
});

test("requests that are too large end early", async () => {
  const { url } = authorizationRequest(server.url, client, deploymentId, { state: "x".repeat(9_000) });
  await assertOwnPage(await (await signedIn()).get(url));
  const answer = await tokenRequest(server.url, { grant_type: "x".repeat(20_000) });
  assert.equal(answer.status, 413);
});
