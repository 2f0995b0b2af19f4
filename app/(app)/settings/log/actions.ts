"use server";

import { revalidatePath } from "next/cache";
import { userAction } from "@/lib/http/user-action";
import { callRetentionSchema, saveCallRetention } from "@/lib/settings/call-retention";

/** Sets how long call records are kept. */
export const storeCallRetention = userAction(callRetentionSchema, async (input, user) => {
  await saveCallRetention(user, input);
  revalidatePath("/settings/log");
  return null;
});
