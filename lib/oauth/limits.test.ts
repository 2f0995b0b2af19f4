import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db } from "../db/client.ts";
import { TestBrowser } from "./testing/browser.ts";
import { authorizationRequest, register, registerRaw, tokenRequest } from "./testing/client.ts";
import { makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId, deploymentId } = await makeOwnerWithDeployment());
});
after(() => server.close());

/** Counts of all windows as if so many requests had been made more. */
async function addToCounts(prefix: string, more: number): Promise<void> {
  await db().rateCount.updateMany({ where: { key: { startsWith: prefix } }, data: { count: { increment: more } } });
}

test("a client that registers endlessly gets 429, and another one at the same address does not", async () => {
  await register(server.url, { client_name: "Eager" });
  await addToCounts("oauth.register.client", 60);
  const refused = await registerRaw(server.url, {
    client_name: "Eager",
    redirect_uris: ["http://localhost:7777/callback"],
  });
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("retry-after") ?? "", /^\d+$/);
  assert.deepEqual(Object.keys((await refused.json()) as object), ["error", "error_description"]);
  await register(server.url, { client_name: "Patient" });
});

test("registrations for one deployment have a limit of their own", async () => {
  const agent = { "user-agent": "many/1" };
  const discover = () =>
    fetch(`${server.url}/.well-known/oauth-protected-resource/api/mcp/${deploymentId}`, { headers: agent });
  const send = (name: string, headers = agent) =>
    registerRaw(server.url, { client_name: name, redirect_uris: ["http://localhost:7777/callback"] }, headers);
  await discover();
  assert.equal((await send("First")).status, 201);
  await addToCounts(`oauth.register.deployment:${deploymentId}`, 1_200);
  assert.equal((await send("Second")).status, 429);
  assert.equal((await send("Third", { "user-agent": "other/1" })).status, 201);
});

test("a flood of token requests is answered with an error that drops no token", async () => {
  const form = { grant_type: "refresh_token", client_id: "cwp_x", refresh_token: "x" };
  await tokenRequest(server.url, form);
  await addToCounts("oauth.token.client", 6_000);
  const refused = await tokenRequest(server.url, form);
  assert.equal(refused.status, 429);
  assert.equal(((await refused.json()) as { error: string }).error, "too_many_requests");
});

test("a person who decides too often gets a page that asks to wait", async () => {
  const client = await register(server.url);
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  await browser.authorize(authorizationRequest(server.url, client, deploymentId).url, "deny");
  await addToCounts("oauth.decision", 60);
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  const refused = await browser.decide(page, "allow");
  assert.equal(refused.status, 429);
  assert.match(await refused.text(), /Wait a minute/);
});
