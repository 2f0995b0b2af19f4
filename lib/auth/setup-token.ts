import { equalsInConstantTime } from "../crypto/constant-time.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { createOwner, hasAccounts, type NewAccount } from "./accounts.ts";
import type { SessionUser } from "./user.ts";

/** The setting that stores the hash. The table belongs to lib/settings, which imports this folder and so cannot be imported here. */
const KEY = "setup_token_hash";

/**
 * Creates the one-time token for `/setup?token=…`, which creates the owner's account. It replaces any older token; only its hash
 * is stored. Called at boot, which prints it.
 *
 * @returns null when an account exists
 */
export async function ensureSetupToken(): Promise<string | null> {
  if (await hasAccounts()) return null;
  const token = createSecretToken();
  const value = hashSecretToken(token);
  await db().setting.upsert({ where: { key: KEY }, create: { key: KEY, value }, update: { value } });
  return token;
}

/** Tells whether this is the token that was printed last. */
export async function isSetupToken(token: string): Promise<boolean> {
  const expected = await db().setting.findUnique({ where: { key: KEY } });
  if (!expected) return false;
  return equalsInConstantTime(hashSecretToken(token), expected.value);
}

/**
 * Creates the owner's account with the token, and deletes the token.
 *
 * @returns null when the token is not the one that was printed last, or an account exists
 * @throws AppError `invalid_request` with the field `password`
 */
export async function setUpOwner(token: string, account: NewAccount): Promise<SessionUser | null> {
  if (!(await isSetupToken(token))) return null;
  const owner = await createOwner(account);
  if (owner) await db().setting.deleteMany({ where: { key: KEY } });
  return owner;
}
