import { createHash, randomUUID } from "node:crypto";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { countInWindow } from "../db/rate-window.ts";
import type { AdminAction } from "./actions.ts";
import { currentOrigin } from "./origin.ts";

const MAX_SUMMARY_CHARACTERS = 500;
const MAX_ADDRESS_CHARACTERS = 64;
const HOUR_MS = 60 * 60_000;
/** Failed sign-ins that are recorded in an hour: for one e-mail address, and for all. A stranger can cause any number of them. */
const FAILURES = { email: { max: 20, windowMs: HOUR_MS }, all: { max: 500, windowMs: HOUR_MS } } as const;

export interface AdminChange {
  action: AdminAction;
  /** The person on whose account the command works. The person who is signed in, where one is, counts before. */
  userId: string | null;
  /** What was done, as a sentence: names and addresses, never a value. */
  summary: string;
  /** Address of the client, where no request says it. */
  address?: string;
}

type Writer = Pick<Prisma.TransactionClient, "$executeRaw">;

/**
 * Records a change in the administrator's log.
 *
 * @param tx the transaction of the change, so that neither is kept without the other
 */
export function recordChange(tx: Writer, change: AdminChange): Prisma.PrismaPromise<number> {
  const origin = currentOrigin();
  const userId = origin?.userId ?? change.userId;
  const address = change.address ?? origin?.address ?? null;
  return tx.$executeRaw`
    insert into admin_log (id, category, action, summary, actor_id, actor, address, via)
    values (${randomUUID()}::uuid, ${change.action.split(".", 1)[0]}, ${change.action}, ${toLine(change.summary)}, ${userId}::uuid,
      (select email from users where id = ${userId}::uuid), ${address?.slice(0, MAX_ADDRESS_CHARACTERS) ?? null}, ${origin?.via ?? null})`;
}

/**
 * Records a sign-in that was refused, up to a number in an hour. An e-mail address without an account is not written down: people
 * type their password there by mistake. Both cases take the same queries, so that the time says nothing of the account.
 *
 * @param outcome `throttled` for one that was refused before its password was looked at
 */
export async function recordFailedSignIn(
  email: string,
  address: string,
  outcome: "failed" | "throttled",
): Promise<void> {
  const key = createHash("sha256").update(email).digest("base64url");
  const waits = [
    await countInWindow(`admin-log.sign-in:${key}`, FAILURES.email),
    await countInWindow("admin-log.sign-in", FAILURES.all),
  ];
  if (waits.some((waitS) => waitS !== null)) return;
  const account = await db().user.findUnique({ where: { email }, select: { email: true } });
  const who = account ? `as ${account.email}` : "with an e-mail address that has no account";
  const what = outcome === "failed" ? "failed" : "was refused after too many attempts";
  await recordChange(db(), {
    action: `sign-in.${outcome}`,
    userId: null,
    address,
    summary: `A sign-in ${who} ${what}.`,
  });
}

/** One line, without characters that PostgreSQL or a terminal stumbles over. */
function toLine(text: string): string {
  const line = text.slice(0, MAX_SUMMARY_CHARACTERS).toWellFormed();
  return line.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
