import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { makeOwner } from "../auth/testing/people.ts";
import { db } from "../db/client.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { verifyAccessToken } from "./access-token.ts";
import { TestBrowser } from "./testing/browser.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

// The whole way of a client, with a strict OAuth library on its side.

const insecure = { [oauth.allowInsecureRequests]: true };
const redirectUri = "http://localhost:7777/callback";

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;

before(async () => {
  server = await startAuthorizationServer();
  userId = (await makeOwner()).id;
  const data = { ownerId: userId, name: "weather", source: "npm:weather", spec: {}, runtime: "local" };
  deploymentId = (await db().deployment.create({ data })).id;
});

after(() => server.close());

test("a client registers, is allowed, calls with its token and refreshes it", async () => {
  const issuer = new URL(server.url);
  const discovery = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
  const as = await oauth.processDiscoveryResponse(issuer, discovery);
  const registered = await oauth.dynamicClientRegistrationRequest(
    as,
    { client_name: "Strict", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" },
    insecure,
  );
  const client = await oauth.processDynamicClientRegistrationResponse(registered);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    resource: formatConnectorUrl(deploymentId),
  }).toString();
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  const callback = await browser.authorize(url);
  const parameters = oauth.validateAuthResponse(as, client, callback, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.None(),
    parameters,
    redirectUri,
    verifier,
    { ...insecure, additionalParameters: { resource: formatConnectorUrl(deploymentId) } },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer);
  assert.equal(tokens.scope, "mcp");
  const claims = await verifyAccessToken(tokens.access_token);
  assert.equal(claims?.audience, formatConnectorUrl(deploymentId));
  assert.equal(claims?.userId, userId);
  const connected = await db().connectedClient.findMany();
  assert.deepEqual(
    connected.map((row) => [row.id, row.clientName, row.redirectHost]),
    [[claims?.grantId, "Strict", "localhost:7777"]],
  );
  const refreshed = await oauth.refreshTokenGrantRequest(
    as,
    client,
    oauth.None(),
    tokens.refresh_token ?? "",
    insecure,
  );
  const next = await oauth.processRefreshTokenResponse(as, client, refreshed);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  assert.equal((await verifyAccessToken(next.access_token))?.grantId, claims?.grantId);
});
