import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createApiToken, findUserByApiToken } from "../auth/api-tokens.ts";
import { findUserBySession } from "../auth/authenticate.ts";
import { acceptInvitation, createInvitation, findInvitation } from "../auth/invitations.ts";
import { sealSession } from "../auth/session-cookie.ts";
import { signInWithPassword } from "../auth/sign-in.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import { prepareCatwalk } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { listPeople, removePerson, setRole, setUseOfEveryDeployment } from "./people.ts";

let close: () => Promise<void>;
let owner: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
});
after(() => close());

const emails = async () => (await listPeople(owner)).map((person) => person.email);

/** Waits for what happens beside us. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await condition()); await delay(50)) {
    assert.ok(Date.now() < end, "it did not happen within 30 seconds");
  }
}

test("removing a person ends every session and token at once", async () => {
  const member = await makeMember("member@example.com");
  const session = await sealSession({ sub: member.id, signedInAtMs: Date.now() });
  const { token } = await createApiToken(member.id, "CI");
  assert.equal((await findUserBySession(session))?.id, member.id);
  await removePerson(owner, member.id);
  assert.equal(await findUserBySession(session), null);
  assert.equal(await findUserByApiToken(token), null);
  await assert.rejects(signInWithPassword({ email: member.email, password, address: "10.0.0.1" }), {
    code: "unauthenticated",
  });
  assert.deepEqual(await emails(), ["owner@example.com"]);
  await assert.rejects(removePerson(owner, member.id), { code: "not_found" });
});

test("a removed person's deployments are deleted, and the account goes with the last", async () => {
  const member = await makeMember("deployer@example.com");
  const deployment = await db().deployment.create({
    data: { ownerId: member.id, name: "fixture", source: "npm:fixture", spec: {}, runtime: "local", status: "live" },
  });
  assert.equal((await listPeople(owner)).find((person) => person.id === member.id)?.deployments, 1);
  await removePerson(owner, member.id);
  assert.equal((await db().deployment.findUnique({ where: { id: deployment.id } }))?.desired ?? "deleted", "deleted");
  await assert.rejects(signInWithPassword({ email: member.email, password, address: "10.0.0.2" }), {
    code: "unauthenticated",
  });
  await until(async () => (await emails()).length === 1);
  assert.equal(await db().deployment.count(), 0);
  assert.equal(await db().user.count(), 1);
});

test("only the owner removes people, and the owner stays", async () => {
  const member = await makeMember("stays@example.com");
  await assert.rejects(removePerson(member, owner.id), { code: "forbidden" });
  await assert.rejects(listPeople(member), { code: "forbidden" });
  await assert.rejects(removePerson(owner, owner.id), { code: "conflict" });
  assert.deepEqual(await emails(), ["owner@example.com", "stays@example.com"]);
});

test("an admin manages members, and neither the owner, other admins nor their own rights", async () => {
  const admin = await makeMember("admin@example.com");
  const other = await makeMember("other-admin@example.com");
  const member = await makeMember("managed@example.com");
  await assert.rejects(setRole(member, admin.id, "admin"), { code: "forbidden" });
  for (const { id } of [admin, other]) await setRole(owner, id, "admin");
  const asAdmin: SessionUser = { ...admin, role: "admin" };
  assert.deepEqual(
    (await listPeople(asAdmin)).filter(({ canManage }) => canManage).map(({ role }) => role),
    (await listPeople(owner)).filter(({ role }) => role === "member").map(({ role }) => role),
  );
  await setUseOfEveryDeployment(asAdmin, member.id, true);
  for (const { id } of [owner, other, admin]) {
    await assert.rejects(setUseOfEveryDeployment(asAdmin, id, true), { code: "forbidden" });
    await assert.rejects(setRole(asAdmin, id, "member"), { code: "forbidden" });
  }
  await assert.rejects(removePerson(asAdmin, owner.id), { code: "conflict" });
  await assert.rejects(removePerson(asAdmin, other.id), { code: "forbidden" });
  await assert.rejects(removePerson(asAdmin, admin.id), { code: "forbidden" });
  await assert.rejects(setRole(owner, owner.id, "member"), { code: "conflict" });
  await removePerson(asAdmin, member.id);
  await removePerson(owner, admin.id);
  await removePerson(owner, other.id);
  assert.ok(!(await emails()).some((email) => email.includes("admin")));
});

test("an admin invites members only, and open invitations end with the admin's role", async () => {
  const admin = await makeMember("inviting@example.com");
  await setRole(owner, admin.id, "admin");
  const asAdmin: SessionUser = { ...admin, role: "admin" };
  const asked = { role: "admin", mayUseEveryDeployment: false } as const;
  await assert.rejects(createInvitation(asAdmin, "second@example.com", asked), { code: "forbidden" });
  await assert.rejects(createInvitation(owner, null, asked), { code: "invalid_request" });
  const ofAll = { role: "member", mayUseEveryDeployment: true } as const;
  await assert.rejects(createInvitation(asAdmin, null, ofAll), { code: "invalid_request" });
  const { url } = await createInvitation(asAdmin, "invited@example.com", ofAll);
  const open = await createInvitation(asAdmin, null);
  const account = { email: "invited@example.com", name: null, password };
  const invited = await acceptInvitation(url.split("/").at(-1) ?? "", account);
  assert.equal(invited.role, "member");
  assert.equal((await listPeople(owner)).find(({ id }) => id === invited.id)?.mayUseEveryDeployment, true);
  await setRole(owner, admin.id, "member");
  assert.equal(await findInvitation(open.url.split("/").at(-1) ?? ""), null);
  const promoted = await createInvitation(owner, "promoted@example.com", asked);
  const second = { email: "promoted@example.com", name: null, password };
  assert.equal((await acceptInvitation(promoted.url.split("/").at(-1) ?? "", second)).role, "admin");
});
