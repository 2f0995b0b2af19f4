import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatDuration, formatRunning, parseHttpsHost } from "./format.ts";

test("formatDuration changes its unit at 1 s, 1 min and 1 h, and never says 60 s", () => {
  const said = [-5, 0, 999, 1_000, 59_940, 59_960, 65_000, 3_599_900, 3_840_000].map(formatDuration);
  assert.deepEqual(said, [
    "0 ms",
    "0 ms",
    "999 ms",
    "1.0 s",
    "59.9 s",
    "1 min 00 s",
    "1 min 05 s",
    "1 h 00 min",
    "1 h 04 min",
  ]);
  assert.equal(formatRunning(240), "0.2 s");
});

test("formatBytes never says 1000 of a unit", () => {
  assert.deepEqual([0, 999, 1_000, 3_449, 999_400, 999_600, 12_000_000].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "3.4 kB",
    "999 kB",
    "1.0 MB",
    "12 MB",
  ]);
});

test("parseHttpsHost accepts only https without credentials", () => {
  assert.equal(parseHttpsHost("https://example.com:8443/a"), "example.com:8443");
  for (const url of [
    "http://example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://a:b@example.com",
    "nonsense",
    "file:///etc/passwd",
  ]) {
    assert.equal(parseHttpsHost(url), null, url);
  }
});
