import assert from "node:assert/strict";
import { test } from "node:test";
import { equalsInConstantTime } from "./constant-time.ts";

test("only equal bytes are equal, whatever their length", () => {
  assert.equal(equalsInConstantTime("sécret", Buffer.from("sécret")), true);
  assert.equal(equalsInConstantTime(new Uint8Array([1, 2]), new Uint8Array([1, 2])), true);
  for (const other of ["", "secret", "sécre", "sécrets"]) assert.equal(equalsInConstantTime("sécret", other), false);
});
