import assert from "node:assert/strict";
import { test } from "node:test";
import type { Analysis } from "../../lib/analysis/spec.ts";
import { buildEvidenceUrl } from "./evidence-url.ts";

const revision = "0123456789abcdef0123456789abcdef01234567";

function source(changes: Partial<Analysis["source"]> = {}): Analysis["source"] {
  return {
    kind: "github",
    canonical: "https://github.com/acme/weather",
    owner: "acme",
    repository: "weather",
    ref: null,
    subfolder: null,
    revision,
    stars: null,
    license: null,
    avatarUrl: null,
    ...changes,
  };
}

test("buildEvidenceUrl links a line at the analyzed commit", () => {
  const url = buildEvidenceUrl(source(), { from: "source", where: "src/a b/index.ts:12" });
  assert.equal(url, `https://github.com/acme/weather/blob/${revision}/src/a%20b/index.ts#L12`);
  assert.match(buildEvidenceUrl(source(), { from: "readme", where: "README.md:3" }) ?? "", /README\.md\?plain=1#L3$/);
});

test("buildEvidenceUrl keeps a file name inside the repository's path", () => {
  for (const where of ["../../evil/repo:1", "a/../../b:1", "/etc/passwd:1", "a//b:1", "./a:1", "no line", "a:x"]) {
    assert.equal(buildEvidenceUrl(source(), { from: "source", where }), null, where);
  }
  const odd = buildEvidenceUrl(source(), { from: "source", where: "a?b#c\\d:e.ts:7" }) ?? "";
  assert.equal(new URL(odd).search, "");
  assert.equal(new URL(odd).hash, "#L7");
});

test("buildEvidenceUrl returns null for evidence that is not at a commit on github.com", () => {
  const where = "README.md:1";
  for (const changes of [
    { kind: "npm" as const, canonical: "npm:weather" },
    { canonical: "https://github.example.com/acme/weather" },
    { revision: "main" },
    { revision: null },
    { owner: null },
  ]) {
    assert.equal(buildEvidenceUrl(source(changes), { from: "readme", where }), null, JSON.stringify(changes));
  }
  assert.equal(buildEvidenceUrl(source(), { from: "registry", where }), null);
});

test("buildEvidenceUrl returns null for a file of a package that is not the repository's own", () => {
  for (const where of ["npm:@acme/thing@1.0.0/README.md:3", "pypi:thing@1.0/thing/server.py:3"])
    assert.equal(buildEvidenceUrl(source(), { from: "readme", where }), null, where);
});
