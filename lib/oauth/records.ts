import { createHash } from "node:crypto";
import { db } from "../db/client.ts";
import type { Prisma } from "../db/generated/client.ts";
import { CODE_IN_FLIGHT_S, MAX_GRACE_USES, REFRESH_GRACE_S } from "./lifetimes.ts";

/** An object of the authorization server as oidc-provider stores it. */
export type Payload = Record<string, unknown>;

/** A row's key: the object's id is a bearer secret, or the way to one, and is not kept. */
export function hashRecordId(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

/** Stores an object until it expires, `ttlS` seconds from now. The same id replaces what was stored. */
export async function saveRecord(model: string, id: string, payload: Payload, ttlS: number): Promise<void> {
  const idHash = hashRecordId(id);
  // The id is the token itself.
  const { jti: _, ...rest } = payload;
  const data = {
    payload: rest as Prisma.InputJsonObject,
    connectedClientId: typeof payload.grantId === "string" ? payload.grantId : null,
    expiresAt: new Date(Date.now() + ttlS * 1_000),
  };
  await db().oAuthRecord.upsert({
    where: { model_idHash: { model, idHash } },
    create: { model, idHash, ...data },
    update: data,
  });
}

/**
 * Returns a stored object, or undefined. A refresh token that was rotated a moment ago is returned as if it had not been:
 * clients refresh from several processes at once, and without this grace the second one ends the family. So is a code whose
 * first redemption is still in flight: a duplicate that arrives meanwhile is refused, but does not end the grant under the first.
 */
export async function findRecord(model: string, id: string): Promise<Payload | undefined> {
  const graceS = model === "RefreshToken" ? REFRESH_GRACE_S : 0;
  const rows = await db().$queryRaw<{ payload: Payload; consumed: number | null; in_grace: boolean | null }[]>`
    select payload, extract(epoch from consumed_at)::float8 as consumed,
           consumed_at > now() - ${graceS} * interval '1 second' or (
             model = 'AuthorizationCode' and consumed_at > now() - ${CODE_IN_FLIGHT_S} * interval '1 second'
             and not exists (select 1 from oauth_records token
               where token.model = 'RefreshToken' and token.connected_client_id = oauth_records.connected_client_id)
           ) as in_grace
    from oauth_records where model = ${model} and id_hash = ${hashRecordId(id)} and expires_at > now()`;
  const [row] = rows;
  if (row === undefined) return undefined;
  const isConsumed = row.consumed !== null && row.in_grace !== true;
  return { ...row.payload, jti: id, ...(isConsumed && { consumed: Math.floor(row.consumed ?? 0) }) };
}

/**
 * Redeems an object, in one statement: of two instances that get the same code, one succeeds.
 *
 * @returns false when it was redeemed already, for a refresh token: when its grace period is over or used up
 */
export async function consumeRecord(model: string, id: string): Promise<boolean> {
  const isRefresh = model === "RefreshToken";
  const graceS = isRefresh ? REFRESH_GRACE_S : 0;
  const maxUses = isRefresh ? MAX_GRACE_USES : 1;
  const count = await db().$executeRaw`
    update oauth_records set consumed_at = coalesce(consumed_at, now()), uses = uses + 1
    where model = ${model} and id_hash = ${hashRecordId(id)}
      and (consumed_at is null or (consumed_at > now() - ${graceS} * interval '1 second' and uses < ${maxUses}))`;
  return count === 1;
}

/** Deletes an object. Returns false when it was gone already. */
export async function deleteRecord(model: string, id: string): Promise<boolean> {
  const { count } = await db().oAuthRecord.deleteMany({ where: { model, idHash: hashRecordId(id) } });
  return count === 1;
}

/** Deletes objects that have expired. */
export async function deleteExpiredRecords(now = new Date()): Promise<void> {
  await db().oAuthRecord.deleteMany({ where: { expiresAt: { lt: now } } });
}
