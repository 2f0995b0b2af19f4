import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { createOwner } from "./accounts.ts";
import { ensureOwner } from "./owner.ts";
import { ensureSetupToken, isSetupToken, setUpOwner } from "./setup-token.ts";
import { signInWithPassword } from "./sign-in.ts";
import { prepareCatwalk, setVariables } from "./testing/setting.ts";

let close: () => Promise<void>;
before(async () => {
  close = await prepareCatwalk();
});
after(() => close());
beforeEach(async () => {
  setVariables({ OWNER_EMAIL: undefined, OWNER_PASSWORD: undefined });
  await db().user.deleteMany();
});

const account = { email: "ada@example.com", name: "Ada", password: "seven green lanterns" };

test("the environment makes the owner once, whatever starts how often", async () => {
  assert.equal(await ensureOwner(), false);
  setVariables({ OWNER_EMAIL: " Owner@Example.com ", OWNER_PASSWORD: "seven green lanterns" });
  const made = await Promise.all(Array.from({ length: 8 }, () => ensureOwner()));
  assert.equal(made.filter(Boolean).length, 1);
  const users = await db().user.findMany();
  assert.deepEqual(
    users.map(({ email, role }) => ({ email, role })),
    [{ email: "owner@example.com", role: "owner" }],
  );
  const signedIn = await signInWithPassword({
    email: "OWNER@example.com",
    password: "seven green lanterns",
    address: "10.0.0.1",
  });
  assert.equal(signedIn.role, "owner");
  // The environment no longer changes the owner, and an invalid password there does not stop the start.
  for (const OWNER_PASSWORD of ["eight red lanterns", "weak", undefined]) {
    setVariables({ OWNER_PASSWORD });
    assert.equal(await ensureOwner(), false);
  }
  assert.equal(await ensureSetupToken(), null);
});

test("an unfit owner in the environment is an error that names the variable and not its value", async () => {
  const cases = [
    [{ OWNER_EMAIL: "owner@example.com", OWNER_PASSWORD: undefined }, /OWNER_PASSWORD is missing/],
    [{ OWNER_EMAIL: undefined, OWNER_PASSWORD: "seven green lanterns" }, /OWNER_EMAIL is missing/],
    [{ OWNER_EMAIL: "owner", OWNER_PASSWORD: "seven green lanterns" }, /OWNER_EMAIL is not/],
    [{ OWNER_EMAIL: "owner@example.com", OWNER_PASSWORD: "short-one" }, /OWNER_PASSWORD .*at least 12/],
  ] as const;
  for (const [variables, expected] of cases) {
    setVariables(variables);
    await assert.rejects(ensureOwner(), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "misconfigured");
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /short-one|green/);
      return true;
    });
  }
  assert.equal(await db().user.count(), 0);
});

test("the printed token makes the owner, once; the newest is the one that works", async () => {
  const older = await ensureSetupToken();
  const token = await ensureSetupToken();
  assert.ok(older && token && older !== token);
  assert.equal(await isSetupToken(older), false);
  for (const wrong of ["", "x", older, `${token}x`, token.toUpperCase()]) {
    assert.equal(await setUpOwner(wrong, account), null);
  }
  const stored = await db().setting.findUniqueOrThrow({ where: { key: "setup_token_hash" } });
  assert.ok(!stored.value.includes(token));
  const made = await Promise.all([
    setUpOwner(token, account),
    setUpOwner(token, { ...account, email: "eve@example.com" }),
  ]);
  assert.equal(made.filter(Boolean).length, 1);
  assert.equal(await db().user.count(), 1);
  assert.equal(await isSetupToken(token), false);
  assert.equal(await setUpOwner(token, account), null);
  assert.equal(await ensureSetupToken(), null);
});

test("a token of a Catwalk that has an owner by other means is of no use", async () => {
  const token = await ensureSetupToken();
  assert.ok(token);
  await createOwner(account);
  assert.equal(await setUpOwner(token, { ...account, email: "eve@example.com" }), null);
  assert.equal(await db().user.count(), 1);
});

test("a password that is too easy costs nothing: the token works on", async () => {
  const token = await ensureSetupToken();
  assert.ok(token);
  await assert.rejects(setUpOwner(token, { ...account, password: "password1234" }), { code: "invalid_request" });
  assert.equal((await setUpOwner(token, account))?.email, account.email);
});
