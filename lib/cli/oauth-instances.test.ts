import assert from "node:assert/strict";
import { after, test } from "node:test";
import { freePort } from "../db/testing/cluster.ts";
import { FIXTURE_PACKAGE } from "../deployments/testing/registry.ts";
import { createTestAnalysis, waitFor } from "../deployments/testing/settings.ts";
import type { DeploymentView } from "../deployments/view.ts";
import { TestBrowser } from "../oauth/testing/browser.ts";
import {
  authorizationRequest,
  codeForm,
  readFailure,
  refreshForm,
  register,
  type Tokens,
  tokenRequest,
} from "../oauth/testing/client.ts";
import type { RunningApp } from "./testing/app.ts";
import { createFlyHosting, McpTestClient } from "./testing/fly-hosting.ts";

// Two instances of the app behind one public address, as one authorization server.

const hosting = await createFlyHosting();
const { userId, ask } = hosting;
after(() => hosting.close());

async function deployLive(app: RunningApp): Promise<string> {
  const server = { name: "fixture", package: FIXTURE_PACKAGE, version: "1.0.0", args: ["works"] };
  const analysis_id = await createTestAnalysis(userId, server);
  const { status, body } = await ask(app, "POST", "/api/deployments", { analysis_id, inputs: {} });
  assert.equal(status, 201, JSON.stringify(body));
  const { id } = body as { id: string };
  await waitFor("it is live", async () => {
    const view = (await ask(app, "GET", `/api/deployments/${id}`)).body as DeploymentView;
    assert.notEqual(view.status, "failing", JSON.stringify(view.error));
    return view.status === "live";
  });
  return id;
}

test("two instances act as one authorization server", { timeout: 600_000 }, async (context) => {
  const publicUrl = process.env.NEXTAUTH_URL ?? "";
  const startInstance = async () => {
    const port = await freePort();
    // It prints its public address, which nothing listens at here.
    const app = await hosting.startInstance(context, { NEXTAUTH_URL: publicUrl, PORT: String(port) });
    return { ...app, url: `http://127.0.0.1:${port}` };
  };
  const [one, two] = await Promise.all([startInstance(), startInstance()]);
  const deploymentId = await deployLive(one);
  const browser = new TestBrowser(one.url, publicUrl);
  await browser.signIn(userId);
  const client = await register(two.url);
  const authorize = async () => {
    const { url, verifier } = authorizationRequest(one.url, client, deploymentId);
    const code = (await browser.authorize(url)).searchParams.get("code") ?? "";
    return codeForm(client, code, verifier);
  };

  // Both get the same codes at the same time: each code gives tokens once.
  for (let round = 0; round < 5; round++) {
    const form = await authorize();
    const answers = await Promise.all([one, two, one, two].map(({ url }) => tokenRequest(url, form)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 400, 400, 400]);
  }

  // A code from one is redeemed at the other, and its token opens the gateway of both.
  const tokens = (await (await tokenRequest(two.url, await authorize())).json()) as Tokens;
  for (const { url } of [one, two]) await new McpTestClient(deploymentId, tokens.access_token).open(url);

  // Parallel refreshes through both get tokens that go on.
  const refreshed = await Promise.all(
    [one, two].map(({ url }) => tokenRequest(url, refreshForm(client, tokens.refresh_token))),
  );
  assert.deepEqual(
    refreshed.map(({ status }) => status),
    [200, 200],
  );
  const [first, second] = (await Promise.all(refreshed.map((answer) => answer.json()))) as [Tokens, Tokens];
  for (const [{ url }, { refresh_token }] of [
    [two, first],
    [one, second],
  ] as const) {
    assert.equal((await tokenRequest(url, refreshForm(client, refresh_token))).status, 200);
  }

  // Revoked at one, refused by the other: at the token endpoint at once, at the gateway within seconds.
  const revocation = await fetch(`${one.url}/oauth/revoke`, {
    method: "POST",
    body: new URLSearchParams({ client_id: client.id, token: first.refresh_token }),
  });
  assert.equal(revocation.status, 200);
  assert.deepEqual(await readFailure(await tokenRequest(two.url, refreshForm(client, second.refresh_token))), [
    400,
    "invalid_grant",
  ]);
  await waitFor("the other instance's gateway refuses the token", async () => {
    const session = new McpTestClient(deploymentId, tokens.access_token);
    return (await session.request(two.url, "ping")).status === 401;
  });
  assert.equal((await ask(two, "DELETE", `/api/deployments/${deploymentId}`)).status, 202);
});
