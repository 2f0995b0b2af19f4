import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createApiToken, findUserByApiToken } from "../auth/api-tokens.ts";
import { findUserBySession } from "../auth/authenticate.ts";
import { sealSession } from "../auth/session-cookie.ts";
import { signInWithPassword } from "../auth/sign-in.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import { prepareCatwalk } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { listPeople, removePerson } from "./people.ts";

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
