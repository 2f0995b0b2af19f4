import assert from "node:assert/strict";
import { test } from "node:test";
import { orNullAfter, TimeoutError, withTimeout } from "./timeout.ts";

const never = new Promise<never>(() => {});

test("withTimeout rejects with a TimeoutError when the promise stays pending", async () => {
  await assert.rejects(
    withTimeout(never, 1),
    (error) => error instanceof TimeoutError && /within 1 ms/.test(error.message),
  );
  await assert.rejects(withTimeout(never, 1, "Fly did not answer"), {
    name: "TimeoutError",
    message: "Fly did not answer",
  });
});

test("orNullAfter resolves to null when the promise stays pending", async () => {
  assert.equal(await orNullAfter(never, 1), null);
});

test("both pass on the result and the failure of a promise that settles in time, and leave no timer", async () => {
  const failure = new Error("refused");
  for (const wait of [withTimeout, orNullAfter]) {
    assert.equal(await wait(Promise.resolve("ready"), 60_000), "ready");
    await assert.rejects(wait(Promise.reject(failure), 60_000), failure);
  }
  assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
});
