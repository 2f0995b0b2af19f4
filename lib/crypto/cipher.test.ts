import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { createCipher } from "./cipher.ts";

const place = { scope: "0199d7a4-0000-7000-8000-000000000001", field: "API_KEY" };
const newKey = () => randomBytes(32).toString("base64");

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "encryption_key_missing");
    return error;
  }
  assert.fail("nothing was thrown");
}

test("any value decrypts to itself", () => {
  const cipher = createCipher(newKey());
  for (const value of ["", "plain", "ключ 🗝️ \u0000 \n", "x".repeat(64 * 1024)]) {
    assert.equal(cipher.decrypt(cipher.encrypt(value, place), place), value);
  }
});

test("a ciphertext has the documented form and a nonce of its own each time", () => {
  const key = randomBytes(32);
  const cipher = createCipher(key.toString("base64"));
  const first = cipher.encrypt("secret", place);
  const second = cipher.encrypt("secret", place);
  assert.match(first, /^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{8}\.[\w-]{22}$/);
  assert.equal(first.split(".")[1], createHash("sha256").update(key).digest("hex").slice(0, 8));
  assert.notEqual(first.split(".")[2], second.split(".")[2]);
  assert.notEqual(first.split(".")[3], second.split(".")[3]);
});

test("a value moved to another deployment or another field does not open", () => {
  const cipher = createCipher(newKey());
  const sealed = cipher.encrypt("secret", place);
  refusal(() => cipher.decrypt(sealed, { ...place, scope: "0199d7a4-0000-7000-8000-000000000002" }));
  refusal(() => cipher.decrypt(sealed, { ...place, field: "OTHER" }));
});

test("every changed part is noticed", () => {
  const cipher = createCipher(newKey());
  const parts = cipher.encrypt("a secret value", place).split(".");
  for (const index of [2, 3, 4]) {
    const changed = [...parts];
    const bytes = Buffer.from(parts[index] ?? "", "base64url");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    changed[index] = bytes.toString("base64url");
    refusal(() => cipher.decrypt(changed.join("."), place));
  }
  for (const text of [
    "",
    "v1",
    "secret",
    parts.slice(0, 4).join("."),
    `${parts.join(".")}.x`,
    `v2.${parts.slice(1).join(".")}`,
  ]) {
    refusal(() => cipher.decrypt(text, place));
  }
  // A shorter tag is easier to forge.
  const shortTag = [
    ...parts.slice(0, 4),
    Buffer.from(parts[4] ?? "", "base64url")
      .subarray(0, 4)
      .toString("base64url"),
  ];
  refusal(() => cipher.decrypt(shortTag.join("."), place));
});

test("the first key encrypts, all decrypt, and a lost key is named with its place", () => {
  const [oldKey, currentKey] = [newKey(), newKey()];
  const sealed = createCipher(oldKey).encrypt("secret", place);
  const rotating = createCipher(`${currentKey}, ${oldKey}`);
  assert.equal(rotating.decrypt(sealed, place), "secret");
  assert.equal(createCipher(currentKey).decrypt(rotating.encrypt("secret", place), place), "secret");
  const error = refusal(() => createCipher(currentKey).decrypt(sealed, place));
  assert.match(error.message, /API_KEY/);
  assert.match(error.message, new RegExp(place.scope));
  assert.match(
    refusal(() => createCipher(currentKey).decrypt(sealed, { scope: "settings", field: "model.key" })).message,
    /setting model\.key/,
  );
});
