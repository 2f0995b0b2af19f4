import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db } from "../db/client.ts";
import { deleteUnusedRegistrations } from "./clients/registrations.ts";
import { sweepAuthorizationServer } from "./sweep.ts";
import { TestBrowser } from "./testing/browser.ts";
import { authorizationRequest, connect, readFailure, register, registerRaw } from "./testing/client.ts";
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

/** Known registrations of clients (from vendors' documents and issue trackers). */
const real: Record<string, Record<string, unknown>> = {
  Claude: {
    client_name: "Claude",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_post",
    scope: "claudeai",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
  },
  "Claude Code": {
    client_name: "Claude Code (catwalk)",
    redirect_uris: ["http://localhost:54545/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    scope: "mcp offline_access",
  },
  ChatGPT: {
    client_name: "ChatGPT",
    redirect_uris: [
      "https://chatgpt.com/connector/oauth/abc123",
      "https://chatgpt.com/connector_platform_oauth_redirect",
    ],
    token_endpoint_auth_method: "none",
    application_type: "web",
  },
  "VS Code": {
    client_name: "Visual Studio Code",
    client_uri: "https://code.visualstudio.com",
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    redirect_uris: [
      "https://insiders.vscode.dev/redirect",
      "https://vscode.dev/redirect",
      "http://127.0.0.1/",
      "http://127.0.0.1:33418/",
    ],
    token_endpoint_auth_method: "none",
    application_type: "native",
  },
  Cursor: {
    client_name: "Cursor",
    application_type: "web",
    redirect_uris: [
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "http://localhost:8787/callback",
    ],
    token_endpoint_auth_method: "none",
  },
  "Gemini CLI": {
    client_name: "Gemini CLI MCP Client",
    redirect_uris: ["http://localhost:7777/oauth/callback"],
    scope: "",
  },
  "Copilot Studio": {
    client_name: "Copilot Studio",
    redirect_uris: ["https://global.consent.azure-apim.net/redirect/catwalk"],
    contacts: null,
    logo_uri: null,
  },
};

for (const [name, metadata] of Object.entries(real)) {
  test(`${name} registers with what it sends, and each of its redirects works`, async () => {
    const response = await registerRaw(server.url, metadata);
    const body = (await response.json()) as Record<string, unknown> & { client_id: string; redirect_uris: string[] };
    assert.equal(response.status, 201, JSON.stringify(body));
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(body.redirect_uris, metadata.redirect_uris);
    assert.equal(body.client_name, metadata.client_name);
    assert.equal(body.token_endpoint_auth_method, metadata.token_endpoint_auth_method ?? "none");
    assert.equal("client_secret" in body, body.token_endpoint_auth_method !== "none");
    // Claude Code stumbles over null members, and others give up without a registration_client_uri.
    assert(!Object.values(body).includes(null));
    const read = await fetch(String(body.registration_client_uri), {
      headers: { authorization: `Bearer ${body.registration_access_token}` },
    });
    assert.equal(read.status, 200);
    const browser = new TestBrowser(server.url);
    await browser.signIn(userId);
    for (const redirectUri of body.redirect_uris) {
      const { url } = authorizationRequest(server.url, { id: body.client_id, redirectUri }, deploymentId);
      const callback = await browser.authorize(url);
      assert(callback.href.startsWith(redirectUri));
      assert(callback.searchParams.get("code"));
    }
  });
}

test("public clients with the same metadata share a registration, in any order of redirects", async () => {
  const { Cursor } = real;
  const first = await register(server.url, Cursor);
  const uris = Cursor?.redirect_uris as string[];
  const second = await register(server.url, { ...Cursor, redirect_uris: uris.toReversed() });
  assert.equal(second.id, first.id);
  assert.notEqual((await register(server.url, { ...Cursor, client_name: "Other" })).id, first.id);
});

test("confidential clients never share one", async () => {
  const { Claude } = real;
  assert.notEqual((await register(server.url, Claude)).id, (await register(server.url, Claude)).id);
});

for (const [name, metadata, error] of [
  ["no redirects", {}, "invalid_redirect_uri"],
  ["an empty list", { redirect_uris: [] }, "invalid_redirect_uri"],
  ["a text for a list", { redirect_uris: "https://client.example/" }, "invalid_redirect_uri"],
  ["http", { redirect_uris: ["http://client.example/"] }, "invalid_redirect_uri"],
  ["a script", { redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
  ["data", { redirect_uris: ["data:text/html,x"] }, "invalid_redirect_uri"],
  ["an unlisted scheme", { redirect_uris: ["evil://callback"] }, "invalid_redirect_uri"],
  ["a fragment", { redirect_uris: ["https://client.example/#x"] }, "invalid_redirect_uri"],
  ["userinfo", { redirect_uris: ["https://claude.ai@client.example/"] }, "invalid_redirect_uri"],
  ["one bad among good", { redirect_uris: ["https://client.example/", "http://x.example/"] }, "invalid_redirect_uri"],
  ["eleven", { redirect_uris: Array.from({ length: 11 }, (_, n) => `https://x.example/${n}`) }, "invalid_redirect_uri"],
  ["a list", [], "invalid_client_metadata"],
  ["no JSON", "{", "invalid_client_metadata"],
] as const) {
  test(`a registration with ${name} is refused`, async () => {
    assert.deepEqual(await readFailure(await registerRaw(server.url, metadata)), [400, error]);
  });
}

test("a registration above 16 KB is refused", async () => {
  const response = await registerRaw(server.url, { redirect_uris: ["https://x.example/"], x: "x".repeat(17_000) });
  assert.equal(response.status, 413);
});

test("a registration token opens no other registration", async () => {
  const mine = (await (await registerRaw(server.url, real.Claude)).json()) as Record<string, string>;
  const other = await register(server.url, real.Claude);
  const response = await fetch(`${server.url}/oauth/register/${other.id}`, {
    headers: { authorization: `Bearer ${mine.registration_access_token}` },
  });
  assert.equal(response.status, 401);
});

test("a registration in use never expires, an unused one goes after a week", async () => {
  const used = await register(server.url, { client_name: "Used" });
  const unused = await register(server.url, { client_name: "Unused" });
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  await connect(server.url, browser, used, deploymentId);
  const later = new Date(Date.now() + 8 * 24 * 60 * 60 * 1_000);
  await deleteUnusedRegistrations(later);
  const left = await db().oAuthClient.findMany({ where: { id: { in: [used.id, unused.id] } } });
  assert.deepEqual(
    left.map(({ id }) => id),
    [used.id],
  );
});

test("a sweep removes expired records and clients, and none in use", async () => {
  const client = await register(server.url, { client_name: "Swept" });
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  await connect(server.url, browser, client, deploymentId);
  await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  const soon = new Date(Date.now() + 2 * 24 * 60 * 60 * 1_000);
  await sweepAuthorizationServer(soon);
  const models = await db().oAuthRecord.groupBy({ by: ["model"], where: { expiresAt: { lt: soon } } });
  assert.deepEqual(models, []);
  assert.equal(await db().connectedClient.count({ where: { clientId: client.id } }), 1);
  await sweepAuthorizationServer(new Date(Date.now() + 91 * 24 * 60 * 60 * 1_000));
  assert.equal(await db().connectedClient.count({ where: { clientId: client.id } }), 0);
});
