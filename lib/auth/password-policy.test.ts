import assert from "node:assert/strict";
import { test } from "node:test";
import { findPasswordProblem } from "./password-policy.ts";

test("a password needs 12 to 200 characters, and no kinds of them", () => {
  assert.match(findPasswordProblem("elevenchars") ?? "", /at least 12/);
  assert.match(findPasswordProblem("🗝️".repeat(5)) ?? "", /at least 12/);
  assert.match(findPasswordProblem("ab cd ef gh ".repeat(20)) ?? "", /at most 200/);
  for (const good of ["seven green lanterns", "correct-horse-battery-staple", "gr8-Quartz!vapor", "наконец-то весна"]) {
    assert.equal(findPasswordProblem(good, "owner@example.com"), null, good);
  }
});

test("common passwords are refused, decorated or not", () => {
  const common = [
    "password1234",
    "Password123!!",
    "p@ssw0rd2026!",
    "PasswordPassword",
    "123456789012",
    "098765432109",
    "qwertyuiop12",
    "qwertyuiopas",
    "abcdefghijklm",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "letmein-letmein",
    "iloveyou1234",
    "welcome2catwalk",
    "admin-admin-1",
    "!!!!1234567!!!",
  ];
  for (const password of common) assert.match(findPasswordProblem(password) ?? "", /first passwords/, password);
});

test("the account's own address is no password", () => {
  assert.match(findPasswordProblem("Owner@Example.com", "owner@example.com") ?? "", /e-mail/);
  assert.match(findPasswordProblem("augusta.ada.king", "augusta.ada.king@example.com") ?? "", /e-mail/);
});

test("a password of repeated common words is judged, however it ends", () => {
  for (const words of ["mypassword", "abcd", "passwordpass", "qweqwer"]) {
    for (const tail of ["x", "x1!", "ß"]) {
      const password = words.repeat(20).slice(0, 190) + tail;
      // An exponential policy would not return here within the age of the universe.
      assert.equal(findPasswordProblem(password), null, password);
    }
    assert.match(findPasswordProblem(words.repeat(19)) ?? "", /first passwords|at most/);
  }
});
