import assert from "node:assert/strict";
import { test } from "node:test";
import { toLoggedPath } from "./logged-path.ts";

test("a logged path holds neither a query nor the token of a link", () => {
  assert.equal(toLoggedPath("/setup?token=SECRET"), "/setup");
  assert.equal(toLoggedPath("/invite/SECRET"), "/invite/…");
  assert.equal(toLoggedPath("/reset-password/SECRET/more?x=SECRET"), "/reset-password/…/more");
  assert.equal(toLoggedPath("/deployments/7"), "/deployments/7");
});
