"use server";

import { headers } from "next/headers";
import { z } from "zod";
import { emailSchema, nameSchema } from "@/lib/auth/accounts";
import { publicAction } from "@/lib/auth/action";
import { setInvitationCookie } from "@/lib/auth/invitation-cookie";
import { acceptInvitation } from "@/lib/auth/invitations";
import { resetPassword } from "@/lib/auth/password-reset";
import { startSession } from "@/lib/auth/session";
import { setUpOwner } from "@/lib/auth/setup-token";
import { addressOf } from "@/lib/auth/throttle";
import { AppError } from "@/lib/errors/app-error";

const token = z.string().max(100);

const newAccount = z.object({ token, name: nameSchema, email: emailSchema, password: z.string().max(1_000) });

/** Makes the owner's account with the printed token, and signs the owner in. */
export const setUp = publicAction(newAccount, async ({ token, ...account }) => {
  const owner = await setUpOwner(token, account);
  if (!owner) {
    throw new AppError("conflict", "This setup link does not work any more.", {
      hint: "Catwalk prints a new one when it starts, unless there is an owner already.",
    });
  }
  await startSession(owner.id, new Date());
  return null;
});

/** Makes the account of an invited person, and signs them in. */
export const joinWithPassword = publicAction(newAccount, async ({ token, ...account }) => {
  const user = await acceptInvitation(token, account);
  await startSession(user.id, new Date());
  return null;
});

/** Gives the account of a printed link a new password, and signs its person in; every other session ends. */
export const chooseNewPassword = publicAction(
  z.object({ token, password: z.string().max(1_000) }),
  async ({ token, password }) => {
    const { user, sessionsValidFrom } = await resetPassword(token, password, addressOf(await headers()));
    await startSession(user.id, sessionsValidFrom);
    return null;
  },
);

/** Remembers the invitation while GitHub says who the person is. */
export const prepareGitHub = publicAction(z.object({ token }), async (input) => {
  await setInvitationCookie(input.token);
  return null;
});
