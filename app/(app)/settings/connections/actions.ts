"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { userAction } from "@/lib/http/user-action";
import { gitHubTokenSchema, removeGitHubToken, saveGitHubToken } from "@/lib/settings/github";
import { languageModelSchema, removeLanguageModel, saveLanguageModel } from "@/lib/settings/language-model";
import { testGitHub, testLanguageModel } from "@/lib/settings/test-connection";

const PAGE = "/settings/connections";
const nothing = z.object({});

/** Stores the language model's settings, with the key encrypted. */
export const storeLanguageModel = userAction(languageModelSchema, async (input, user) => {
  await saveLanguageModel(user, input);
  revalidatePath(PAGE);
  return null;
});

/** Removes the language model's settings. */
export const clearLanguageModel = userAction(nothing, async (_, user) => {
  await removeLanguageModel(user);
  revalidatePath(PAGE);
  return null;
});

/** Asks the language model one short question. */
export const checkLanguageModel = userAction(nothing, (_, user) => testLanguageModel(user));

/** Stores a GitHub token, encrypted. */
export const storeGitHub = userAction(gitHubTokenSchema, async ({ token }, user) => {
  await saveGitHubToken(user, token);
  revalidatePath(PAGE);
  return null;
});

/** Removes the GitHub token. */
export const clearGitHub = userAction(nothing, async (_, user) => {
  await removeGitHubToken(user);
  revalidatePath(PAGE);
  return null;
});

/** Asks GitHub how many requests are left. */
export const checkGitHub = userAction(nothing, (_, user) => testGitHub(user));
