import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { prepareCatwalk } from "../../auth/testing/setting.ts";
import { db } from "../../db/client.ts";
import { deleteOldRateCounts } from "../../db/rate-window.ts";
import { addToSharedCounts, type CountedKey } from "../../db/shared-counts.ts";
import { startGateway } from "../testing/gateway.ts";
import { createClientHeaders, send } from "../testing/http.ts";
import { sendJson, startFakeMachine } from "../testing/machine.ts";
import { CallRate } from "./call-rate.ts";
import { RateLimiter } from "./rate-limiter.ts";

let close: () => Promise<void>;
before(async () => {
  close = await prepareCatwalk();
});
after(() => close());

/** A clock that only a test moves, at the start of a window. */
function startClock() {
  const clock = { nowMs: 1_800_000_000_000 };
  return { clock, now: () => clock.nowMs };
}

const alone = async () => new Map<string, number>();

test("a key has its calls in each window, and is told when the next one begins", () => {
  const { clock, now } = startClock();
  const limiter = new RateLimiter({ share: alone, now });
  const keys = [{ key: "credential:a", max: 3 }];
  for (let call = 0; call < 3; call++) assert.equal(limiter.count(keys), null);
  clock.nowMs += 2_500;
  assert.equal(limiter.count(keys), 8);
  assert.equal(limiter.count([{ key: "credential:b", max: 3 }]), null, "another key is not held back");
  clock.nowMs += 7_500;
  assert.equal(limiter.count(keys), null);
});

test("a call that one key refuses counts at none", () => {
  const limiter = new RateLimiter({ share: alone, now: startClock().now });
  const deployment = { key: "deployment:x", max: 10 };
  const client = { key: "credential:greedy", max: 2 };
  for (let call = 0; call < 50; call++) limiter.count([client, deployment]);
  // Eight calls of the deployment are left for its other clients.
  const others = Array.from({ length: 10 }, () => limiter.count([{ key: "credential:other", max: 100 }, deployment]));
  assert.equal(others.filter((waitS) => waitS === null).length, 8);
});

test("two instances hold one limit between them, by the database, and no call waits for it", async () => {
  const { clock, now } = startClock();
  const [one, two] = [0, 0].map(() => new RateLimiter({ share: addToSharedCounts, now }));
  assert(one && two);
  const keys = [{ key: `credential:${randomUUID()}`, max: 100 }];
  let allowed = 0;
  for (let second = 0; second < 9; second++) {
    for (let call = 0; call < 20; call++) {
      for (const limiter of [one, two]) if (limiter.count(keys) === null) allowed++;
    }
    clock.nowMs += 1_000;
    await Promise.all([one.settled(), two.settled()]);
  }
  // Together they may exceed it by what the other counted since the last exchange: 20 calls a second here.
  assert(allowed >= 100 && allowed <= 140, `${allowed} calls of 360 were let through`);
  clock.nowMs += 1_000;
  assert.equal(one.count(keys), null, "a new window begins for both");
  assert.equal(two.count(keys), null);
});

test("an instance whose clock is behind does not take back what the others counted in a newer window", async () => {
  const key = `deployment:${randomUUID()}`;
  const [older, newer] = [new Date(1_800_000_000_000), new Date(1_800_000_010_000)];
  assert.deepEqual(await addToSharedCounts([{ key, count: 5 }], newer), new Map([[key, 5]]));
  assert.deepEqual(await addToSharedCounts([{ key, count: 7 }], older), new Map([[key, 0]]));
  assert.deepEqual(await addToSharedCounts([{ key, count: 2 }], newer), new Map([[key, 7]]));
});

test("quiet clients cost the database nothing", async () => {
  const { clock, now } = startClock();
  const shared: CountedKey[][] = [];
  const share = async (counted: readonly CountedKey[]) => {
    shared.push([...counted]);
    return new Map<string, number>();
  };
  const limiter = new RateLimiter({ share, now });
  for (let call = 0; call < 9; call++) {
    limiter.count([{ key: "credential:quiet", max: 100 }]);
    clock.nowMs += 1_000;
  }
  await limiter.settled();
  assert.deepEqual(shared, []);
});

test("while the database is away each instance holds the limit by itself", async () => {
  const { clock, now } = startClock();
  let attempts = 0;
  const share = async () => {
    attempts++;
    throw new Error("away");
  };
  const limiter = new RateLimiter({ share, now });
  const keys = [{ key: "credential:a", max: 20 }];
  let allowed = 0;
  for (let call = 0; call < 60; call++) {
    if (limiter.count(keys) === null) allowed++;
    clock.nowMs += 100;
    await limiter.settled();
  }
  assert.equal(allowed, 20);
  assert(attempts > 1);
});

test("the gateway refuses a call too many with 429, Retry-After and JSON-RPC; the record keeps the calls before", async () => {
  const machine = await startFakeMachine();
  machine.onRequest = ({ response }) => sendJson(response, { jsonrpc: "2.0", id: 7, result: {} });
  const refused: string[] = [];
  const callRate = new CallRate(1);
  const gateway = await startGateway({
    gateway: { callRate, onRefused: (_deploymentId, reason) => refused.push(reason) },
  });
  try {
    const greedy = gateway.source.add(machine.url);
    const other = gateway.source.add(machine.url);
    const call = (to: { id: string; key: string }) =>
      send(gateway.endpoint(to.id), {
        headers: createClientHeaders(to.key),
        body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "ping" }),
      });
    // A window may end in between, after which ten more are let through.
    const answers = [];
    for (let count = 0; count < 25; count++) answers.push(await call(greedy));
    const last = answers.findLast((answer) => answer.status === 429);
    assert(last, "nothing was refused");
    assert.match(last.headers["retry-after"] ?? "", /^([1-9]|10)$/);
    const { error, id } = (await last.json()) as { error: { code: number; data: object }; id: number };
    assert.equal(id, 7);
    assert.equal(error.code, -32000);
    assert.deepEqual(error.data, { code: "rate_limited", retryAfterS: Number(last.headers["retry-after"]) });
    assert.equal((await call(other)).status, 200);
    assert(refused.length > 0 && refused.every((reason) => reason === "too_many_requests"));
    const records = await gateway.records();
    assert.equal(records.filter(({ httpStatus }) => httpStatus === 429).length, 0);
  } finally {
    await gateway.close();
    await machine.close();
  }
});

test("the sums of windows that are over are deleted with other counts", async () => {
  const old = new Date(Date.now() - 25 * 60 * 60_000);
  await addToSharedCounts([{ key: "credential:old", count: 1 }], old);
  await deleteOldRateCounts();
  assert.equal(await db().rateCount.count({ where: { key: "credential:old" } }), 0);
});
