import type { Metadata } from "next";
import { EmailForm } from "@/components/settings/email-form";
import { GitHubLinkCard } from "@/components/settings/github-link-card";
import { NameForm } from "@/components/settings/name-form";
import { PasswordForm } from "@/components/settings/password-form";
import { QuotaCard } from "@/components/settings/quota-card";
import { SessionsCard } from "@/components/settings/sessions-card";
import { getSignInMethods } from "@/lib/auth/accounts";
import { isGitHubConfigured } from "@/lib/auth/github-provider";
import { requireUser } from "@/lib/auth/session";
import { loadQuotaUse } from "@/lib/settings/quotas";
import { changeMyEmail, changeMyPassword, prepareGitHubLink, rename, signOutElsewhere, unlinkGitHub } from "./actions";

export const metadata: Metadata = { title: "Account" };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AccountPage({ searchParams }: Props) {
  const user = await requireUser();
  const { error } = await searchParams;
  const [methods, quotas] = await Promise.all([getSignInMethods(user.id), loadQuotaUse(user.id)]);
  return (
    <>
      <NameForm name={user.name} email={user.email} role={user.role} gitHub={methods.gitHub} action={rename} />
      <EmailForm key={user.email} email={user.email} hasPassword={methods.password} action={changeMyEmail} />
      <PasswordForm email={user.email} hasPassword={methods.password} action={changeMyPassword} />
      {(isGitHubConfigured() || methods.gitHub) && (
        <GitHubLinkCard
          isLinked={methods.gitHub}
          hasPassword={methods.password}
          isTaken={error === "github_linked"}
          prepare={prepareGitHubLink}
          unlink={unlinkGitHub}
        />
      )}
      <QuotaCard quotas={quotas} />
      <SessionsCard action={signOutElsewhere} />
    </>
  );
}
