import { timingSafeEqual } from "node:crypto";
import { deleteSetting, getSetting, setSetting } from "../settings/settings.ts";
import { createOwner, hasAccounts, type NewAccount } from "./accounts.ts";
import { hashSecretToken, newSecretToken } from "./secret-token.ts";
import type { SessionUser } from "./user.ts";

/**
 * A new token for `/setup?token=…`, which makes the owner's account; it replaces any older one. Called at boot, where it is
 * printed. Only its hash is kept.
 *
 * @returns null when somebody has an account already
 */
export async function ensureSetupToken(): Promise<string | null> {
  if (await hasAccounts()) return null;
  const token = newSecretToken();
  await setSetting("setup_token_hash", hashSecretToken(token));
  return token;
}

/** Whether this is the token that was printed last. */
export async function isSetupToken(token: string): Promise<boolean> {
  const expected = await getSetting("setup_token_hash");
  if (!expected) return false;
  return timingSafeEqual(Buffer.from(hashSecretToken(token)), Buffer.from(expected));
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
  if (owner) await deleteSetting("setup_token_hash");
  return owner;
}
