import { recordChange } from "../admin-log/record.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { SESSION_USER_COLUMNS, type SessionUser } from "./user.ts";

/** Prefix of personal API tokens, for people and secret scanners to recognize them. */
const PREFIX = "cwt_";
const MAX_TOKENS = 100;
const LAST_USED_PRECISION_MS = 60_000;

/** A token in a list: its name and first characters, never the token. Times are ISO 8601. */
export interface ApiTokenView {
  id: string;
  name: string;
  prefix: string;
  createdAt: string;
  lastUsedAt: string | null;
}

/**
 * Creates a personal API token. Only its hash is stored, so the returned token cannot be shown again.
 *
 * @throws AppError `conflict` when the account has 100 of them
 */
export async function createApiToken(userId: string, name: string): Promise<{ id: string; token: string }> {
  if ((await db().apiToken.count({ where: { userId } })) >= MAX_TOKENS) {
    throw new AppError("conflict", `An account can have ${MAX_TOKENS} API tokens.`, { hint: "Revoke one first." });
  }
  const token = createSecretToken(PREFIX);
  const id = await db().$transaction(async (tx) => {
    const row = await tx.apiToken.create({
      data: { userId, name, tokenHash: hashSecretToken(token), prefix: token.slice(0, PREFIX.length + 6) },
      select: { id: true },
    });
    await recordChange(tx, { action: "key.token-created", userId, summary: `Created the API token “${name}”.` });
    return row.id;
  });
  return { id, token };
}

/** Lists a person's tokens, the newest first. */
export async function listApiTokens(userId: string): Promise<ApiTokenView[]> {
  const rows = await db().apiToken.findMany({ where: { userId }, orderBy: [{ createdAt: "desc" }, { id: "desc" }] });
  return rows.map(({ id, name, prefix, createdAt, lastUsedAt }) => ({
    id,
    name,
    prefix,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }));
}

/**
 * Revokes a token at once.
 *
 * @throws AppError `not_found` when the person has no token of this id
 */
export async function revokeApiToken(userId: string, id: string): Promise<void> {
  await db().$transaction(async (tx) => {
    const [row] = await tx.apiToken.findMany({ where: { id, userId }, select: { name: true } });
    const { count } = await tx.apiToken.deleteMany({ where: { id, userId } });
    if (!row || count === 0) throw new AppError("not_found", "This token is gone already.");
    await recordChange(tx, { action: "key.token-revoked", userId, summary: `Revoked the API token “${row.name}”.` });
  });
}

/** Finds the person to whom a token belongs, or null. Records the use at most once a minute. */
export async function findUserByApiToken(token: string, now = new Date()): Promise<SessionUser | null> {
  if (!/^cwt_[\w-]{43}$/.test(token)) return null;
  const row = await db().apiToken.findUnique({
    where: { tokenHash: hashSecretToken(token) },
    select: { id: true, lastUsedAt: true, user: { select: SESSION_USER_COLUMNS } },
  });
  if (!row) return null;
  const staleBefore = new Date(now.getTime() - LAST_USED_PRECISION_MS);
  if (!row.lastUsedAt || row.lastUsedAt < staleBefore) {
    // updateMany does not fail when the token is revoked meanwhile; it was valid when it was looked up.
    await db().apiToken.updateMany({ where: { id: row.id }, data: { lastUsedAt: now } });
  }
  return row.user;
}
