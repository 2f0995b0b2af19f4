"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { changeEmail, changePassword, emailSchema, endSessions, nameSchema, renameAccount } from "@/lib/auth/accounts";
import { setGitHubLinkCookie } from "@/lib/auth/github-link";
import { unlinkGitHubAccount } from "@/lib/auth/github-sign-in";
import { startSession } from "@/lib/auth/session";
import { userAction } from "@/lib/http/user-action";

/** Changes the person's own name. */
export const rename = userAction(z.object({ name: nameSchema }), async ({ name }, user) => {
  await renameAccount(user.id, name);
  revalidatePath("/", "layout");
  return null;
});

const newEmail = z.object({ email: emailSchema, current: z.string().max(1_000) });

/** Changes the person's own e-mail address. Requires the password and keeps all sessions. */
export const changeMyEmail = userAction(newEmail, async (input, user) => {
  await changeEmail(user, input);
  revalidatePath("/", "layout");
  return null;
});

const passwords = z.object({ current: z.string().max(1_000), password: z.string().max(1_000) });

/** Changes the person's own password. Ends every session but this one. */
export const changeMyPassword = userAction(passwords, async (input, user) => {
  await startSession(user.id, await changePassword(user, input));
  return null;
});

/** Ends the person's sessions in other browsers. */
export const signOutElsewhere = userAction(z.object({}), async (_, user) => {
  await startSession(user.id, await endSessions(user.id));
  return null;
});

/** Lets the GitHub sign-in that follows link the GitHub account to the person's own. */
export const prepareGitHubLink = userAction(z.object({}), async (_, user) => {
  await setGitHubLinkCookie(user.id);
  return null;
});

/** Removes the link to GitHub. */
export const unlinkGitHub = userAction(z.object({}), async (_, user) => {
  await unlinkGitHubAccount(user.id);
  revalidatePath("/settings");
  return null;
});
