import { equalsInConstantTime } from "../crypto/constant-time.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { createOwner, hasAccounts, type NewAccount } from "./accounts.ts";
import type { SessionUser } from "./user.ts";

/** Where the hash is kept, in a table that belongs to lib/settings, which is built on this folder and so cannot be imported here. */
const KEY = "setup_token_hash";

/**
 * A new token for `/setup?token=…`, which makes the owner's account; it replaces any older one. Called at boot, where it is
 * printed. Only its hash is kept.
 *
 * @returns null when somebody has an account already
 */
export async function ensureSetupToken(): Promise<string | null> {
  if (await hasAccounts()) return null;
  const token = createSecretToken();
  const value = hashSecretToken(token);
  await db().setting.upsert({ where: { key: KEY }, create: { key: KEY, value }, update: { value } });
  return token;
}

/** Whether this is the token that was printed last. */
export async function isSetupToken(token: string): Promise<boolean> {
  const expected = await db().setting.findUnique({ where: { key: KEY } });
  if (!expected) return false;
  return equalsInConstantTime(hashSecretToken(token), expected.value);
}

/**
 * Makes the owner's account with the token, which is of no use afterwards.
 *
 * @returns null when the token is not the one that was printed last, or somebody has an account already
 * @throws AppError `invalid_request` with the field `password`
 */
export async function setUpOwner(token: string, account: NewAccount): Promise<SessionUser | null> {
  if (!(await isSetupToken(token))) return null;
  const owner = await createOwner(account);
  if (owner) await db().setting.deleteMany({ where: { key: KEY } });
  return owner;
}
