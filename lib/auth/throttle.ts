import { createHash } from "node:crypto";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { exponentialBackoffMs } from "../util/backoff.ts";

const FIRST_BLOCK_MS = 1_000;
const LONGEST_BLOCK_MS = 15 * 60_000;

/** After this much quiet only half of the failures count, after as much again half of those. */
const HALF_LIFE_MS = 15 * 60_000;

/** Failures without a wait. Several people who mistype can share an office's address. */
const free = { account: 4, address: 19, known: 4 } as const;

/** An account and an address that signed in to it are remembered for this long. */
const KNOWN_FOR_MS = 30 * 24 * 60 * 60_000;
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

type Kind = keyof typeof free;

interface Row {
  key: string;
  failures: number;
  last_failed_at: Date;
  blocked_until: Date | null;
}

/** An attempt that was let through. Who let it through says how it ended; without a word it counts as failed. */
export interface Attempt {
  /** The right password: the account starts from nothing, and this address is known to it from now on. */
  succeeded(): Promise<void>;
}

/**
 * Lets an attempt to sign in through, or refuses it for now. It counts as a failure from here on, before the password is
 * looked at: a thousand attempts at once are counted like a thousand in a row.
 *
 * From the fifth failure on an account waits 1 s, 2 s, 4 s and so on, up to 15 minutes; an address from the twentieth on.
 * A refused attempt does not make the wait longer. Because a stranger could keep an account waiting for as long as he
 * likes, an address from which it was signed in to in the last 30 days has a count of its own and skips the account's.
 *
 * @param now the time, which tests choose
 * @throws AppError `rate_limited`, whose hint says when to try again
 */
export async function beginAttempt(email: string, address: string, now = new Date()): Promise<Attempt> {
  const account = buildKey("account", email);
  const place = buildKey("address", toNetwork(address));
  const known = buildKey("known", `${email}\n${toNetwork(address)}`);

  await count([account, place], known, now);
  return { succeeded: () => forgive({ account, place, known }, now) };
}

/**
 * The same for who comes with a secret link instead of an account and a password: what counts is the address alone.
 *
 * @throws AppError `rate_limited`
 */
export async function beginLinkAttempt(address: string, now = new Date()): Promise<Attempt> {
  const place = buildKey("address", toNetwork(address));
  await count([place], null, now);
  return { succeeded: async () => void (await takeBack(place)) };
}

/** Counts a failure at each key, or at none when one of them has to wait. Where `known` has a row it stands in for the account. */
async function count(keys: string[], known: string | null, now: Date): Promise<void> {
  await forgetOld(now);
  const waitUntil = await db().$transaction(async (tx) => {
    await tx.signInThrottle.createMany({ data: keys.map((key) => ({ key, lastFailedAt: now })), skipDuplicates: true });
    // Locked in one order, so that two attempts never wait for each other.
    const rows = await tx.$queryRaw<Row[]>`select key, failures, last_failed_at, blocked_until from sign_in_throttles
      where key = any(${known === null ? keys : [...keys, known]}) order by key for update`;
    const isKnown = rows.some((row) => row.key === known);
    const counted = rows.filter((row) => !(isKnown && parseKind(row.key) === "account"));
    const blocks = counted.map((row) => row.blocked_until?.getTime() ?? 0).filter((time) => time > now.getTime());
    if (blocks.length > 0) return Math.max(...blocks);
    for (const row of counted) {
      const failures = decay(row, now) + 1;
      await tx.signInThrottle.update({
        where: { key: row.key },
        data: { failures, lastFailedAt: now, blockedUntil: blockedUntil(parseKind(row.key), failures, now) },
      });
    }
    return null;
  });

  if (waitUntil !== null) throw toRateLimited(waitUntil - now.getTime());
}

async function forgive(keys: { account: string; place: string; known: string }, now: Date): Promise<void> {
  const { account, place, known } = keys;
  await db().$transaction([
    db().signInThrottle.deleteMany({ where: { key: account } }),
    // Only this attempt is taken back: an account of one's own must not wash away guesses at others.
    takeBack(place),
    db().signInThrottle.upsert({
      where: { key: known },
      create: { key: known, failures: 0, lastFailedAt: now },
      update: { failures: 0, lastFailedAt: now, blockedUntil: null },
    }),
  ]);
}

function takeBack(place: string) {
  return db().signInThrottle.updateMany({
    where: { key: place, failures: { gt: 0 } },
    data: { failures: { decrement: 1 }, blockedUntil: null },
  });
}

async function forgetOld(now: Date): Promise<void> {
  // One range of the index: what is older than a day, of which the known places are kept longer.
  await db().$executeRaw`delete from sign_in_throttles
    where last_failed_at < ${new Date(now.getTime() - FORGOTTEN_AFTER_MS)}
      and (key not like 'known:%' or last_failed_at < ${new Date(now.getTime() - KNOWN_FOR_MS)})`;
}

/** Returns the failures that remain after a quiet time, which begins when the wait ends. */
function decay(row: Row, now: Date): number {
  const quietSince = Math.max(row.last_failed_at.getTime(), row.blocked_until?.getTime() ?? 0);
  const halvings = Math.floor(Math.max(0, now.getTime() - quietSince) / HALF_LIFE_MS);
  return Math.floor(row.failures / 2 ** halvings);
}

function blockedUntil(kind: Kind, failures: number, now: Date): Date | null {
  const over = failures - free[kind];
  if (over <= 0) return null;
  return new Date(now.getTime() + exponentialBackoffMs(over, { baseMs: FIRST_BLOCK_MS, maxMs: LONGEST_BLOCK_MS }));
}

function toRateLimited(waitMs: number): AppError {
  const seconds = Math.ceil(waitMs / 1_000);
  const wait = seconds < 90 ? `${seconds} second${seconds === 1 ? "" : "s"}` : `${Math.ceil(seconds / 60)} minutes`;
  return new AppError("rate_limited", "Too many attempts to sign in.", {
    hint: `Try again in ${wait}.`,
    retryAfterS: seconds,
  });
}

/** Hashed, so that the table reveals no address and no e-mail. */
function buildKey(kind: Kind, text: string): string {
  return `${kind}:${createHash("sha256").update(text).digest("hex")}`;
}

function parseKind(key: string): Kind {
  if (key.startsWith("account:")) return "account";
  return key.startsWith("known:") ? "known" : "address";
}

/** One household or server has a whole IPv6 /64 to choose addresses from. */
function toNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
