import { z } from "zod";
import { requireAdmin, requireOwner, type SessionUser } from "../auth/user.ts";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import type { Origin } from "./language-model.ts";
import { deleteSetting, getSetting, getSettingTimes, setSetting } from "./settings.ts";

/** The settings for reading repositories. */
export interface GitHubSettings {
  /** The API's base, without a slash at its end. */
  apiUrl: string;
  /** Null for anonymous requests. */
  token: string | null;
}

/**
 * Loads the GitHub settings. The environment takes precedence over the settings page.
 *
 * @throws AppError `encryption_key_missing` when no configured key decrypts the stored token
 */
export async function loadGitHubSettings(): Promise<GitHubSettings> {
  return { apiUrl: env().gitHubApiUrl, token: env().GITHUB_TOKEN ?? (await getSetting("github_token")) };
}

/** The GitHub settings as the page shows them, without the token. */
export interface GitHubView {
  apiUrl: string;
  token: { origin: Origin; updatedAt: string | null };
}

/** @throws AppError `forbidden` */
export async function viewGitHub(user: SessionUser): Promise<GitHubView> {
  requireAdmin(user);
  const apiUrl = env().gitHubApiUrl;
  if (env().GITHUB_TOKEN) return { apiUrl, token: { origin: "environment", updatedAt: null } };
  const setAt = (await getSettingTimes(["github_token"])).github_token;
  return { apiUrl, token: { origin: setAt ? "settings" : "none", updatedAt: setAt?.toISOString() ?? null } };
}

/** A GitHub token: plain characters, since it is sent in a header. */
export const gitHubTokenSchema = z.object({
  token: z
    .string()
    .trim()
    .min(1, "Enter the token.")
    .max(500, "This token is too long.")
    .regex(/^[\x21-\x7e]+$/, "A token has no spaces and only plain characters."),
});

/** @throws AppError `forbidden`, `conflict` when the environment sets the token */
export async function saveGitHubToken(user: SessionUser, token: string): Promise<void> {
  requireOwner(user);
  if (env().GITHUB_TOKEN) throw new AppError("conflict", "GITHUB_TOKEN of the environment sets this token.");
  await setSetting("github_token", token);
}

/** @throws AppError `forbidden` */
export async function removeGitHubToken(user: SessionUser): Promise<void> {
  requireOwner(user);
  await deleteSetting("github_token");
}
