import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { acceptInvitation, createInvitation } from "../auth/invitations.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { loadSnapshot } from "../deployments/load-snapshot.ts";
import { removePerson } from "../people/people.ts";
import { addDeploymentUser, listDeploymentUsers, removeDeploymentUser } from "./deployment-users.ts";
import { TestBrowser } from "./testing/browser.ts";
import {
  authorizationRequest,
  connect,
  readFailure,
  refreshForm,
  register,
  type TestClient,
  tokenRequest,
} from "./testing/client.ts";
import { makeDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

let server: TestAuthorizationServer;
let owner: SessionUser;
let deploymentId: string;
let client: TestClient;

before(async () => {
  server = await startAuthorizationServer();
  owner = await makeOwner();
  deploymentId = await makeDeployment(owner.id);
  client = await register(server.url);
});

after(() => server.close());

async function signedIn(userId: string): Promise<TestBrowser> {
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  return browser;
}

async function grantsOf(userId: string): Promise<number> {
  const snapshot = await loadSnapshot(deploymentId);
  return snapshot?.grants.filter((grant) => grant.userId === userId).length ?? 0;
}

test("a person whom the owner lets in connects a client, and loses it when taken off the list", async () => {
  const person = await makeMember("person@example.com");
  const browser = await signedIn(person.id);
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  assert.equal((await browser.decide(page, "allow")).headers.get("location"), page, "not before");
  assert.deepEqual(await addDeploymentUser(owner, deploymentId, person.email), { invitationUrl: null });
  const tokens = await connect(server.url, browser, client, deploymentId);
  assert.equal(await grantsOf(person.id), 1);
  assert.equal((await tokenRequest(server.url, refreshForm(client, tokens.refresh_token))).status, 200);
  const [entry] = await listDeploymentUsers(owner.id, deploymentId);
  assert(entry);
  assert.deepEqual([entry.email, entry.isInvited], [person.email, false]);
  await removeDeploymentUser(owner.id, deploymentId, entry.id);
  assert.equal(await grantsOf(person.id), 0);
  const refused = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refused), [400, "invalid_grant"]);
});

test("the gateway and the token endpoint look at membership itself, not only at the grant", async () => {
  const person = await makeMember("looked-up@example.com");
  await addDeploymentUser(owner, deploymentId, person.email);
  const tokens = await connect(server.url, await signedIn(person.id), client, deploymentId);
  assert.equal(await grantsOf(person.id), 1);
  // As if only half of a removal had been written.
  await db().deploymentUser.deleteMany({ where: { userId: person.id } });
  assert.equal(await grantsOf(person.id), 0);
  const refused = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refused), [400, "invalid_grant"]);
});

test("a person without an account is invited, and may use the deployment once the invitation is accepted", async () => {
  const { invitationUrl } = await addDeploymentUser(owner, deploymentId, "new@example.com");
  const token = invitationUrl?.split("/").at(-1) ?? "";
  assert.equal((await listDeploymentUsers(owner.id, deploymentId)).at(-1)?.isInvited, true);
  const person = await acceptInvitation(token, { email: "new@example.com", name: null, password });
  assert.equal((await listDeploymentUsers(owner.id, deploymentId)).at(-1)?.isInvited, false);
  await connect(server.url, await signedIn(person.id), client, deploymentId);
  assert.equal(await grantsOf(person.id), 1);
});

test("an open invitation does not give a stranger another person's place", async () => {
  await addDeploymentUser(owner, deploymentId, "awaited@example.com");
  const { url } = await createInvitation(owner, null);
  const token = url.split("/").at(-1) ?? "";
  const stranger = await acceptInvitation(token, { email: "awaited@example.com", name: null, password });
  const browser = await signedIn(stranger.id);
  const page = await browser.open(authorizationRequest(server.url, client, deploymentId).url);
  assert.equal((await browser.decide(page, "allow")).headers.get("location"), page);
});

test("a person who leaves takes their connections along", async () => {
  const person = await makeMember("leaving@example.com");
  await addDeploymentUser(owner, deploymentId, person.email);
  const tokens = await connect(server.url, await signedIn(person.id), client, deploymentId);
  await removePerson(owner, person.id);
  assert.equal(await grantsOf(person.id), 0);
  const refused = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refused), [400, "invalid_grant"]);
});

test("only the owner decides who may use a deployment", async () => {
  const member = await makeMember("member@example.com");
  const other = await makeMember("other@example.com");
  await assert.rejects(addDeploymentUser(member, deploymentId, other.email), { code: "not_found" });
  await addDeploymentUser(owner, deploymentId, member.email);
  await assert.rejects(addDeploymentUser(member, deploymentId, other.email), { code: "not_found" });
  await assert.rejects(listDeploymentUsers(member.id, deploymentId), { code: "not_found" });
  const entries = await listDeploymentUsers(owner.id, deploymentId);
  await assert.rejects(removeDeploymentUser(member.id, deploymentId, entries[0]?.id ?? ""), { code: "not_found" });
  await assert.rejects(addDeploymentUser(owner, deploymentId, member.email), { code: "conflict" });
  await assert.rejects(addDeploymentUser(owner, deploymentId, owner.email), { code: "conflict" });
  // Members cannot invite people to this Catwalk.
  const theirs = await makeDeployment(member.id, "theirs");
  await assert.rejects(addDeploymentUser(member, theirs, "nobody@example.com"), { code: "invalid_request" });
  assert.deepEqual(await addDeploymentUser(member, theirs, other.email), { invitationUrl: null });
});
