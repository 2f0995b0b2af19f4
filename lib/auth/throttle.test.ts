import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db, disconnect } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { signInWithPassword } from "./sign-in.ts";
import { makeOwner, password } from "./testing/people.ts";
import { prepareCatwalk } from "./testing/setting.ts";
import { beginAttempt, beginLinkAttempt } from "./throttle.ts";

let close: () => Promise<void>;
before(async () => {
  close = await prepareCatwalk();
  await makeOwner("owner@example.com");
});
after(() => close());

const start = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1_000);
let addresses = 0;
/** An address that no test has used yet, in a network of its own. */
const newAddress = () => `10.1.${addresses >> 8}.${addresses++ & 255}`;

/** "ok", or the code and hint of the refusal. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.code === "rate_limited" ? `wait: ${error.hint}` : error.code;
  }
}

test("from the fifth failure on an account the waits double, up to fifteen minutes, wherever the attempts come from", async () => {
  let seconds = 0;
  const waits: number[] = [];
  for (let failure = 1; failure <= 20; failure++) {
    await beginAttempt("doubling@example.com", newAddress(), at(seconds));
    const row = await db().signInThrottle.findFirst({ where: { key: { startsWith: "account:" } } });
    const until = row?.blockedUntil?.getTime() ?? start + seconds * 1_000;
    waits.push((until - start) / 1_000 - seconds);
    seconds = (until - start) / 1_000;
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900]);
  await db().signInThrottle.deleteMany();
});

test("a refused attempt says when to try again and does not lengthen the wait", async () => {
  const email = "refused@example.com";
  for (let failure = 0; failure < 7; failure++) await beginAttempt(email, newAddress(), at(failure * 10));
  assert.equal(await outcome(beginAttempt(email, newAddress(), at(60.5))), "wait: Try again in 4 seconds.");
  assert.equal(await outcome(beginAttempt(email, newAddress(), at(63))), "wait: Try again in 1 second.");
  assert.equal(await outcome(beginAttempt(email, newAddress(), at(64))), "ok");
});

test("a thousand attempts at once are counted like a thousand in a row", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, () => outcome(beginAttempt("at-once@example.com", newAddress(), at(0)))),
  );
  assert.equal(outcomes.filter((text) => text === "ok").length, 5);
});

test("failures are forgotten by and by", async () => {
  const email = "decay@example.com";
  for (let failure = 0; failure < 4; failure++) await beginAttempt(email, newAddress(), at(0));
  // Two half-lives later one of the four counts, and three more are free.
  for (let failure = 0; failure < 3; failure++) await beginAttempt(email, newAddress(), at(1_800));
  assert.equal(await outcome(beginAttempt(email, newAddress(), at(1_800))), "ok");
  assert.match(await outcome(beginAttempt(email, newAddress(), at(1_800))), /^wait/);
});

test("one address that tries many accounts is slowed from its twentieth failure on", async () => {
  const address = newAddress();
  for (let index = 0; index < 20; index++) await beginAttempt(`sprayed-${index}@example.com`, address, at(0));
  assert.match(await outcome(beginAttempt("sprayed-20@example.com", address, at(0))), /^wait/);
  assert.equal(await outcome(beginAttempt("sprayed-20@example.com", newAddress(), at(0))), "ok");
});

test("an IPv6 network counts as one address, and an IPv4 address in IPv6 notation as itself", async () => {
  for (let index = 0; index < 20; index++) {
    await beginAttempt(`v6-${index}@example.com`, `2001:db8:0:7::${index.toString(16)}`, at(0));
  }
  assert.match(await outcome(beginAttempt("v6-x@example.com", "2001:db8::7:ffff:0:0:1", at(0))), /^wait/);
  assert.equal(await outcome(beginAttempt("v6-y@example.com", "2001:db8:0:8::1", at(0))), "ok");
  for (let index = 0; index < 20; index++) await beginAttempt(`v4-${index}@example.com`, "::ffff:10.9.9.9", at(0));
  assert.match(await outcome(beginAttempt("v4-x@example.com", "10.9.9.9", at(0))), /^wait/);
});

test("during the wait the right password is refused, too, and afterwards it opens", async () => {
  const credentials = { email: "owner@example.com", password, address: newAddress() };
  const wrong = { ...credentials, password: "not my password" };
  for (let failure = 0; failure < 5; failure++) {
    assert.equal(await outcome(signInWithPassword(wrong, at(0))), "unauthenticated");
  }
  assert.match(await outcome(signInWithPassword(credentials, at(0.5))), /^wait/);
  assert.equal((await signInWithPassword(credentials, at(1))).email, "owner@example.com");
  // The count starts from zero.
  assert.equal(await outcome(signInWithPassword(wrong, at(2))), "unauthenticated");
  assert.equal(await outcome(signInWithPassword(credentials, at(2))), "ok");
});

test("a stranger who keeps guessing does not lock the owner out of a place that is known", async () => {
  const home = { email: "owner@example.com", password, address: newAddress() };
  await signInWithPassword(home, at(10_000));
  for (let guess = 0; guess < 30; guess++) {
    await outcome(signInWithPassword({ ...home, password: "a guess at it", address: newAddress() }, at(10_000)));
  }
  assert.match(await outcome(signInWithPassword({ ...home, address: newAddress() }, at(10_000))), /^wait/);
  assert.equal(await outcome(signInWithPassword(home, at(10_000))), "ok");
  // Guesses from the known place are slowed too.
  for (let guess = 0; guess < 5; guess++)
    await outcome(signInWithPassword({ ...home, password: "a guess" }, at(10_001)));
  assert.match(await outcome(signInWithPassword(home, at(10_001))), /^wait/);
});

test("signing in to one's own account does not wash away guesses at others from the same address", async () => {
  const address = newAddress();
  for (let index = 0; index < 19; index++) await beginAttempt(`washed-${index}@example.com`, address, at(20_000));
  await signInWithPassword({ email: "owner@example.com", password, address }, at(20_000));
  await beginAttempt("washed-a@example.com", address, at(20_000));
  assert.match(await outcome(beginAttempt("washed-b@example.com", address, at(20_000))), /^wait/);
});

test("an account that does not exist is slowed and refused like one that does", async () => {
  const nobody = { email: "nobody@example.com", password: "not my password", address: newAddress() };
  const owner = { ...nobody, email: "other-owner@example.com", address: newAddress() };
  await db().user.create({ data: { email: owner.email, passwordHash: null } });
  for (const credentials of [nobody, owner]) {
    const seen: string[] = [];
    for (let failure = 0; failure < 6; failure++) seen.push(await outcome(signInWithPassword(credentials, at(0))));
    assert.deepEqual(seen, [...Array(5).fill("unauthenticated"), "wait: Try again in 1 second."]);
  }
});

test("old rows are deleted, and no row reveals an address or an e-mail", async () => {
  await beginAttempt("old@example.com", newAddress(), at(0));
  await beginAttempt("new@example.com", newAddress(), at(40 * 24 * 3_600));
  const rows = await db().signInThrottle.findMany();
  assert.equal(rows.length, 2);
  for (const row of rows) assert.match(row.key, /^(account|address):[0-9a-f]{64}$/);
});

/** How often the table of failures has been read from its beginning to its end. A session reports that when it ends. */
async function countSequentialScans(): Promise<number> {
  await disconnect();
  const rows = await db().$queryRaw<{ count: bigint }[]>`
    select seq_scan as count from pg_stat_user_tables where relname = 'sign_in_throttles'`;
  return Number(rows[0]?.count);
}

test("an attempt to sign in finds its rows by index among any number of others", async () => {
  await db().$executeRaw`insert into sign_in_throttles (key, failures, last_failed_at)
    select case when n % 2 = 0 then 'known:' else 'address:' end || md5(n::text), 1,
      ${at(0)}::timestamptz - n * interval '1 second'
    from generate_series(1, 50000) n`;
  await db().$executeRawUnsafe("analyze sign_in_throttles");
  const before = await countSequentialScans();
  const attempt = await beginAttempt("indexed@example.com", newAddress(), at(0));
  await attempt.succeeded();
  await beginLinkAttempt(newAddress(), at(0));
  assert.equal((await countSequentialScans()) - before, 0);
});
