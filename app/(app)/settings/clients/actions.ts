"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { createAccessKey, deleteOwnAccessKey } from "@/lib/deployments/service";
import { userAction } from "@/lib/http/user-action";
import { disconnectOwnClient } from "@/lib/oauth/connected-clients";

const PAGE = "/settings/clients";
const byId = z.object({ id: z.uuid() });

/** Disconnects one of the person's own clients. */
export const disconnect = userAction(byId, async ({ id }, user) => {
  await disconnectOwnClient(user.id, id);
  revalidatePath(PAGE);
  return null;
});

/** Revokes one of the person's own access keys. */
export const revoke = userAction(byId, async ({ id }, user) => {
  await deleteOwnAccessKey(user.id, id);
  revalidatePath(PAGE);
  return null;
});

/** Creates an access key of the person for a deployment that they may use. Only this answer has it. */
export const createKey = userAction(
  byId.extend({
    name: z.string().trim().min(1, "Enter a name, so that you know later which client uses it.").max(100),
  }),
  async ({ id, name }, user) => {
    const { key } = await createAccessKey(user.id, id, name);
    revalidatePath(PAGE);
    return { key };
  },
);
