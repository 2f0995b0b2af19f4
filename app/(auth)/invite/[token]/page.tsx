import type { Metadata } from "next";
import { cookies } from "next/headers";
import { joinWithPassword, prepareGitHub } from "@/app/(auth)/actions";
import { AuthCard } from "@/components/auth/auth-card";
import { NewAccountForm } from "@/components/auth/new-account-form";
import { SignOutButton } from "@/components/auth/sign-out-button";
import { buttonVariants } from "@/components/ui/button";
import { isGitHubConfigured } from "@/lib/auth/github-provider";
import { findInvitation } from "@/lib/auth/invitations";
import { getCurrentUser } from "@/lib/auth/session";
import { PENDING_REQUEST_COOKIE, pathAfterInvitation } from "@/lib/oauth/pending-request";

export const metadata: Metadata = { title: "Invitation", referrer: "no-referrer" };

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const [invitation, user] = await Promise.all([findInvitation(token), getCurrentUser()]);
  if (!invitation) {
    return (
      <AuthCard
        title="This invitation does not work"
        lead="It was used or withdrawn, or it is older than seven days. Ask the sender for a new one."
      >
        <a className={buttonVariants({ variant: "outline" })} href="/sign-in">
          Sign in
        </a>
      </AuthCard>
    );
  }
  if (user) {
    return (
      <AuthCard
        title="You have an account"
        lead={`You are signed in as ${user.email}. The invitation is for someone without an account.`}
      >
        <div className="grid gap-2">
          <a className={buttonVariants()} href="/">
            Go to your deployments
          </a>
          <SignOutButton className={buttonVariants({ variant: "outline" })} goTo={`/invite/${token}`} />
        </div>
      </AuthCard>
    );
  }
  return (
    <AuthCard title="Join Catwalk" lead={`${invitation.invitedBy} invited you. Create your account to start.`}>
      <NewAccountForm
        goTo={pathAfterInvitation((await cookies()).get(PENDING_REQUEST_COOKIE)?.value)}
        token={token}
        action={joinWithPassword}
        submitLabel="Create account"
        fixedEmail={invitation.email}
        beforeGitHub={isGitHubConfigured() ? prepareGitHub : undefined}
      />
    </AuthCard>
  );
}
