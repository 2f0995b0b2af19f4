import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import type { GitHubProfile } from "./github-provider.ts";
import { acceptInvitationWithGitHub } from "./invitations.ts";

/**
 * Tells whether a GitHub account may sign in: it is linked to an account here, or the person holds an invitation, which creates an
 * account. An equal e-mail address links nothing, because Catwalk has not verified the addresses of its accounts. Otherwise a person
 * who typed another's address would get that person's GitHub sign-in, or the other way round.
 *
 * @param invitation the token of the invitation that the person is accepting
 */
export async function admitGitHubAccount(profile: GitHubProfile, invitation: string | null): Promise<boolean> {
  if (await findGitHubUserId(profile.id)) return true;
  if (!invitation) return false;
  try {
    return (await acceptInvitationWithGitHub(invitation, profile)) !== null;
  } catch (thrown) {
    if (thrown instanceof AppError) return false;
    throw thrown;
  }
}

/** Finds the id of the account to which a GitHub account is linked. */
export async function findGitHubUserId(githubId: string): Promise<string | undefined> {
  return (await db().user.findUnique({ where: { githubId }, select: { id: true } }))?.id;
}

/**
 * Links a GitHub account to the account of a person who is signed in.
 *
 * @returns false when either of the two is linked to another one
 */
export async function linkGitHubAccount(userId: string, githubId: string): Promise<boolean> {
  const linkedTo = await findGitHubUserId(githubId);
  if (linkedTo !== undefined) return linkedTo === userId;
  return db().$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({ where: { id: userId, githubId: null }, data: { githubId } });
    if (count === 0) return false;
    await recordChange(tx, { action: "account.github-linked", userId, summary: "Linked a GitHub account." });
    return true;
  });
}

/**
 * Removes the link to GitHub, which then no longer signs the person in.
 *
 * @throws AppError `conflict` for an account without a password, which could not sign in any more
 */
export async function unlinkGitHubAccount(userId: string): Promise<void> {
  await db().$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { id: userId, passwordHash: { not: null } },
      data: { githubId: null },
    });
    if (count === 0) {
      throw new AppError("conflict", "GitHub is your only way to sign in.", { hint: "Choose a password first." });
    }
    await recordChange(tx, { action: "account.github-unlinked", userId, summary: "Removed the link to GitHub." });
  });
}
