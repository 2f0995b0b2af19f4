"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { userAction } from "@/lib/http/user-action";
import { disconnectOwnClient } from "@/lib/oauth/connected-clients";

/** Disconnects one of the person's own clients. */
export const disconnect = userAction(z.object({ id: z.uuid() }), async ({ id }, user) => {
  await disconnectOwnClient(user.id, id);
  revalidatePath("/settings/clients");
  return null;
});
