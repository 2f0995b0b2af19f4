import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { parseSource } from "./source.ts";

test("every way to write a repository's address is the same repository", () => {
  for (const text of [
    "https://github.com/acme/thing",
    "http://github.com/acme/thing/",
    "https://www.github.com/acme/thing.git",
    "github.com/acme/thing?tab=readme-ov-file#usage",
    "git@github.com:acme/thing.git",
    "ssh://git@github.com/acme/thing.git",
    "git+https://github.com/acme/thing.git",
    "https://github.com/acme/thing/issues/3",
    "acme/thing",
    "  acme/thing  ",
  ]) {
    const source = parseSource(text);
    assert.equal(source.canonical, "https://github.com/acme/thing", text);
    assert.deepEqual(source.kind === "github" ? source.refPath : null, [], text);
  }
});

test("a ref stays together with the folder behind it, and a file means its folder", () => {
  const tree = parseSource("https://github.com/acme/thing/tree/feature/x/src/server");
  assert.deepEqual(tree.kind === "github" ? [tree.refPath, tree.isFile] : null, [
    ["feature", "x", "src", "server"],
    false,
  ]);
  const blob = parseSource("https://github.com/acme/thing/blob/main/src/index.ts");
  assert.deepEqual(blob.kind === "github" ? [blob.refPath, blob.isFile] : null, [["main", "src", "index.ts"], true]);
});

test("packages by name, with a registry, a version, or neither", () => {
  assert.deepEqual(parseSource("@acme/server"), {
    kind: "npm",
    name: "@acme/server",
    version: null,
    canonical: "npm:@acme/server",
  });
  assert.deepEqual(parseSource("npm:thing@1.2.3"), {
    kind: "npm",
    name: "thing",
    version: "1.2.3",
    canonical: "npm:thing@1.2.3",
  });
  assert.deepEqual(parseSource("pypi:Thing==2.0"), {
    kind: "pypi",
    name: "Thing",
    version: "2.0",
    canonical: "pypi:Thing@2.0",
  });
  assert.deepEqual(parseSource("mcp-server-time"), {
    kind: "name",
    name: "mcp-server-time",
    version: null,
    canonical: "mcp-server-time",
  });
});

test("anything else is refused with a sentence", () => {
  for (const text of [
    "",
    "not a source",
    "https://gitlab.com/acme/thing",
    "https://github.com.evil.example/acme/thing",
    "https://github.com:8443/acme/thing",
    "http://127.0.0.1/acme/thing",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/a/b",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://user:secret@github.com/acme/thing",
    "https://github.com/acme",
    "https://github.com/acme/..",
    "https://github.com/acme/thing/tree/main/%2e%2e%2fetc",
    "https://github.com/acme/thing/tree/main/..%5c..%5cetc",
    "acme/thing/more",
    "example.com/thing",
    "npm:--eval",
    "npm:../thing",
    "pypi:-e",
    "npm:thing@^1.0.0",
    "thing; rm -rf /",
    "x".repeat(2_000),
    "acme/thi\u0000ng",
  ]) {
    assert.throws(
      () => parseSource(text),
      (error) =>
        error instanceof AppError &&
        error.code === "invalid_source" &&
        error.message.length > 10 &&
        !error.message.includes("secret@"),
      JSON.stringify(text),
    );
  }
});
