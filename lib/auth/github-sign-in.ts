import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import type { GitHubProfile } from "./github-provider.ts";
import { acceptInvitationWithGitHub } from "./invitations.ts";
import { normalizeEmail } from "./user.ts";

/**
 * Whether a GitHub account may come in: it is linked to an account here, or GitHub has verified it for the e-mail address of an
 * account that is linked to none yet (which links them from now on), or the person holds an invitation. Nobody else gets an account.
 *
 * @param invitation the token of the invitation that the person is accepting
 */
export async function admitGitHubAccount(profile: GitHubProfile, invitation: string | null): Promise<boolean> {
  if (await findGitHubUserId(profile.id)) return true;
  if (await link(profile)) return true;
  if (!invitation) return false;
  try {
    return (await acceptInvitationWithGitHub(invitation, profile)) !== null;
  } catch (thrown) {
    if (thrown instanceof AppError) return false;
    throw thrown;
  }
}

/** The id of the account to which a GitHub account is linked. */
export async function findGitHubUserId(githubId: string): Promise<string | undefined> {
  return (await db().user.findUnique({ where: { githubId }, select: { id: true } }))?.id;
}

async function link(profile: GitHubProfile): Promise<boolean> {
  for (const email of profile.verifiedEmails.map(normalizeEmail)) {
    const { count } = await db().user.updateMany({
      // Without a password either it is the account of somebody who was removed.
      where: { email, githubId: null, passwordHash: { not: null } },
      data: { githubId: profile.id },
    });
    if (count > 0) return true;
  }
  return false;
}
