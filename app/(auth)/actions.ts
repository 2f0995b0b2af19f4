"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { emailSchema, nameSchema } from "@/lib/auth/accounts";
import { setInvitationCookie } from "@/lib/auth/invitation-cookie";
import { acceptInvitation } from "@/lib/auth/invitations";
import { resetPassword } from "@/lib/auth/password-reset";
import { toSafePath } from "@/lib/auth/paths";
import { startSession } from "@/lib/auth/session";
import { setUpOwner } from "@/lib/auth/setup-token";
import { signInWithPassword } from "@/lib/auth/sign-in";
import { AppError, type ErrorBody } from "@/lib/errors/app-error";
import { findClientAddress } from "@/lib/http/client-address";
import { publicAction } from "@/lib/http/user-action";

const token = z.string().max(100);

const newAccount = z.object({ token, name: nameSchema, email: emailSchema, password: z.string().max(1_000) });

const credentials = z.object({
  email: z.string().trim().min(1, "Enter your e-mail address.").max(1_000),
  password: z.string().min(1, "Enter your password.").max(1_000),
});

/** Signs in with e-mail and password. What was wrong with them is said at the password. */
export const signIn = publicAction(credentials, async (input) => {
  const user = await signInWithPassword({ ...input, address: findClientAddress(await headers()) }).catch(
    (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "unauthenticated") throw error;
      throw new AppError("unauthenticated", error.message, { fields: { password: error.message } });
    },
  );
  await startSession(user.id, new Date());
  return null;
});

/** The same for a form that is sent while no JavaScript is there: it comes back with its e-mail address, or leads on. */
export async function signInByForm(_before: unknown, form: FormData): Promise<{ email: string; error: ErrorBody }> {
  const email = String(form.get("email") ?? "");
  const result = await signIn({ email, password: String(form.get("password") ?? "") });
  if (result.ok) redirect(toSafePath(String(form.get("goTo") ?? "")));
  return { email, error: result.error };
}

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
    const { user, sessionsValidFrom } = await resetPassword(token, password, findClientAddress(await headers()));
    await startSession(user.id, sessionsValidFrom);
    return null;
  },
);

/** Remembers the invitation while GitHub says who the person is. */
export const prepareGitHub = publicAction(z.object({ token }), async (input) => {
  await setInvitationCookie(input.token);
  return null;
});
