import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateMonthlyCost } from "./prices.ts";

test("the estimate matches Fly's listed prices to the cent", () => {
  // about/pricing, shared-cpu-1x, the region with the lowest prices.
  const listed = { 256: 2.19, 512: 3.69, 1024: 6.7 };
  for (const [memoryMb, usd] of Object.entries(listed)) {
    assert.equal(estimateMonthlyCost({ memoryMb: Number(memoryMb) }).awakeUsd.toFixed(2), usd.toFixed(2));
  }
});

test("a sleeping machine costs less than an awake one of any size", () => {
  for (const memoryMb of [256, 512, 1_024, 2_048]) {
    const { awakeUsd, asleepUsd, hourAwakeUsd } = estimateMonthlyCost({ memoryMb });
    assert.ok(asleepUsd < awakeUsd);
    assert.ok(asleepUsd + hourAwakeUsd * 100 < awakeUsd);
  }
});
