"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { createApiToken, revokeApiToken } from "@/lib/auth/api-tokens";
import { userAction } from "@/lib/http/user-action";

const name = z
  .string()
  .trim()
  .min(1, "Give the token a name, so that you recognize it later.")
  .max(100, "Use at most 100 characters.");

/** Creates a personal API token. Its value is readable in this result only. */
export const createToken = userAction(z.object({ name }), async (input, user) => {
  const created = await createApiToken(user.id, input.name);
  revalidatePath("/settings/tokens");
  return created;
});

/** Revokes one of the person's own API tokens. */
export const revokeToken = userAction(z.object({ id: z.uuid() }), async ({ id }, user) => {
  await revokeApiToken(user.id, id);
  revalidatePath("/settings/tokens");
  return null;
});
