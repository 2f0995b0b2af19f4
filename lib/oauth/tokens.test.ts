import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db } from "../db/client.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { verifyAccessToken } from "./access-token.ts";
import { MAX_GRACE_USES, REFRESH_GRACE_S } from "./lifetimes.ts";
import { TestBrowser } from "./testing/browser.ts";
import {
  authorizationRequest,
  codeForm,
  connect,
  readFailure,
  refreshForm,
  register,
  type TestClient,
  type Tokens,
  tokenRequest,
} from "./testing/client.ts";
import { makeDeployment, makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;
let client: TestClient;
let browser: TestBrowser;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId, deploymentId } = await makeOwnerWithDeployment());
  client = await register(server.url);
  browser = new TestBrowser(server.url);
  await browser.signIn(userId);
});

after(() => server.close());

async function newCode(): Promise<{ code: string; verifier: string }> {
  const { url, verifier } = authorizationRequest(server.url, client, deploymentId);
  const code = (await browser.authorize(url)).searchParams.get("code");
  assert(code);
  return { code, verifier };
}

async function grantIdOf({ access_token }: Tokens): Promise<string> {
  const claims = await verifyAccessToken(access_token);
  assert(claims);
  return claims.grantId;
}

/** Lets a rotated token's grace period pass. */
async function endGrace(): Promise<void> {
  await db().$executeRaw`update oauth_records
    set consumed_at = consumed_at - ${REFRESH_GRACE_S + 1} * interval '1 second' where consumed_at is not null`;
}

test("a code is redeemed once, and its replay revokes the tokens that it gave", async () => {
  const { code, verifier } = await newCode();
  const first = await tokenRequest(server.url, codeForm(client, code, verifier));
  const tokens = (await first.json()) as Tokens;
  assert.equal(first.status, 200);
  const again = await tokenRequest(server.url, codeForm(client, code, verifier));
  assert.deepEqual(await readFailure(again), [400, "invalid_grant"]);
  const refreshed = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refreshed), [400, "invalid_grant"]);
  assert.equal(await db().connectedClient.count({ where: { id: await grantIdOf(tokens) } }), 0);
});

test("of many requests with one code at the same time one succeeds", async () => {
  const { code, verifier } = await newCode();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => tokenRequest(server.url, codeForm(client, code, verifier))),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 400).length, 7);
});

test("a code needs its verifier, its redirect and its client", async () => {
  const other = await register(server.url, { client_name: "Another" });
  const changes: Record<string, string>[] = [
    { code_verifier: "x".repeat(43) },
    { redirect_uri: "http://localhost:7777/elsewhere" },
    { client_id: other.id },
  ];
  for (const change of changes) {
    const { code, verifier } = await newCode();
    const answer = await tokenRequest(server.url, { ...codeForm(client, code, verifier), ...change });
    assert.deepEqual(await readFailure(answer), [400, "invalid_grant"], JSON.stringify(change));
  }
  const { code, verifier } = await newCode();
  const { code_verifier: _, ...form } = codeForm(client, code, verifier);
  assert.deepEqual(await readFailure(await tokenRequest(server.url, form)), [400, "invalid_grant"]);
});

test("a token is for the deployment that was consented to and for no other", async () => {
  const elsewhere = formatConnectorUrl(await makeDeployment(userId, "elsewhere"));
  const { code, verifier } = await newCode();
  const wrong = await tokenRequest(server.url, { ...codeForm(client, code, verifier), resource: elsewhere });
  assert.deepEqual(await readFailure(wrong), [400, "invalid_target"]);
  const tokens = await connect(server.url, browser, client, deploymentId);
  const refreshed = await tokenRequest(server.url, {
    ...refreshForm(client, tokens.refresh_token),
    resource: elsewhere,
  });
  assert.deepEqual(await readFailure(refreshed), [400, "invalid_target"]);
});

test("parallel refreshes all get tokens, and each of these goes on", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => tokenRequest(server.url, refreshForm(client, tokens.refresh_token))),
  );
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    const next = (await answer.json()) as Tokens;
    assert.equal((await tokenRequest(server.url, refreshForm(client, next.refresh_token))).status, 200);
  }
});

test("one refresh token gives a bounded number of others within the grace period, and the family lives on", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const answers = [];
  for (let use = 0; use < MAX_GRACE_USES + 2; use++) {
    answers.push(await tokenRequest(server.url, refreshForm(client, tokens.refresh_token)));
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array.from({ length: MAX_GRACE_USES }, () => 200), 400, 400],
  );
  const [first] = answers;
  const next = (await first?.json()) as Tokens;
  assert.equal((await tokenRequest(server.url, refreshForm(client, next.refresh_token))).status, 200);
});

test("reuse after the grace period ends the family", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const next = (await (await tokenRequest(server.url, refreshForm(client, tokens.refresh_token))).json()) as Tokens;
  await endGrace();
  const reused = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(reused), [400, "invalid_grant"]);
  const after = await tokenRequest(server.url, refreshForm(client, next.refresh_token));
  assert.deepEqual(await readFailure(after), [400, "invalid_grant"]);
  assert.equal(await db().connectedClient.count({ where: { id: await grantIdOf(tokens) } }), 0);
});

test("a refresh token of another client is refused, and keeps working for its own", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const other = await register(server.url, { client_name: "Thief" });
  const stolen = await tokenRequest(server.url, refreshForm(other, tokens.refresh_token));
  assert.deepEqual(await readFailure(stolen), [400, "invalid_grant"]);
  assert.equal((await tokenRequest(server.url, refreshForm(client, tokens.refresh_token))).status, 200);
});

test("tokens end with their deployment and with their person", async () => {
  const doomed = await makeDeployment(userId, "doomed");
  const tokens = await connect(server.url, browser, client, doomed);
  await db().deployment.update({ where: { id: doomed }, data: { desired: "deleted" } });
  const refreshed = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refreshed), [400, "invalid_grant"]);
  await db().deployment.delete({ where: { id: doomed } });
  assert.equal(await db().oAuthRecord.count({ where: { connectedClientId: await grantIdOf(tokens) } }), 0);
});

test("revoking a refresh token disconnects the client", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const revoked = await fetch(`${server.url}/oauth/revoke`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token: tokens.refresh_token, client_id: client.id }).toString(),
  });
  assert.equal(revoked.status, 200);
  assert.equal(await db().connectedClient.count({ where: { id: await grantIdOf(tokens) } }), 0);
});

test("an unknown client, grant type or token has the error that clients act on", async () => {
  const unknown = { ...client, id: "cwp_unknown" };
  assert.deepEqual(await readFailure(await tokenRequest(server.url, refreshForm(unknown, "x"))), [
    401,
    "invalid_client",
  ]);
  assert.deepEqual(await readFailure(await tokenRequest(server.url, refreshForm(client, "x"))), [400, "invalid_grant"]);
  const form = { grant_type: "client_credentials", client_id: client.id };
  assert.deepEqual(await readFailure(await tokenRequest(server.url, form)), [400, "unsupported_grant_type"]);
});

test("no id of a code, token or request stands in the database", async () => {
  const tokens = await connect(server.url, browser, client, deploymentId);
  const dump = JSON.stringify(await db().oAuthRecord.findMany());
  assert(!dump.includes(tokens.refresh_token));
  assert.match(dump, /RefreshToken/);
});

test("a confidential client's secret is needed and is encrypted", async () => {
  const confidential = await register(server.url, {
    client_name: "Confidential",
    token_endpoint_auth_method: "client_secret_post",
  });
  assert(confidential.secret);
  const tokens = await connect(server.url, browser, confidential, deploymentId);
  const without = await tokenRequest(server.url, refreshForm(confidential, tokens.refresh_token));
  assert.deepEqual(await readFailure(without), [401, "invalid_client"]);
  const wrong = await tokenRequest(server.url, {
    ...refreshForm(confidential, tokens.refresh_token),
    client_secret: "wrong",
  });
  assert.deepEqual(await readFailure(wrong), [401, "invalid_client"]);
  // Registered for one way of sending it, clients use the other.
  const basic = `Basic ${Buffer.from(`${confidential.id}:${confidential.secret}`).toString("base64")}`;
  const { client_id: _, ...form } = refreshForm(confidential, tokens.refresh_token);
  assert.equal((await tokenRequest(server.url, form, { authorization: basic })).status, 200);
  const row = await db().oAuthClient.findUniqueOrThrow({ where: { id: confidential.id } });
  assert(!JSON.stringify(row).includes(confidential.secret));
});
