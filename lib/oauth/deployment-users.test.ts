import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { acceptInvitation, createInvitation } from "../auth/invitations.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { loadSnapshot } from "../deployments/load-snapshot.ts";
import { createAccessKey, deleteAccessKey, listAccessKeys } from "../deployments/service.ts";
import { removePerson, setUseOfEveryDeployment } from "../people/people.ts";
import {
  addDeploymentUser,
  listDeploymentUsers,
  removeDeploymentUser,
  setOnlyListedUsers,
  viewDeploymentUsers,
} from "./deployment-users.ts";
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

/** The ids of the keys that open the deployment at the gateway. */
async function openingKeys(): Promise<string[]> {
  return (await loadSnapshot(deploymentId))?.keys.map(({ id }) => id) ?? [];
}

test("a person who may use a deployment has keys of their own there, and sees and revokes no others", async () => {
  const person = await makeMember("keys@example.com");
  const another = await makeMember("no-keys@example.com");
  await assert.rejects(createAccessKey(person.id, deploymentId, "too early"), { code: "not_found" });
  await addDeploymentUser(owner, deploymentId, person.email);
  const ofOwner = await createAccessKey(owner.id, deploymentId, "owner's");
  const own = await createAccessKey(person.id, deploymentId, "theirs");
  const listed = await listAccessKeys(person.id, deploymentId);
  assert.deepEqual(
    listed.map(({ id, person: email }) => [id, email]),
    [[own.id, person.email]],
  );
  assert.deepEqual(
    new Set((await listAccessKeys(owner.id, deploymentId)).map(({ id }) => id)),
    new Set([ofOwner.id, own.id]),
  );
  await assert.rejects(deleteAccessKey(person.id, deploymentId, ofOwner.id), { code: "not_found" });
  await assert.rejects(listAccessKeys(another.id, deploymentId), { code: "not_found" });
  await assert.rejects(deleteAccessKey(another.id, deploymentId, own.id), { code: "not_found" });
  for (let key = 2; key <= 10; key++) await createAccessKey(person.id, deploymentId, `key ${key}`);
  await assert.rejects(createAccessKey(person.id, deploymentId, "one too many"), { code: "conflict" });
  await deleteAccessKey(person.id, deploymentId, own.id);
  await createAccessKey(person.id, deploymentId, "in its place");
  assert.equal((await openingKeys()).length, 11);
  await removePerson(owner, person.id);
  assert.deepEqual(await openingKeys(), [ofOwner.id], "who leaves takes their keys along");
  await deleteAccessKey(owner.id, deploymentId, ofOwner.id);
});

test("a person taken off the list loses keys as well, from the next look at the deployment on", async () => {
  const person = await makeMember("off-the-list@example.com");
  await addDeploymentUser(owner, deploymentId, person.email);
  const { id } = await createAccessKey(person.id, deploymentId, "theirs");
  await db().deploymentUser.deleteMany({ where: { userId: person.id } });
  assert.deepEqual(await openingKeys(), [], "the gateway looks at membership itself");
  await addDeploymentUser(owner, deploymentId, person.email);
  assert.deepEqual(await openingKeys(), [id]);
  const entry = (await listDeploymentUsers(owner.id, deploymentId)).find(({ email }) => email === person.email);
  await removeDeploymentUser(owner.id, deploymentId, entry?.id ?? "");
  assert.equal(await db().accessKey.count({ where: { userId: person.id } }), 0);
});

test("a person who may use every deployment uses this one, until its owner closes it or the right is taken back", async () => {
  const person = await makeMember("everywhere@example.com");
  const browser = await signedIn(person.id);
  await setUseOfEveryDeployment(owner, person.id, true);
  const view = await viewDeploymentUsers(owner.id, deploymentId);
  assert.deepEqual([view.usersOfAll, view.onlyListedUsers], [[person.email], false]);
  const tokens = await connect(server.url, browser, client, deploymentId);
  const key = await createAccessKey(person.id, deploymentId, "theirs");
  assert.equal(await grantsOf(person.id), 1);
  assert.deepEqual(await openingKeys(), [key.id]);

  // A deployment's owner has the last word on it, though the right comes from the owner of the instance.
  await setOnlyListedUsers(owner.id, deploymentId, true);
  assert.equal(await grantsOf(person.id), 0);
  assert.deepEqual(await openingKeys(), []);
  const refused = await tokenRequest(server.url, refreshForm(client, tokens.refresh_token));
  assert.deepEqual(await readFailure(refused), [400, "invalid_grant"]);
  await assert.rejects(createAccessKey(person.id, deploymentId, "again"), { code: "not_found" });
  await assert.rejects(setOnlyListedUsers(person.id, deploymentId, false), { code: "not_found" });

  await setOnlyListedUsers(owner.id, deploymentId, false);
  assert.deepEqual(await openingKeys(), [], "what has ended does not come back");
  await addDeploymentUser(owner, deploymentId, person.email);
  const listed = await createAccessKey(person.id, deploymentId, "listed");
  await setUseOfEveryDeployment(owner, person.id, false);
  assert.deepEqual(await openingKeys(), [listed.id], "a place on the list is a right of its own");
  await removePerson(owner, person.id);
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
