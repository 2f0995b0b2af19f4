import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db } from "../db/client.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { deleteOldConnectionEvents, listConnectionEvents, recordConnectionEvent } from "./connection-log.ts";
import { type ConnectionStep, explainProblem, STEP_LABELS } from "./connection-steps.ts";
import { deleteOldDiscoveries, findDiscoveredDeployment, rememberDiscovery } from "./discoveries.ts";
import { TestBrowser } from "./testing/browser.ts";
import {
  authorizationRequest,
  codeForm,
  connect,
  refreshForm,
  register,
  registerRaw,
  tokenRequest,
} from "./testing/client.ts";
import { makeDeployment, makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let userId: string;
let browser: TestBrowser;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId } = await makeOwnerWithDeployment());
  browser = new TestBrowser(server.url);
  await browser.signIn(userId);
});

after(() => server.close());

async function steps(deploymentId: string) {
  const events = await listConnectionEvents(userId, deploymentId);
  return events.toReversed().map(({ step, problem, client, person }) => [step, problem, client, person]);
}

test("each step of a client that connects is in the log of its deployment", async () => {
  const id = await makeDeployment(userId, "logged");
  await fetch(`${server.url}/.well-known/oauth-protected-resource/api/mcp/${id}`, {
    headers: { "user-agent": "sdk/1" },
  });
  const client = await register(server.url, { client_name: "Logged client" });
  const tokens = await connect(server.url, browser, client, id);
  await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await steps(id), [
    ["discovery", null, "sdk/1", null],
    ["register", null, "Logged client", null],
    ["authorize", null, "Logged client", null],
    ["consent", null, "Logged client", "owner@example.com"],
    ["token", null, "Logged client", null],
    ["refresh", null, "Logged client", null],
  ]);
});

test("a registration is in the log of the deployment that the client looked up before it", async () => {
  const id = await makeDeployment(userId, "registered for");
  const other = await makeDeployment(userId, "looked up by another client");
  const discover = (deploymentId: string, agent: string) =>
    fetch(`${server.url}/.well-known/oauth-protected-resource/api/mcp/${deploymentId}`, {
      headers: { "user-agent": agent },
    });
  await discover(id, "sdk/2");
  await discover(other, "sdk/3");
  const send = (metadata: unknown) => registerRaw(server.url, metadata, { "user-agent": "sdk/2" });
  await send({ client_name: "Ready", redirect_uris: ["http://localhost:7777/callback"] });
  await send({ client_name: "Ready", redirect_uris: ["http://localhost:7777/callback"] });
  await send({ client_name: "Bad address", redirect_uris: ["http://client.example/"] });
  await send("{");
  assert.deepEqual(await steps(id), [
    ["discovery", null, "sdk/2", null],
    ["register", null, "Ready", null],
    ["register", "invalid_redirect_uri", "Bad address", null],
    ["register", "invalid_client_metadata", "sdk/2", null],
  ]);
  assert.deepEqual(await steps(other), [["discovery", null, "sdk/3", null]]);
  assert.match(explainProblem("register", "invalid_redirect_uri"), /^The client wants to be answered at an address/);
});

test("a lookup counts for a minute", async () => {
  const id = await makeDeployment(userId, "looked up long ago");
  const headers = new Headers({ "user-agent": "slow/1" });
  const now = new Date();
  await rememberDiscovery(headers, id, new Date(now.getTime() - 61_000));
  assert.equal(await findDiscoveredDeployment(headers, now), null);
  await rememberDiscovery(headers, id, new Date(now.getTime() - 59_000));
  assert.equal(await findDiscoveredDeployment(headers, now), id);
  assert.equal(await findDiscoveredDeployment(new Headers({ "user-agent": "slow/2" }), now), null);
  await deleteOldDiscoveries(new Date(now.getTime() + 2_000));
  assert.equal(await db().oAuthDiscovery.count({ where: { deploymentId: id } }), 0);
});

test("a flood of look-ups is not remembered, and neither is one of a deployment that is gone", async () => {
  const id = await makeDeployment(userId, "looked up too often");
  const now = new Date();
  await rememberDiscovery(new Headers({ "user-agent": "flood/0" }), id, now);
  await db().rateCount.update({ where: { key: `oauth.discovery:${id}` }, data: { count: 600 } });
  await rememberDiscovery(new Headers({ "user-agent": "flood/1" }), id, now);
  assert.equal(await db().oAuthDiscovery.count({ where: { deploymentId: id } }), 1);
  await db().deployment.delete({ where: { id } });
  await rememberDiscovery(new Headers({ "user-agent": "late/1" }), id, new Date(now.getTime() + 11 * 60_000));
  assert.equal(await db().oAuthDiscovery.count({ where: { deploymentId: id } }), 0);
});

test("the log names failures in words", async () => {
  const id = await makeDeployment(userId, "trouble");
  const client = await register(server.url, { client_name: "Troubled" });
  const wrongRedirect = authorizationRequest(server.url, client, id, { redirect_uri: "https://evil.example/" });
  await browser.get(wrongRedirect.url);
  await browser.get(authorizationRequest(server.url, { ...client, id: "cwp_unknown" }, id).url);
  await browser.get(authorizationRequest(server.url, client, id, { code_challenge: null }).url);
  await browser.authorize(authorizationRequest(server.url, client, id).url, "deny");
  const { url, verifier } = authorizationRequest(server.url, client, id);
  const code = (await browser.authorize(url)).searchParams.get("code") ?? "";
  await tokenRequest(server.url, { ...codeForm(client, code, verifier), code_verifier: "x".repeat(43) });
  const form = { ...refreshForm(client, "never issued"), resource: formatConnectorUrl(id) };
  await tokenRequest(server.url, form);
  const found = await steps(id);
  assert.deepEqual(
    found.map(([step, problem]) => [step, problem]),
    [
      ["register", null],
      ["authorize", "invalid_redirect_uri"],
      ["authorize", "invalid_client"],
      ["authorize", "invalid_request"],
      ["authorize", null],
      ["consent", "access_denied"],
      ["consent", null],
      ["token", "invalid_grant"],
      ["refresh", "invalid_grant"],
    ],
  );
  for (const [step, problem] of found) {
    assert(STEP_LABELS[step as ConnectionStep]);
    if (problem) assert.doesNotMatch(explainProblem(step as ConnectionStep, problem), /log says more/, problem);
  }
});

test("a log holds no secret and no second line", async () => {
  const id = await makeDeployment(userId, "clean");
  const client = await register(server.url);
  const tokens = await connect(server.url, browser, client, id);
  await recordConnectionEvent({
    deploymentId: id,
    step: "discovery",
    problem: null,
    client: `a\nb\u202e${"x".repeat(500)}`,
  });
  const text = JSON.stringify(await db().connectionEvent.findMany({ where: { deploymentId: id } }));
  assert(!text.includes(tokens.refresh_token) && !text.includes(tokens.access_token));
  assert.match(text, /"a b x{190,200}"/);
});

test("a flood is bounded, and old steps go", async () => {
  const id = await makeDeployment(userId, "flooded");
  for (let count = 0; count < 100; count++) {
    await recordConnectionEvent({ deploymentId: id, step: "challenge", problem: "no_credential", client: `${count}` });
  }
  assert.equal(await db().connectionEvent.count({ where: { deploymentId: id } }), 60);
  await recordConnectionEvent({ deploymentId: "nonsense", step: "challenge", problem: null, client: null });
  await deleteOldConnectionEvents(new Date(Date.now() + 31 * 24 * 60 * 60 * 1_000));
  assert.equal(await db().connectionEvent.count(), 0);
});

test("a log is its owner's", async () => {
  const id = await makeDeployment(userId, "private");
  await assert.rejects(listConnectionEvents("00000000-0000-7000-8000-000000000000", id), { code: "not_found" });
});
