"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { requireOwner } from "@/lib/auth/user";
import { userAction } from "@/lib/http/user-action";
import { checkFly, flySchema, removeFly, saveFly } from "@/lib/settings/fly";
import { removeOrphan } from "@/lib/settings/leftover-apps";

const PAGE = "/settings/machines";

/** Checks unsaved settings at Fly. Creates nothing there. */
export const testFly = userAction(flySchema, async (input, user) => {
  requireOwner(user);
  return checkFly({ ...input, image: input.image || null });
});

/** Checks Fly's settings at Fly and stores them when they work, with the token encrypted. */
export const storeFly = userAction(flySchema, async (input, user) => {
  const check = await saveFly(user, input);
  revalidatePath("/", "layout");
  return check;
});

/** Removes Fly's settings. */
export const clearFly = userAction(z.object({}), async (_, user) => {
  await removeFly(user);
  revalidatePath("/", "layout");
  return null;
});

/** Deletes an app at Fly that no deployment uses. */
export const removeApp = userAction(z.object({ app: z.string().max(100) }), async ({ app }, user) => {
  requireOwner(user);
  await removeOrphan(app);
  revalidatePath(PAGE);
  return null;
});
