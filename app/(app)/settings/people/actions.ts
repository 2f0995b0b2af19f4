"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { createInvitation, withdrawInvitation } from "@/lib/auth/invitations";
import { userAction } from "@/lib/http/user-action";
import { removePerson, setRole, setUseOfEveryDeployment } from "@/lib/people/people";
import { quotasSchema, saveDefaultQuotas, savePersonQuotas } from "@/lib/settings/quotas";

const PAGE = "/settings/people";
const byId = z.object({ id: z.uuid() });

const rights = z.object({ role: z.enum(["admin", "member"]), mayUseEveryDeployment: z.boolean() });

/** Creates an invitation link. With an empty address, anyone with the link can use it. */
export const invite = userAction(
  rights.extend({ email: z.union([z.literal("").transform(() => null), emailSchema]) }),
  async ({ email, ...invited }, user) => {
    const invitation = await createInvitation(user, email, invited);
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

/** Changes what a person may use, and their role and quotas where these are given. */
export const saveRights = userAction(
  rights.partial({ role: true }).extend({ id: z.uuid(), quotas: quotasSchema.optional() }),
  async ({ id, role, mayUseEveryDeployment, quotas }, user) => {
    if (role !== undefined) await setRole(user, id, role);
    await setUseOfEveryDeployment(user, id, mayUseEveryDeployment);
    if (quotas !== undefined) await savePersonQuotas(user, id, quotas);
    revalidatePath(PAGE);
    return null;
  },
);

/** Sets the quotas of everyone without their own. */
export const saveQuotas = userAction(z.object({ quotas: quotasSchema }), async ({ quotas }, user) => {
  await saveDefaultQuotas(user, quotas);
  revalidatePath(PAGE);
  return null;
});

/** Removes a person and everything that they deployed. */
export const remove = userAction(byId, async ({ id }, user) => {
  await removePerson(user, id);
  revalidatePath(PAGE);
  return null;
});
