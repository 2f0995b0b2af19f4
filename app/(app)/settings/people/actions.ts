"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { createInvitation, withdrawInvitation } from "@/lib/auth/invitations";
import { userAction } from "@/lib/http/user-action";
import { removePerson } from "@/lib/people/people";

const PAGE = "/settings/people";
const byId = z.object({ id: z.uuid() });

/** Makes an invitation's link; an empty address means that whoever has the link may use it. */
export const invite = userAction(
  z.object({ email: z.union([z.literal("").transform(() => null), emailSchema]) }),
  async ({ email }, user) => {
    const invitation = await createInvitation(user, email);
    revalidatePath(PAGE);
    return invitation;
  },
);

/** Makes an open invitation's link useless. */
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
