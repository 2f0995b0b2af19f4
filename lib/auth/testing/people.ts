import { db } from "../../db/client.ts";
import { createMember, createOwner } from "../accounts.ts";
import { hashPassword } from "../password.ts";
import type { SessionUser } from "../user.ts";

export const password = "seven green lanterns";

/** Creates the first account of a database. */
export async function makeOwner(email = "owner@example.com"): Promise<SessionUser> {
  const owner = await createOwner({ email, name: null, password });
  if (!owner) throw new Error("there is an account already");
  return owner;
}

/** Creates a member's account. */
export async function makeMember(email: string): Promise<SessionUser> {
  const passwordHash = await hashPassword(password);
  return db().$transaction((tx) => createMember(tx, { email, name: null, passwordHash }));
}
