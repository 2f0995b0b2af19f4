"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { createApiToken, revokeApiToken } from "@/lib/auth/api-tokens";
import { userAction } from "@/lib/http/user-action";

const name = z
  .string()
  .trim()
  .min(1, "Give the token a name, to know it by later.")
  .max(100, "Use at most 100 characters.");

/** Makes a personal API token; the answer is the only place where it can be read. */
export const createToken = userAction(z.object({ name }), async (input, user) => {
  const created = await createApiToken(user.id, input.name);
  revalidatePath("/settings/tokens");
  return created;
});

/** Ends one of one's own API tokens. */
export const revokeToken = userAction(z.object({ id: z.uuid() }), async ({ id }, user) => {
  await revokeApiToken(user.id, id);
  revalidatePath("/settings/tokens");
  return null;
});
