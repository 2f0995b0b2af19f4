"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { createInvitation, withdrawInvitation } from "@/lib/auth/invitations";
import { userAction } from "@/lib/http/user-action";
import { removePerson } from "@/lib/people/people";

const PAGE = "/settings/people";
const byId = z.object({ id: z.uuid() });

/** Creates an invitation link. With an empty address, anyone with the link can use it. */
export const invite = userAction(
  z.object({ email: z.union([z.literal("").transform(() => null), emailSchema]) }),
  async ({ email }, user) => {
    const invitation = await createInvitation(user, email);
    revalidatePath(PAGE);
    return invitation;
  },
);

/** Withdraws an open invitation, so that its link stops working. */
export const withdraw = userAction(byId, async ({ id }, user) => {
  await withdrawInvitation(user, id);
  revalidatePath(PAGE);
  return null;
});

/** Removes a person and everything that they deployed. */
export const remove = userAction(byId, async ({ id }, user) => {
  await removePerson(user, id);
  revalidatePath(PAGE);
  return null;
});
