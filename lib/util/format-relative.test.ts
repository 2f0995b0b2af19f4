import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRelative } from "./format-relative.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test("a duration is given in the largest unit that it fills", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  for (const [ago, words] of [
    [0, "just now"],
    [44 * second, "just now"],
    [-2 * second, "just now"],
    [50 * second, "1 minute ago"],
    [3 * minute, "3 minutes ago"],
    [59 * minute, "1 hour ago"],
    [23 * hour, "yesterday"],
    [2 * day, "2 days ago"],
    [8 * day, "last week"],
    [50 * day, "2 months ago"],
    [800 * day, "2 years ago"],
    [-3 * hour, "in 3 hours"],
  ] as const) {
    assert.equal(formatRelative(now - ago, now), words, `${ago} ms`);
  }
});
