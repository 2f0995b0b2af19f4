import assert from "node:assert/strict";
import { test } from "node:test";
import { maskArguments } from "./mask-arguments.ts";

test("values of flags that name a secret, and passwords in URLs, are shown as dots", () => {
  const shown = maskArguments([
    "--api-key",
    "s3cret",
    "--accessToken=s3cret",
    "-password",
    "s3cret",
    "postgres://me:s3cret@db.example:5432/x",
    "--token",
    "--verbose",
  ]);
  assert.deepEqual(shown, [
    "--api-key",
    "••••••",
    "--accessToken=••••••",
    "-password",
    "••••••",
    "postgres://me:••••••@db.example:5432/x",
    "--token",
    "--verbose",
  ]);
});

test("other arguments are shown as they are", () => {
  const args = ["--key-file", "key.pem", "--max-tokens=5", "https://a.example:8080/x@y", "key", "value", "--stdio"];
  assert.deepEqual(maskArguments(args), args);
});
