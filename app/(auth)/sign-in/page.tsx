import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { signIn, signInByForm } from "@/app/(auth)/actions";
import { AuthCard } from "@/components/auth/auth-card";
import { SignInForm } from "@/components/auth/sign-in-form";
import { hasAccounts } from "@/lib/auth/accounts";
import { isGitHubConfigured } from "@/lib/auth/github-provider";
import { toSafePath } from "@/lib/auth/paths";
import { getCurrentUser } from "@/lib/auth/session";
import { env } from "@/lib/env/env";

export const metadata: Metadata = { title: "Sign in" };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** Texts of the known error codes. Any other code shows "Callback", so that a link cannot put words into this page. */
const SIGN_IN_ERRORS: Record<string, string> & { Callback: string } = {
  AccessDenied:
    "This GitHub account has no account here. If you have a password, sign in with it and link GitHub in Settings. Otherwise ask the owner for an invitation.",
  CredentialsSignin: "E-mail address or password is wrong.",
  OAuthSignin: "GitHub could not be reached. Try again.",
  OAuthCallback: "GitHub did not confirm who you are. Try again.",
  Callback: "Signing in failed. Try again. If it keeps failing, the server's log says more.",
  Configuration: "Sign-in is not configured correctly. The server's log says more.",
};

export default async function SignInPage({ searchParams }: Props) {
  const query = await searchParams;
  const goTo = toSafePath(takeFirst(query.callbackUrl), new URL(env().publicUrl).origin);
  if (await getCurrentUser()) redirect(goTo);
  if (!(await hasAccounts())) redirect("/setup");
  const error = takeFirst(query.error);
  return (
    <AuthCard title="Sign in">
      <SignInForm
        goTo={goTo}
        gitHub={isGitHubConfigured()}
        error={
          error
            ? {
                code: "unauthenticated",
                message: SIGN_IN_ERRORS[error] ?? SIGN_IN_ERRORS.Callback,
                hint: null,
                docs: "",
              }
            : null
        }
        action={signIn}
        formAction={signInByForm}
      />
    </AuthCard>
  );
}

function takeFirst(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
