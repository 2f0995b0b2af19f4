import assert from "node:assert/strict";
import { test } from "node:test";
import { Semaphore, SemaphoreFullError } from "./semaphore.ts";

test("a semaphore runs so many tasks at once, the others in order, and refuses more than may wait", async () => {
  const semaphore = new Semaphore(2, 3);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const tasks = gates.map(({ promise }, index) =>
    semaphore.run(() => {
      started.push(index);
      return promise;
    }),
  );
  await assert.rejects(
    semaphore.run(async () => started.push(99)),
    SemaphoreFullError,
  );
  assert.deepEqual(started, [0, 1]);
  gates[1]?.reject(new Error("failed"));
  await assert.rejects(tasks[1] ?? Promise.resolve(), /failed/);
  assert.deepEqual(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.allSettled(tasks);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
  assert.equal(await semaphore.run(async () => "free again"), "free again");
});
