import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBackoffMs } from "./backoff.ts";

test("the pause doubles with each failure up to its maximum", () => {
  const pauses = [1, 2, 3, 4, 5, 5_000].map((attempt) => exponentialBackoffMs(attempt, { baseMs: 100, maxMs: 1_000 }));
  assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(exponentialBackoffMs(3, { baseMs: 10, maxMs: 1_000, factor: 3 }), 90);
});

test("jitter adds at most its share of the pause", () => {
  const pauses = Array.from({ length: 200 }, () => exponentialBackoffMs(9, { baseMs: 1, maxMs: 100, jitter: 0.5 }));
  assert.ok(pauses.every((pauseMs) => pauseMs >= 100 && pauseMs <= 150));
  assert.ok(new Set(pauses).size > 1);
});
