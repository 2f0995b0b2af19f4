import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { db } from "../db/client.ts";
import { removePerson } from "../people/people.ts";
import { changeEmail, changePassword } from "./accounts.ts";
import { findUserBySession } from "./authenticate.ts";
import { createPasswordReset, findPasswordReset, resetPassword } from "./password-reset.ts";
import { sealSession } from "./session-cookie.ts";
import { signInWithPassword } from "./sign-in.ts";
import { makeMember, makeOwner, password } from "./testing/people.ts";
import { prepareCatwalk } from "./testing/setting.ts";
import type { SessionUser } from "./user.ts";

let close: () => Promise<void>;
let owner: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
});
after(() => close());
beforeEach(() => db().signInThrottle.deleteMany());

const address = "10.0.0.1";
const newPassword = "eight red lanterns";
const signIn = (email: string, given: string) => signInWithPassword({ email, password: given, address });

async function makeLink(email: string, now?: Date): Promise<string> {
  const { url } = await createPasswordReset(email, now);
  assert.match(url, /^http:\/\/catwalk\.test:3000\/reset-password\/[\w-]{43}$/);
  return url.split("/").at(-1) ?? "";
}

test("a link gives an account a new password, once, and ends the sessions that were", async () => {
  const ada = await makeMember("ada@example.com");
  const session = await sealSession({ sub: ada.id, signedInAtMs: Date.now() });
  assert.equal((await findUserBySession(session))?.id, ada.id);
  const token = await makeLink(" Ada@Example.com");
  assert.deepEqual(await findPasswordReset(token), { email: "ada@example.com" });
  const { user, sessionsValidFrom } = await resetPassword(token, newPassword, address);
  assert.equal(user.id, ada.id);
  assert.equal(await findUserBySession(session), null);
  const next = await sealSession({ sub: ada.id, signedInAtMs: sessionsValidFrom.getTime() });
  assert.equal((await findUserBySession(next))?.id, ada.id);
  await assert.rejects(signIn(ada.email, password), { code: "unauthenticated" });
  assert.equal((await signIn(ada.email, newPassword)).id, ada.id);
  assert.equal(await findPasswordReset(token), null);
  await assert.rejects(resetPassword(token, "nine blue lanterns", address), { code: "not_found" });
});

test("of two people with one link only one chooses the password", async () => {
  const bob = await makeMember("bob@example.com");
  const token = await makeLink(bob.email);
  const results = await Promise.allSettled([
    resetPassword(token, "eight red lanterns", address),
    resetPassword(token, "nine blue lanterns", address),
  ]);
  assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
  const winner = results[0]?.status === "fulfilled" ? "eight red lanterns" : "nine blue lanterns";
  assert.equal((await signIn(bob.email, winner)).id, bob.id);
});

test("a link lasts an hour, and only the newest of an account works", async () => {
  const eve = await makeMember("eve@example.com");
  const made = new Date("2026-01-01T00:00:00Z");
  const at = (minutes: number) => new Date(made.getTime() + minutes * 60_000);
  const older = await makeLink(eve.email, made);
  const token = await makeLink(eve.email, made);
  assert.equal(await findPasswordReset(older, at(1)), null);
  assert.deepEqual(await findPasswordReset(token, at(59)), { email: eve.email });
  assert.equal(await findPasswordReset(token, at(60)), null);
  await assert.rejects(resetPassword(token, newPassword, address, at(60)), { code: "not_found" });
  assert.equal((await signIn(eve.email, password)).id, eve.id);
});

test("the stored digest does not open the link, and a weak password does not use it up", async () => {
  const token = await makeLink(owner.email);
  const row = await db().passwordReset.findUniqueOrThrow({ where: { userId: owner.id } });
  assert.ok(!JSON.stringify(row).includes(token));
  assert.equal(await findPasswordReset(row.tokenHash), null);
  for (const weak of ["short", "password1234", owner.email]) {
    await assert.rejects(resetPassword(token, weak, address), { code: "invalid_request" });
  }
  assert.deepEqual(await findPasswordReset(token), { email: owner.email });
});

test("looking at a link counts nothing, and using wrong ones is slowed by their address", async () => {
  const token = await makeLink(owner.email);
  const wrong = "x".repeat(43);
  for (let look = 0; look < 30; look++) assert.equal(await findPasswordReset(wrong), null);
  assert.equal(await db().signInThrottle.count(), 0);
  const now = new Date();
  for (let guess = 0; guess < 20; guess++) {
    await assert.rejects(resetPassword(wrong, newPassword, address, now), { code: "not_found" });
  }
  await assert.rejects(resetPassword(wrong, newPassword, address, now), { code: "rate_limited" });
  await assert.rejects(resetPassword(token, newPassword, address, now), { code: "rate_limited" });
  assert.deepEqual(await findPasswordReset(token, now), { email: owner.email });
  await assert.rejects(resetPassword(token, "short", "10.0.0.2", now), { code: "invalid_request" });
});

test("unknown and removed people get no link, and a removed person's link ends", async () => {
  await assert.rejects(createPasswordReset("nobody@example.com"), { code: "not_found" });
  const gone = await makeMember("gone@example.com");
  const token = await makeLink(gone.email);
  // An account that still waits for its last deployment to be taken down.
  await db().deployment.create({
    data: { ownerId: gone.id, name: "fixture", source: "npm:fixture", spec: {}, runtime: "local", status: "live" },
  });
  await removePerson(owner, gone.id);
  assert.equal(await findPasswordReset(token), null);
  await assert.rejects(createPasswordReset(gone.email), { code: "not_found" });
});

test("a person who signs in with GitHub only can set a first password", async () => {
  const { id } = await db().user.create({ data: { email: "hub@example.com", githubId: "42" } });
  await resetPassword(await makeLink("hub@example.com"), newPassword, address);
  assert.equal((await signIn("hub@example.com", newPassword)).id, id);
});

test("a password that is changed in the settings ends the link", async () => {
  const mia = await makeMember("mia@example.com");
  const token = await makeLink(mia.email);
  await changePassword(mia, { current: password, password: newPassword });
  assert.equal(await findPasswordReset(token), null);
});

test("an e-mail address changes together with the password, to an unused one", async () => {
  const zoe = await makeMember("zoe@example.com");
  const change = { email: "zoe@example.org", current: password };
  await assert.rejects(changeEmail(zoe, { ...change, current: newPassword }), (error: unknown) => {
    assert.deepEqual((error as { fields?: unknown }).fields, { current: "This is not your current password." });
    return true;
  });
  await assert.rejects(changeEmail(zoe, { ...change, email: owner.email }), (error: unknown) => {
    const { code, fields } = error as { code?: string; fields?: Record<string, string> };
    assert.equal(code, "conflict");
    assert.deepEqual(Object.keys(fields ?? {}), ["email"]);
    return true;
  });
  await changeEmail(zoe, change);
  await assert.rejects(signIn("zoe@example.com", password), { code: "unauthenticated" });
  assert.equal((await signIn("zoe@example.org", password)).id, zoe.id);
});

test("a session is no way to guess the password through the e-mail address", async () => {
  const kim = await makeMember("kim@example.com");
  const guess = () => changeEmail(kim, { email: "kim@example.org", current: newPassword });
  for (let count = 0; count < 5; count++) await assert.rejects(guess(), { code: "invalid_request" });
  await assert.rejects(guess(), { code: "rate_limited" });
});
