import assert from "node:assert/strict";
import { argon2Sync } from "node:crypto";
import { test } from "node:test";
import { hashPassword, verifyPassword } from "./password.ts";

test("a password is stored as Argon2id in PHC form, with OWASP's parameters and a salt of its own", async () => {
  const first = await hashPassword("seven green lanterns");
  const second = await hashPassword("seven green lanterns");
  const [, algorithm, version, parameters, salt = "", hash = ""] = first.split("$");
  assert.deepEqual([algorithm, version, parameters], ["argon2id", "v=19", "m=19456,t=2,p=1"]);
  assert.notEqual(salt, second.split("$")[4]);
  const expected = argon2Sync("argon2id", {
    message: Buffer.from("seven green lanterns"),
    nonce: Buffer.from(salt, "base64"),
    parallelism: 1,
    memory: 19_456,
    passes: 2,
    tagLength: 32,
  });
  assert.equal(hash, expected.toString("base64").replace(/=+$/, ""));
});

test("only the password itself is accepted", async () => {
  const stored = await hashPassword("seven green lanterns");
  assert.equal(await verifyPassword("seven green lanterns", stored), true);
  for (const wrong of ["", "seven green lantern", "Seven green lanterns", "seven green lanterns "]) {
    assert.equal(await verifyPassword(wrong, stored), false, wrong);
  }
});

test("two spellings of the same characters are one password", async () => {
  const stored = await hashPassword("caf\u00e9 au lait, \ufb01ne");
  assert.equal(await verifyPassword("cafe\u0301 au lait, fine", stored), true);
});

test("a hash is verified with the parameters that it names", async () => {
  const nonce = Buffer.from("0123456789abcdef");
  const hash = argon2Sync("argon2id", {
    message: "older parameters",
    nonce,
    parallelism: 2,
    memory: 8_192,
    passes: 3,
    tagLength: 24,
  });
  const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  const stored = `$argon2id$v=19$m=8192,t=3,p=2$${base64(nonce)}$${base64(hash)}`;
  assert.equal(await verifyPassword("older parameters", stored), true);
  assert.equal(await verifyPassword("other parameters", stored), false);
});

test("without an account, with a broken hash or with a book for a password the answer is no", async () => {
  assert.equal(await verifyPassword("anything at all", null), false);
  assert.equal(await verifyPassword("anything at all", "$argon2id$v=19$m=99999999999,t=1,p=1$AAAA$AAAA"), false);
  assert.equal(await verifyPassword("anything at all", ""), false);
  assert.equal(await verifyPassword("x".repeat(100_000), await hashPassword("")), false);
});
