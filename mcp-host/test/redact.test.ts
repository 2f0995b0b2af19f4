import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { Redactor } from "mcp-host/redact";

const SECRET = 'pa55/"word"+é and more';

describe("Redactor", () => {
  test("a secret is redacted in every form that programs print", () => {
    const redactor = new Redactor([SECRET]);
    const base64 = Buffer.from(SECRET).toString("base64");
    const forms = [
      SECRET,
      JSON.stringify(SECRET).slice(1, -1),
      JSON.stringify(SECRET).slice(1, -1).replaceAll("/", "\\/"),
      encodeURIComponent(SECRET),
      encodeURI(SECRET),
      new URLSearchParams([["", SECRET]]).toString().slice(1),
      base64,
      base64.replace(/=+$/, ""),
      Buffer.from(SECRET).toString("base64url"),
    ];
    for (const form of forms) assert.equal(redactor.redact(`a ${form} b`), "a [redacted] b", form);
  });

  test("a secret inside base64 is redacted wherever it begins in the encoded text", () => {
    const key = "correct horse battery staple";
    const redactor = new Redactor([key]);
    for (const prefix of ["", "a", "ab", "abc"]) {
      const encoded = Buffer.from(`${prefix}${key}yz`).toString("base64");
      assert.match(redactor.redact(encoded), /\[redacted\]/, prefix);
    }
  });

  test("each line of a secret with several lines is redacted, encoded too", () => {
    const redactor = new Redactor(["-----BEGIN KEY-----\r\nabcdefghij\n  klmn/pqrst\n}\n-----END KEY-----\n"]);
    assert.equal(redactor.redact("abcdefghij"), "[redacted]");
    assert.equal(redactor.redact("x klmn/pqrst }"), "x [redacted] }");
    assert.equal(redactor.redact(encodeURIComponent("klmn/pqrst")), "[redacted]");
  });

  test("values below the caller's minimum length stay", () => {
    assert.equal(new Redactor(["12345"]).redact("pin 12345"), "pin 12345");
    const strict = new Redactor(["1234", "abc"], { minLength: 4 });
    assert.equal(strict.redact("pin 1234 abc"), "pin [redacted] abc");
    assert.equal(strict.redact(Buffer.from("1234").toString("base64")), "[redacted]");
    assert.equal(new Redactor([]).redact("pin 1234"), "pin 1234");
  });

  test("the longest of several secrets that begin alike is redacted", () => {
    const redactor = new Redactor(["token-1", "token-1-and-more"]);
    assert.equal(redactor.redact("token-1-and-more token-1-and token-1"), "[redacted] [redacted]-and [redacted]");
  });

  test("the beginning of a secret at a cut-off end is redacted", () => {
    const redactor = new Redactor(["0123456789abcdef"]);
    assert.doesNotMatch(redactor.redactCut(`${"x".repeat(100)}0123456789`), /0123/);
  });

  test("each of ten thousand lines that begin alike is redacted, and other text stays unchanged", () => {
    const lines = Array.from({ length: 10_000 }, () => `key=${randomBytes(30).toString("base64url")}`);
    const redactor = new Redactor([lines.join("\n")]);
    for (const line of lines) assert.equal(redactor.redact(`<${line}>`), "<[redacted]>");
    const other = randomBytes(48 * 1024).toString("hex");
    assert.equal(redactor.redact(other), other);
  });
});
