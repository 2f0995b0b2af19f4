import assert from "node:assert/strict";
import { test } from "node:test";
import { TestSource } from "../testing/gateway.ts";
import { Wakefulness, type WakefulnessOptions } from "./machine-activity.ts";

/** A machine that has just answered a call, at a platform that says what it is told to. */
function answered(word: () => Promise<boolean>, options: Partial<WakefulnessOptions> = {}) {
  const source = new TestSource();
  source.onLook = word;
  const { connection } = source.add(null, { runtime: "fly" });
  const wakefulness = new Wakefulness({ source, askBudgetMs: 60_000, ...options });
  wakefulness.answered(connection)();
  return { source, connection, wakefulness };
}

test("a machine that the platform put to sleep right after its answer is asleep; who answered a moment ago is not asked about", async () => {
  const asleep = answered(async () => false, { sureAfterAnswerMs: 0 });
  assert.equal(await asleep.wakefulness.isAwake(asleep.connection), false);
  assert.equal(asleep.source.looks, 1);
  const sure = answered(async () => false, { sureAfterAnswerMs: 60_000 });
  assert.equal(await sure.wakefulness.isAwake(sure.connection), true);
  assert.equal(sure.source.looks, 0);
});

test("without the platform's word in time one that answered lately counts as awake, and any other as asleep", async () => {
  const never = () => new Promise<boolean>(() => {});
  const options = { sureAfterAnswerMs: 0, askBudgetMs: 1 };
  const lately = answered(never, options);
  assert.equal(await lately.wakefulness.isAwake(lately.connection), true);
  const long = answered(never, { ...options, awakeAfterAnswerMs: 0 });
  assert.equal(await long.wakefulness.isAwake(long.connection), false);
});

test("a platform that says nothing is waited for once, not by each who asks", async () => {
  const never = () => new Promise<boolean>(() => {});
  const { source, connection, wakefulness } = answered(never, {
    sureAfterAnswerMs: 0,
    awakeAfterAnswerMs: 0,
    askBudgetMs: 200,
  });
  assert.equal(await wakefulness.isAwake(connection), false);
  // A timer may fire up to a millisecond before its time, and that would still be waited for.
  await new Promise((resolve) => setTimeout(resolve, 10));
  const later = wakefulness.isAwake(connection).then(() => "answered");
  // Before any timer's turn, however long this host takes.
  const turn = new Promise((resolve) => setImmediate(resolve, "waits"));
  assert.equal(await Promise.race([later, turn]), "answered");
  assert.equal(source.looks, 1);
});
