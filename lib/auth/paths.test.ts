import assert from "node:assert/strict";
import { test } from "node:test";
import { toSafePath } from "./paths.ts";

const origin = "https://catwalk.example.com";

test("paths of our own are kept, with their query and fragment", () => {
  for (const path of ["/", "/new", "/deployments/7?tab=logs#end", "/settings/tokens"])
    assert.equal(toSafePath(path), path);
  assert.equal(toSafePath(`${origin}/new?source=a%2Fb`, origin), "/new?source=a%2Fb");
});

test("nothing leads to another site", () => {
  const traps = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example/",
    "https:evil.example",
    "http://catwalk.example.com/new",
    "https://catwalk.example.com.evil.example/",
    "https://catwalk.example.com@evil.example/",
    "https://user:secret@catwalk.example.com/",
    "https://catwalk.invalid/new",
    "javascript:alert(1)",
    "data:text/html,x",
    "/..//evil.example",
    "/x/..//evil.example",
    "/%2e%2e//evil.example",
    "/./\\evil.example",
    " //evil.example",
    "evil.example",
    "?next=/",
    "",
    `/${"a".repeat(3_000)}`,
  ];
  for (const trap of traps) {
    const path = toSafePath(trap, origin);
    const landed = new URL(path, origin);
    assert.equal(landed.origin, origin, JSON.stringify(trap));
    assert.equal(path, "/", JSON.stringify(trap));
  }
  assert.equal(toSafePath(undefined), "/");
  assert.equal(toSafePath(null), "/");
});

test("signing in does not lead back to signing in", () => {
  for (const path of ["/sign-in", "/sign-in?callbackUrl=/", "/setup", "/invite/abc", "/api/auth/signout"]) {
    assert.equal(toSafePath(path), "/");
  }
  assert.equal(toSafePath("/sign-in-history"), "/sign-in-history");
});
