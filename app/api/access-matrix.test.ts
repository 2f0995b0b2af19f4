import assert from "node:assert/strict";
import { access, glob } from "node:fs/promises";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { testInput } from "../../lib/analysis/testing/input.ts";
import { endSessions } from "../../lib/auth/accounts.ts";
import { createApiToken, revokeApiToken } from "../../lib/auth/api-tokens.ts";
import { sealSession } from "../../lib/auth/session-cookie.ts";
import { endSession } from "../../lib/auth/signed-out.ts";
import { makeMember, makeOwner } from "../../lib/auth/testing/people.ts";
import type { SessionUser } from "../../lib/auth/user.ts";
import { encrypt } from "../../lib/crypto/cipher.ts";
import { callPayloadPlaces } from "../../lib/crypto/fields.ts";
import { db } from "../../lib/db/client.ts";
import { workerState } from "../../lib/deployments/reconcile/worker-state.ts";
import { createAccessKey, createDeployment } from "../../lib/deployments/service.ts";
import { resolveAlias } from "../../lib/deployments/testing/alias.ts";
import { createTestAnalysis } from "../../lib/deployments/testing/settings.ts";
import { addDeploymentUser } from "../../lib/oauth/deployment-users.ts";
import { createManualClient } from "../../lib/oauth/manual-clients.ts";
import { TestBrowser } from "../../lib/oauth/testing/browser.ts";
import { connect, register } from "../../lib/oauth/testing/client.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "../../lib/oauth/testing/server.ts";
import { setRole, setUseOfEveryDeployment } from "../../lib/people/people.ts";

// Every route with an id, against every credential of every person: who owns a deployment, who may use it, who owns another one, an
// admin, and everything that is no credential. A route that is not in the table fails the first test.

type Params = Record<string, string>;
type Handler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;

interface RouteEntry {
  /** "owner": the deployment's owner alone. "user": the people who may use it, too, for what is their own. */
  who: "owner" | "user";
  body?: () => unknown;
}

const owner: RouteEntry = { who: "owner" };
const user: RouteEntry = { who: "user" };
let emails = 0;
const name = () => ({ name: "matrix" });
const redirects = { redirect_uris: ["https://client.example.com/callback"] };

/** By path below `app` and method. */
const TABLE: Record<string, RouteEntry> = {
  "api/deployments/[id] GET": owner,
  "api/deployments/[id] PATCH": { ...owner, body: name },
  "api/deployments/[id] DELETE": owner,
  "api/deployments/[id]/calls GET": owner,
  "api/deployments/[id]/calls DELETE": owner,
  "api/deployments/[id]/calls/[callId] GET": owner,
  "api/deployments/[id]/calls/csv GET": owner,
  "api/deployments/[id]/calls/recording PUT": { ...owner, body: () => ({ payloads: true }) },
  "api/deployments/[id]/calls/stats GET": owner,
  "api/deployments/[id]/client-ids GET": owner,
  "api/deployments/[id]/client-ids POST": { ...owner, body: () => ({ ...name(), ...redirects }) },
  "api/deployments/[id]/client-ids/[clientId] DELETE": owner,
  "api/deployments/[id]/clients GET": owner,
  "api/deployments/[id]/clients/[clientId] DELETE": owner,
  "api/deployments/[id]/connections GET": owner,
  "api/deployments/[id]/inputs PUT": { ...owner, body: () => ({ inputs: { COUNT: 6 } }) },
  "api/deployments/[id]/keys GET": user,
  "api/deployments/[id]/keys POST": { ...user, body: name },
  "api/deployments/[id]/keys/[keyId] DELETE": user,
  "api/deployments/[id]/logs GET": owner,
  "api/deployments/[id]/machine PUT": { ...owner, body: () => ({ memory_mb: 1024 }) },
  "api/deployments/[id]/repair POST": owner,
  "api/deployments/[id]/restart POST": owner,
  "api/deployments/[id]/retry POST": owner,
  "api/deployments/[id]/start POST": owner,
  "api/deployments/[id]/stop POST": owner,
  "api/deployments/[id]/users GET": owner,
  "api/deployments/[id]/users POST": { ...owner, body: () => ({ email: `matrix-${emails++}@example.com` }) },
  "api/deployments/[id]/users PATCH": { ...owner, body: () => ({ only_listed: true }) },
  "api/deployments/[id]/users/[entryId] DELETE": owner,
  "(app)/deployments/[id]/run POST": { ...owner, body: () => ({ tool: "echo", arguments: {} }) },
};

/** Routes with an id whose credentials are not a session or an API token, and the test that holds them. */
const ELSEWHERE: Record<string, string> = {
  "api/mcp/[id]": "lib/gateway/credentials.test.ts",
  "(auth)/connect/[uid]/decide": "lib/oauth/attacks.test.ts",
};

resolveAlias();
const app = join(import.meta.dirname, "..");
const routes = new Map<string, Handler>();
let server: TestAuthorizationServer;
let people: Record<"ada" | "bob" | "carl" | "dora", SessionUser>;
let theirs: Fixture;
let wrong: [string, Record<string, string>][];

before(async () => {
  server = await startAuthorizationServer();
  workerState().isStopping = true;
  for await (const file of glob("**/route.ts", { cwd: app })) {
    const path = relative(".", file).replace(/\/route\.ts$/, "");
    if (!/\[\w+\]/.test(path)) continue;
    const module = (await import(join(app, file))) as Record<string, Handler>;
    for (const [method, handler] of Object.entries(module)) {
      if (/^[A-Z]+$/.test(method)) routes.set(`${path} ${method}`, handler);
    }
  }
  const ada = await makeOwner("ada@example.com");
  const [bob, carl, dora] = [
    await makeMember("bob@example.com"),
    await makeMember("carl@example.com"),
    await makeMember("dora@example.com"),
  ];
  await setRole(ada, dora.id, "admin");
  await setUseOfEveryDeployment(ada, dora.id, true);
  people = { ada, bob, carl, dora: { ...dora, role: "admin" } };
  theirs = await makeFixture(ada);
  wrong = await makeWrongCredentials();
});

after(async () => {
  await server.close();
});

/** A deployment with one of everything that has an id of its own. Carl may use it, and Dora every one. */
interface Fixture {
  id: string;
  entryId: string;
  clientId: string;
  manualClientId: string;
  callId: string;
  /** By person. */
  keys: Record<string, string>;
}

async function makeFixture(ownedBy: SessionUser): Promise<Fixture> {
  const analysisId = await createTestAnalysis(ownedBy.id, { package: "x", version: "1.0.0" }, [
    testInput("COUNT", { type: "number" }),
  ]);
  const { id } = await createDeployment(ownedBy.id, { analysisId, inputs: { COUNT: "5" } });
  const { bob, carl, dora } = people;
  const listed = ownedBy.id === carl.id ? bob : carl;
  await addDeploymentUser(ownedBy, id, listed.email);
  const [entry] = await db().deploymentUser.findMany({ where: { deploymentId: id } });
  const data = { deploymentId: id, userId: ownedBy.id, clientId: "c", clientName: "c", redirectHost: "localhost" };
  const grant = await db().connectedClient.create({ data });
  const manual = await createManualClient(ownedBy.id, id, {
    name: "by hand",
    redirectUris: ["https://client.example.com/callback"],
  });
  const calls = { deploymentId: id, method: "tools/call", httpStatus: 200, durationMs: 1 };
  const { id: callId } = await db().callRecord.create({ data: { ...calls, requestBytes: 1, responseBytes: 1 } });
  const places = callPayloadPlaces(id, callId);
  const [requestCiphertext, responseCiphertext] = [encrypt("{}", places.request), encrypt("{}", places.response)];
  await db().callPayload.create({ data: { callId, deploymentId: id, requestCiphertext, responseCiphertext } });
  const keys: Record<string, string> = {};
  for (const person of [ownedBy, carl, dora]) keys[person.id] = (await createAccessKey(person.id, id, "key")).id;
  return { id, entryId: entry?.id ?? "", clientId: grant.id, manualClientId: manual.clientId, callId, keys };
}

/** The parameters of a call to a deployment, with the key of one person. */
function paramsOf(route: string, fixture: Fixture, keyOf: string): Params {
  const { id, entryId, clientId, manualClientId, callId, keys } = fixture;
  const ofRoute = route.includes("client-ids") ? manualClientId : clientId;
  return { id, entryId, clientId: ofRoute, callId, keyId: keys[keyOf] ?? "" };
}

async function sessionOf(person: SessionUser, signedInAtMs = Date.now()): Promise<Record<string, string>> {
  return { cookie: `next-auth.session-token=${await sealSession({ sub: person.id, signedInAtMs })}` };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Bearers that are not API credentials, each made from one that the deployment's owner has or had. */
async function makeWrongCredentials(): Promise<typeof wrong> {
  const { ada, bob } = people;
  const { token } = await createApiToken(ada.id, "matrix");
  const revoked = await createApiToken(ada.id, "revoked");
  await revokeApiToken(ada.id, revoked.id);
  const { key } = await createAccessKey(ada.id, theirs.id, "not for the API");
  const client = await register(server.url);
  const tokensFor = async (person: SessionUser, deploymentId: string) => {
    const browser = new TestBrowser(server.url);
    await browser.signIn(person.id);
    return connect(server.url, browser, client, deploymentId);
  };
  const right = await tokensFor(ada, theirs.id);
  const other = await tokensFor(bob, (await makeFixture(bob)).id);
  const [, payload = "", signature = ""] = right.access_token.split(".");
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
  const { cookie = "" } = await sessionOf(ada);
  const signedOutAtMs = Date.now() - 1_000;
  await endSession({ sub: ada.id, signedInAtMs: signedOutAtMs });
  const olderMs = Date.now() - 60_000;
  await endSessions(ada.id);
  const removed = await makeMember("removed@example.com");
  const ofRemoved = (await createApiToken(removed.id, "removed")).token;
  const removedSession = await sessionOf(removed);
  await db().user.delete({ where: { id: removed.id } });
  return [
    ["nothing", {}],
    ["an expired session", await sessionOf(ada, Date.now() - 31 * 24 * 3_600_000)],
    ["a session that was signed out", await sessionOf(ada, signedOutAtMs)],
    ["a session that was ended elsewhere", await sessionOf(ada, olderMs)],
    ["a tampered session", { cookie: `${cookie.slice(0, -5)}AAAAA` }],
    ["a session of a removed person", removedSession],
    ["a revoked API token", bearer(revoked.token)],
    ["a tampered API token", bearer(`${token.slice(0, -4)}AAAA`)],
    ["an API token of a removed person", bearer(ofRemoved)],
    ["an API token under another scheme", { authorization: `Basic ${token}` }],
    ["an access key of the deployment", bearer(key)],
    ["an access token of the deployment", bearer(right.access_token)],
    ["an access token of another deployment", bearer(other.access_token)],
    ["a refresh token", bearer(right.refresh_token)],
    ["an unsigned token", bearer(`${none}.${payload}.`)],
    ["an unsigned token with a signature", bearer(`${none}.${payload}.${signature}`)],
  ];
}

/** "allowed", or how the call was refused. */
async function call(route: string, params: Params, headers: Record<string, string>): Promise<string> {
  const method = route.split(" ")[1] ?? "";
  const body = TABLE[route]?.body?.();
  const leave = new AbortController();
  const request = new Request(`http://127.0.0.1:3999/${route}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: leave.signal,
  });
  const response = await routes.get(route)?.(request, { params: Promise.resolve(params) });
  assert.ok(response, route);
  const isLog = (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
  const text = isLog ? "" : await response.text();
  if (isLog) await response.body?.cancel();
  leave.abort();
  assert.ok(response.status < 500, `${route}: ${response.status} ${text}`);
  assert.doesNotMatch(text, /"code":"(internal|invalid_request)"/, route);
  if (response.status === 401) return "unauthenticated";
  // A run answers with events, since it may last.
  if (response.status === 404 || text.includes('"code":"not_found"')) return "missing";
  return response.status === 403 ? "forbidden" : "allowed";
}

/** All rows of a deployment that a call could change. */
async function contentsOf(id: string): Promise<string> {
  const include = { accessKeys: true, connectedClients: true, oauthClients: true, users: true, credentials: true };
  return JSON.stringify(await db().deployment.findUnique({ where: { id }, include }));
}

test("every route with an id is in the table", async () => {
  const known = [...routes.keys()].filter((route) => ELSEWHERE[route.split(" ")[0] ?? ""] === undefined);
  assert.deepEqual(known.sort(), Object.keys(TABLE).sort());
  for (const file of Object.values(ELSEWHERE)) await access(join(app, "..", file));
});

test("what is no credential of the API gets 401 at every route", async () => {
  const before = await contentsOf(theirs.id);
  for (const route of Object.keys(TABLE)) {
    for (const [what, headers] of wrong) {
      const params = paramsOf(route, theirs, people.ada.id);
      assert.equal(await call(route, params, headers), "unauthenticated", `${route} with ${what}`);
    }
  }
  assert.equal(await contentsOf(theirs.id), before);
});

test("each person's session and API token reach what is theirs, and nothing else looks as if it existed", async () => {
  const before = await contentsOf(theirs.id);
  for (const [personName, person] of Object.entries(people)) {
    const credentials = {
      session: await sessionOf(person),
      token: bearer((await createApiToken(person.id, "m")).token),
    };
    for (const [route, { who }] of Object.entries(TABLE)) {
      for (const [kind, headers] of Object.entries(credentials)) {
        const what = `${route} with ${personName}'s ${kind}`;
        const mayUse = personName !== "bob" && (personName === "ada" || who === "user");
        if (mayUse) {
          const fresh = await makeFixture(people.ada);
          assert.equal(await call(route, paramsOf(route, fresh, person.id), headers), "allowed", what);
        } else {
          assert.equal(await call(route, paramsOf(route, theirs, people.ada.id), headers), "missing", what);
        }
        // Another deployment's objects are not found under a person's own, nor another person's key under one that they may use.
        if (!/\]\/[\w-]+\/\[/.test(route)) continue;
        const own = await makeFixture(person);
        const mixed = { ...paramsOf(route, theirs, people.ada.id), id: own.id };
        assert.equal(await call(route, mixed, headers), "missing", `${what}, below their own deployment`);
        if (who !== "user" || personName === "ada") continue;
        const ofAda = paramsOf(route, theirs, people.ada.id);
        assert.equal(await call(route, ofAda, headers), "missing", `${what}, for another's key`);
      }
    }
  }
  assert.equal(await contentsOf(theirs.id), before);
});
