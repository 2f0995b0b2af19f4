import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setVariables } from "../auth/testing/setting.ts";
import { disconnect } from "../db/client.ts";
import { startValve, type Valve } from "../gateway/testing/valve.ts";
import { TestBrowser } from "./testing/browser.ts";
import { authorizationRequest, connect, refreshForm, register, registerRaw, tokenRequest } from "./testing/client.ts";
import { makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

// The authorization server while PostgreSQL cannot be reached.

let server: TestAuthorizationServer;
let valve: Valve;
let browser: TestBrowser;
let deploymentId: string;

before(async () => {
  server = await startAuthorizationServer();
  const url = new URL(process.env.DATABASE_URL ?? "");
  valve = await startValve(url.hostname, Number(url.port || 5432));
  url.hostname = "127.0.0.1";
  url.port = String(valve.port);
  await disconnect();
  setVariables({ DATABASE_URL: url.href });
  const owner = await makeOwnerWithDeployment();
  deploymentId = owner.deploymentId;
  browser = new TestBrowser(server.url);
  await browser.signIn(owner.userId);
});

after(async () => {
  valve.open();
  await server.close();
  await valve.close();
});

async function expectUnavailable(response: Response): Promise<void> {
  assert.equal(response.status, 503);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert(Number(response.headers.get("retry-after")) > 0);
  assert.equal(((await response.json()) as { error: string }).error, "temporarily_unavailable");
}

test("the token endpoint answers 503 in OAuth's JSON, and the refresh token works once the database is back", async () => {
  const client = await register(server.url);
  const tokens = await connect(server.url, browser, client, deploymentId);
  valve.cut();
  await expectUnavailable(await tokenRequest(server.url, refreshForm(client, tokens.refresh_token)));
  valve.open();
  const answer = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.equal(answer.status, 200, await answer.text());
});

test("registration answers 503 in OAuth's JSON, and an authorization request a page with 503", async () => {
  const client = await register(server.url);
  valve.cut();
  await expectUnavailable(await registerRaw(server.url, { redirect_uris: ["http://localhost:7777/callback"] }));
  const page = await browser.get(authorizationRequest(server.url, client, deploymentId).url);
  assert.equal(page.status, 503);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  valve.open();
});

test("the discovery documents stay available", async () => {
  valve.cut();
  for (const path of ["oauth-authorization-server", "openid-configuration"]) {
    const response = await fetch(`${server.url}/.well-known/${path}`);
    assert.equal(response.status, 200, path);
  }
  valve.open();
});
